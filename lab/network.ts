import { existsSync } from 'node:fs'
import { must, run } from './command.js'
import { withLock } from './lock.js'
import { isMounted } from './mounts.js'
import type { Segment } from './model.js'
import { controllerAddress, netnsOf, routerAddress, routerNetnsOf, segmentSubnet } from './names.js'

/** Name of a segment's bridge, in the lab's namespace. */
export const bridgeOf = (segment: Segment): string => `br${segment}`

/** Whether the lab's namespace exists now: after a reboot of the machine its name can be left as a plain file. */
export const netnsIsUp = (lab: string): Promise<boolean> => isMounted(`/run/netns/${netnsOf(lab)}`)

/** Make the lab's namespace: a bridge for each segment, the controller's address, and with two segments a router between them. */
export async function makeNetwork(lab: string, segments: Segment): Promise<void> {
  await clearNetwork(lab)
  const [netns, router] = [netnsOf(lab), routerNetnsOf(lab)]
  await addNetns(netns)
  if (segments === 2) await addNetns(router)
  await ip(netns, labLinks(segments, router))
  if (segments === 2) await ip(router, routerLinks())
  // Frames between hosts are the bridge's business: no firewall of the machine may judge them.
  await setSysctls(netns, { 'bridge/bridge-nf-call-iptables': 0, 'bridge/bridge-nf-call-ip6tables': 0, 'ipv4/ip_forward': 0 })
  if (segments === 2) await setSysctls(router, { 'ipv4/ip_forward': 1 })
}

export async function clearNetwork(lab: string): Promise<void> {
  for (const netns of [netnsOf(lab), routerNetnsOf(lab)]) {
    if (existsSync(`/run/netns/${netns}`)) await must(['ip', 'netns', 'delete', netns])
  }
}

/** Lines for `ip -batch` in the lab's namespace. The second bridge has no address there: the controller reaches it through the router. */
export const labLinks = (segments: Segment, router: string): string[] => [
  'link set lo up',
  ...bridge(1),
  `address add ${controllerAddress}/24 dev ${bridgeOf(1)}`,
  ...(segments === 2
    ? [...bridge(2), ...routerPort(1, router), ...routerPort(2, router), `route add ${segmentSubnet(2)} via ${routerAddress(1)}`]
    : []),
]

/** Lines for `ip -batch` in the router's namespace. */
export const routerLinks = (): string[] => [
  'link set lo up',
  ...([1, 2] as const).flatMap(segment => [`address add ${routerAddress(segment)}/24 dev seg${segment}`, `link set seg${segment} up`]),
]

const bridge = (segment: Segment) => [`link add ${bridgeOf(segment)} type bridge`, `link set ${bridgeOf(segment)} up`]

const routerPort = (segment: Segment, router: string) => [
  `link add router${segment} type veth peer name seg${segment} netns ${router}`,
  `link set router${segment} master ${bridgeOf(segment)} up`,
]

const ip = (netns: string, lines: string[]) => must(['ip', '-n', netns, '-batch', '-'], { input: lines.join('\n') })

/** Two first calls of `ip netns add` on a machine disturb each other: both make /run/netns a shared mount. */
const addNetns = (netns: string) => withLock('netns', () => must(['ip', 'netns', 'add', netns]))

/** Keys that this kernel does not have are left out. */
async function setSysctls(netns: string, values: Record<string, number>): Promise<void> {
  const script = Object.entries(values).map(([key, value]) => `[ ! -e /proc/sys/net/${key} ] || echo ${value} > /proc/sys/net/${key}`)
  await run(['nsenter', `--net=/run/netns/${netns}`, 'sh', '-c', script.join('\n')])
}
