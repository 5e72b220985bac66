import { check, sh, type Check, type CheckKind, type EtcdCluster, type ParamsOf, type RoleContext } from 'netplay'
import { contains, overlaps, parseRange } from '../flannel/addresses.js'
import { known } from '../flannel/fact-preconditions.js'
import { uplinkOf, uplinkOfPeer, type Uplink } from '../flannel/iface.js'
import { calicoReads, viewOf } from '../calico/view.js'
import { overheadBytes } from './resources.js'
import type { paramsSchema } from './params.js'

type Params = ParamsOf<typeof paramsSchema>
type Context = RoleContext<Params>

/** What the facts of all hosts say against the plan. Source: networking.md 5; P14, P16, P21, P23. */
export function factPreconditions(context: Context, nodeName: string): Check[] {
  const uplink = uplinkOf(context.host, context.params.iface)
  return [
    judged('the host can run calico/node', platform(context, uplink)),
    judged('nodes are told apart', twins(context, nodeName), 'Give each host a name and an address of its own.'),
    judged('the pod network is free', taken(context), 'Choose a calico_pod_cidr that no host and no service uses.'),
    judged(
      'packets reach other subnets',
      apart(context, uplink),
      'Use an encapsulation across subnets, e.g. ipip-cross-subnet or vxlan-cross-subnet.',
    ),
    judged('pods fit the link', tooBig(context, uplink), 'Leave calico_mtu out, or make it that small.'),
  ]
}

const judged = (title: string, problem: string | undefined, next = 'Nothing was changed on any host.') =>
  check(title, known, problem === undefined ? {} : { problem, next })

function platform({ host: { name, facts } }: Context, uplink: Uplink): string | undefined {
  if (facts === undefined) return `${name} has not told its facts`
  if (facts.init !== 'systemd') return `${name} does not run systemd: its process 1 is ${facts.init || 'unknown'}`
  if (facts.uid !== 0) return `on ${name} commands do not run as root (user id ${facts.uid}): use --become`
  return uplink.isUp ? undefined : `${uplink.name} of ${name} is down`
}

function twins({ host, peers, params }: Context, nodeName: string): string | undefined {
  const own = uplinkOf(host, params.iface).address
  for (const peer of peers) {
    if (peer.name === host.name) continue
    if ((uplinkOfPeer(peer, params.iface)?.address ?? peer.address) === own) return `${host.name} and ${peer.name} have one address, ${own}`
    if ((peer.vars.get('calico_node_name') ?? peer.name) === nodeName) return `${host.name} and ${peer.name} are one node, ${nodeName}`
  }
  return undefined
}

function taken({ host, params }: Context): string | undefined {
  const pods = parseRange(params.pod_cidr)
  if (pods === undefined) return `${params.pod_cidr} is no IPv4 network`
  if (overlaps(pods, parseRange('169.254.0.0/16')!)) return `${params.pod_cidr} overlaps 169.254.0.0/16, which calico keeps for itself`
  for (const { name, addresses } of host.facts?.interfaces ?? []) {
    if (/^(cali|tunl|vxlan\.calico|kube-ipvs)/.test(name)) continue
    const found = addresses.find(
      ({ family, address, prefixLength }) => family === 4 && overlaps(pods, parseRange(`${address}/${prefixLength}`)!),
    )
    if (found !== undefined) return `${name} of ${host.name} has ${found.address}/${found.prefixLength}, which is in ${params.pod_cidr}`
  }
  return undefined
}

/** P16: without encapsulation a router between the hosts would have to know the pods' routes. */
function apart({ host, peers, params }: Context, uplink: Uplink): string | undefined {
  if (params.encapsulation !== 'none') return undefined
  const subnet = parseRange(`${uplink.address}/${uplink.prefixLength}`)!
  const far = peers.filter(peer => !contains(subnet, parseRange(uplinkOfPeer(peer, params.iface)?.address ?? peer.address) ?? subnet))
  if (far.length === 0) return undefined
  return `${far.map(({ name }) => name).join(', ')} ${far.length === 1 ? 'is' : 'are'} not in ${host.name}'s subnet, and encapsulation is none`
}

function tooBig({ host, params }: Context, uplink: Uplink): string | undefined {
  const most = uplink.mtu - overheadBytes(params)
  return params.mtu === undefined || params.mtu <= most
    ? undefined
    : `mtu ${params.mtu} does not fit ${uplink.name} of ${host.name}: ${uplink.mtu} less ${overheadBytes(params)} for ${params.encapsulation} is ${most}`
}

export interface LiveParams {
  cluster: EtcdCluster
  nodeName: string
  address: string
  podCidr: string
  poolName: string
}

/** What is in etcd already must not be in the way: another pool over the same addresses, another node with this address. */
export const clusterFits: CheckKind<LiveParams> = {
  kind: 'cluster-fits',
  scope: 'host',
  clusterReads: calicoReads,
  probe: () => sh`:`,
  verdict: ({ cluster, nodeName, address, podCidr, poolName }, { etcd }) => {
    const { nodes, pools } = viewOf(cluster, etcd)
    const twin = nodes.find(node => node.address === address && node.name !== nodeName)
    if (twin !== undefined)
      return {
        holds: false,
        reason: `node ${twin.name} has the address ${address} in etcd already`,
        next: `If ${twin.name} is gone: calicoctl delete node ${twin.name}. Else give one of them another address; calico/node would not start.`,
      }
    const own = parseRange(podCidr)
    const pool = pools.find(({ name, cidr }) => name !== poolName && name !== poolName.replace('/', '-') && isOver(cidr, own))
    if (pool === undefined || pool.cidr === podCidr) return { holds: true }
    return {
      holds: false,
      reason: `pool ${pool.name} (${pool.cidr}) overlaps ${podCidr}`,
      next: 'Choose other addresses in calico_pod_cidr, or take that pool away first; nothing was changed.',
    }
  },
}

const isOver = (cidr: string, own: ReturnType<typeof parseRange>) => {
  const range = parseRange(cidr)
  return range !== undefined && own !== undefined && overlaps(range, own)
}
