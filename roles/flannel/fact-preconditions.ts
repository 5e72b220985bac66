import { check, type Check, type CheckKind, type RoleHost } from 'netplay'
import { contains, parseRange, type Range } from './addresses.js'
import type { NetworkParams } from './config.js'
import { uplinkOfPeer, type Uplink } from './iface.js'
import { overlap, room } from './pod-network.js'

/** A judgement of what is known already: nothing is asked. */
export const known: CheckKind<{ problem?: string; next?: string }> = {
  kind: 'known',
  scope: 'host',
  verdict: ({ problem, next }) =>
    problem === undefined ? { holds: true } : { holds: false, reason: problem, ...(next === undefined ? {} : { next }) },
}

export interface PreconditionInput {
  host: RoleHost
  peers: readonly RoleHost[]
  params: NetworkParams & { iface?: string }
  uplink: Uplink
}

/** What the facts of all hosts say against the plan; read-only, before any host is touched. */
export const factPreconditions = (input: PreconditionInput): Check[] => [
  judged('the host can run flannel', platform(input), 'Nothing was changed on any host.'),
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
  judged(
    'the links of all hosts have one MTU',
    mtus(input),
    'Give the links one MTU, or pods of one host will send packets that others cannot take.',
  ),
]

export const networkIsFree = (input: PreconditionInput): Check =>
  judged('the pod network is free', overlap(input), 'Choose a pod network that no host uses, in flannel_network.')

const judged = (title: string, problem: string | undefined, next: string) =>
  check(title, known, problem === undefined ? {} : { problem, next })

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
function neighbours({ host, peers, params, uplink }: PreconditionInput): string | undefined {
  if (params.backend !== 'host-gw') return undefined
  const subnet = subnetOf(uplink)
  const far = peers.flatMap(peer => {
    const address = uplinkOfPeer(peer, params.iface)?.address ?? peer.address
    return contains(subnet, parseRange(address) ?? subnet) ? [] : [`${peer.name} (${address})`]
  })
  if (far.length === 0) return undefined
  return `${far.join(', ')} ${far.length === 1 ? 'is' : 'are'} not in ${host.name}'s subnet ${uplink.address}/${uplink.prefixLength} on ${uplink.name}; host-gw cannot route across a router`
}

export const subnetOf = ({ address, prefixLength }: Pick<Uplink, 'address' | 'prefixLength'>): Range =>
  parseRange(`${address}/${prefixLength}`)!

function duplicates({ host, peers, params, uplink }: PreconditionInput): string | undefined {
  for (const peer of peers) {
    if (peer.name === host.name) continue
    if (peer.address === host.address) return `${host.name} and ${peer.name} have one address, ${host.address}`
    const mac = uplinkOfPeer(peer, params.iface)?.mac
    if (mac !== undefined && mac !== '' && mac === uplink.mac) return `${host.name} and ${peer.name} have one MAC address, ${mac}`
    for (const what of ['machineId', 'hostname'] as const) {
      const own = host.facts?.[what] ?? ''
      if (own !== '' && peer.facts?.[what] === own)
        return `${host.name} and ${peer.name} have one ${what === 'hostname' ? 'hostname' : 'machine-id'}, ${own}: clones`
    }
  }
  return undefined
}

function mtus({ host, peers, params, uplink }: PreconditionInput): string | undefined {
  for (const peer of peers) {
    const other = peer.name === host.name ? undefined : uplinkOfPeer(peer, params.iface)
    if (other !== undefined && other.mtu !== uplink.mtu)
      return `${uplink.name} of ${host.name} has MTU ${uplink.mtu}, ${other.name} of ${peer.name} has ${other.mtu}`
  }
  return undefined
}
