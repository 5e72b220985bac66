import { check, type Check, type CheckKind, type RoleHost } from 'netplay'
import { contains, parseRange, type Range } from './addresses.js'
import type { NetworkParams } from './config.js'
import { uplinkOfPeer, type Uplink } from './iface.js'
import { overlap, room } from './pod-network.js'

/** A judgement of what is known already: nothing is asked. */
export const known: CheckKind<{ problem?: string; next?: string; warning?: string }> = {
  kind: 'known',
  scope: 'host',
  verdict: ({ problem, next, warning }) =>
    problem === undefined
      ? { holds: true, ...(warning === undefined ? {} : { warning }) }
      : { holds: false, reason: problem, ...(next === undefined ? {} : { next }) },
}

export interface PreconditionInput {
  host: RoleHost
  peers: readonly RoleHost[]
  params: NetworkParams & { iface?: string }
  /** parameter `iface` of a peer */
  ifaceOf: (peer: RoleHost) => string | undefined
  /** networks that the cluster's services have, as far as anybody said so */
  serviceNetworks?: readonly string[]
  uplink: Uplink
}

/** What the facts of all hosts say against the plan; read-only, before any host is touched. */
export const factPreconditions = (input: PreconditionInput): Check[] => [
  judged('the host can run flannel', platform(input), 'See what the host lacks, and mend it there.'),
  judged(
    'every host is a neighbour (host-gw)',
    neighbours(input),
    'Use backend vxlan (or vxlan with direct_routing), or bring the hosts into one subnet.',
  ),
  networkIsFree(input),
  judged(
    'the pod network has a subnet for every host',
    room(input),
    'Choose a larger flannel_network or a longer flannel_subnet_len; flanneld would wait for ever.',
  ),
  judged('hosts are told apart', duplicates(input), 'Give each host a name, a machine-id and addresses of its own.'),
  warned('the links of all hosts have one MTU', mtus(input)),
]

export const networkIsFree = (input: PreconditionInput): Check =>
  judged('the pod network is free', overlap(input), 'Choose a pod network that no host uses, in flannel_network.')

const judged = (title: string, problem: string | undefined, next: string) =>
  check(title, known, problem === undefined ? {} : { problem, next })

const warned = (title: string, warning: string | undefined) => check(title, known, warning === undefined ? {} : { warning })

const needed = ['ip', 'iptables', 'ping'] as const

function platform({ host: { name, facts }, uplink }: PreconditionInput): string | undefined {
  if (facts === undefined) return `${name} has not told its facts`
  if (facts.init !== 'systemd') return `${name} does not run systemd: its process 1 is ${facts.init || 'unknown'}`
  if (facts.uid !== 0) return `on ${name} commands do not run as root (user id ${facts.uid}): use --become`
  const missing = needed.filter(tool => facts.tools[tool] !== true)
  if (missing.length > 0) return `${name} has no ${missing.join(', no ')}`
  if (/^(docker0|cni0|lo|flannel\.\d+)$/.test(uplink.name)) return `${uplink.name} of ${name} leads to no other host`
  return uplink.isUp ? undefined : `${uplink.name} of ${name} is down`
}

/** host-gw gives routes via the peers' addresses: each must be on link. */
function neighbours({ host, peers, params, uplink, ifaceOf }: PreconditionInput): string | undefined {
  if (params.backend !== 'host-gw') return undefined
  const subnet = subnetOf(uplink)
  const far = peers.flatMap(peer => {
    const address = uplinkOfPeer(peer, ifaceOf(peer))?.address ?? peer.address
    return contains(subnet, parseRange(address) ?? subnet) ? [] : [`${peer.name} (${address})`]
  })
  if (far.length === 0) return undefined
  return `${far.join(', ')} ${far.length === 1 ? 'is' : 'are'} not in ${host.name}'s subnet ${uplink.address}/${uplink.prefixLength} on ${uplink.name}; host-gw cannot route across a router`
}

export const subnetOf = ({ address, prefixLength }: Pick<Uplink, 'address' | 'prefixLength'>): Range =>
  parseRange(`${address}/${prefixLength}`)!

function duplicates({ host, peers, uplink, ifaceOf }: PreconditionInput): string | undefined {
  for (const peer of peers) {
    if (peer.name === host.name) continue
    if (peer.address === host.address) return `${host.name} and ${peer.name} have one address, ${host.address}`
    const mac = uplinkOfPeer(peer, ifaceOf(peer))?.mac
    if (mac !== undefined && mac !== '' && mac === uplink.mac) return `${host.name} and ${peer.name} have one MAC address, ${mac}`
    for (const what of ['machineId', 'hostname'] as const) {
      const own = host.facts?.[what] ?? ''
      if (own !== '' && peer.facts?.[what] === own)
        return `${host.name} and ${peer.name} have one ${what === 'hostname' ? 'hostname' : 'machine-id'}, ${own}: clones`
    }
  }
  return undefined
}

/**
 * A warning: TCP agrees on what both ends can take, and where a router stands between it says so. Large packets of other protocols are lost. The same
 * words on every host.
 */
function mtus({ peers, ifaceOf }: PreconditionInput): string | undefined {
  const hosts = new Map<number, string[]>()
  for (const peer of peers) {
    const mtu = uplinkOfPeer(peer, ifaceOf(peer))?.mtu
    if (mtu !== undefined) hosts.set(mtu, [...(hosts.get(mtu) ?? []), peer.name])
  }
  if (hosts.size < 2) return undefined
  const told = [...hosts].sort(([a], [b]) => a - b).map(([mtu, names]) => `${mtu} (${fewOf(names)})`)
  return `they have ${told.join(' and ')}: large packets of one pod may be more than another host takes; give the links one MTU`
}

const fewOf = (names: readonly string[]) =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`
