import { setTimeout as delay } from 'node:timers/promises'
import { labBgpParts, type BgpParts } from '../../lab/bgp-parts.js'
import { hostsIni } from '../../lab/ini.js'
import { startPing } from '../../lab/ping.js'
import { formatPingReport, type PingReport } from '../../lab/ping-report.js'
import type { LabPod } from '../../lab/pod.js'
import { onEachHost, printedOn } from './flannel-story.js'
import { openStory, type Story, type StoryOptions } from './story.js'

export const podNetwork = '172.30.0.0/16'

export interface CalicoStory extends Story {
  bgp: BgpParts
  /** Write hosts.ini anew: which hosts reflect (classic: the others of those that can are retired), and lines of variables of single hosts. */
  setReflectors(names: readonly string[], hostVars?: Record<string, string>): Promise<void>
}

/** Four docker hosts (classic: and those beyond for reflectors) with a TLS etcd of three members, and an admin's folder for calico; what stands in for its images and programs: lab/parts/README.md. */
export async function openCalico(options: Pick<StoryOptions, 'name' | 'hosts' | 'profile'>): Promise<CalicoStory> {
  const { profile = 'current', hosts = 4 } = options
  const bgp = await labBgpParts()
  const isClassic = profile === 'classic'
  const vars = calicoVars(bgp, profile)
  const story = await openStory({ ...options, hosts, docker: true, etcd: { members: 3 }, vars })
  // A reflector of 2017 is a host of its own: the fifth and what comes after it.
  const all = story.lab.hosts.map(({ name }) => name)
  const [nodes, apart] = isClassic ? [all.slice(0, 4), all.slice(4)] : [all, []]
  const setReflectors: CalicoStory['setReflectors'] = async (reflectors, hostVars = {}) => {
    const route_reflectors = isClassic ? apart : [...reflectors]
    const retired = Object.fromEntries(
      apart.flatMap(name => (reflectors.includes(name) ? [] : [[name, 'route_reflector_retired=true'] as const])),
    )
    const ini = hostsIni(story.lab, { groups: { nodes, etcd: ['n1', 'n2', 'n3'], route_reflectors } })
    const varsOf = (name: string) => [retired[name], hostVars[name]].filter(Boolean).join(' ')
    await story.write(
      'hosts.ini',
      ini.replace(/^(n\d+) (.*)$/gm, (line, name: string) => `${line} ${varsOf(name)}`.trimEnd()),
    )
  }
  await setReflectors(isClassic ? [] : ['n1', 'n2'])
  return Object.assign(story, { bgp, setReflectors })
}

/** What the roles of calico are told in the lab: its stand-ins instead of calico's images and programs. */
export function calicoVars(bgp: BgpParts, profile: 'current' | 'classic' = 'current'): Record<string, unknown> {
  const isClassic = profile === 'classic'
  return {
    calico_profile: profile,
    calico_pod_cidr: podNetwork,
    calico_encapsulation: 'none',
    calico_calicoctl: isClassic ? bgp.calicoctlV1 : bgp.calicoctl,
    calico_node_image: isClassic ? bgp.references.nodeClassic : bgp.references.node,
    calico_node_image_archive: isClassic ? bgp.nodeClassicImage : bgp.nodeImage,
    calico_cni_plugins: { calico: bgp.calicoCni, 'calico-ipam': bgp.calicoIpam },
    calico_cni_host_dir: '/usr/lib/cni',
    route_reflector_rr_image: bgp.references.rr,
    route_reflector_rr_image_archive: bgp.rrImage,
  }
}

/** Names of the BGP sessions of every host, `!` before one that is not established. */
export async function sessionsOn(story: Story): Promise<Record<string, string[]>> {
  const printed = await onEachHost(story, 'docker exec calico-node birdcl -s /var/run/calico/bird.ctl show protocols 2>&1 || true')
  const named = printed.map(text =>
    text
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .filter(words => words[1] === 'BGP')
      .map(words => `${words[5] === 'Established' ? '' : '!'}${words[0]}`)
      .sort(),
  )
  return Object.fromEntries(story.lab.hosts.map(({ name }, i) => [name, named[i]!]))
}

/** `Mesh_198_18_0_12` by the names of hosts: `sessions('Mesh', 'n2', 'n3')`. */
export const sessions = (type: 'Mesh' | 'Node' | 'Global', ...hosts: string[]): string[] =>
  hosts.map(name => `${type}_198_18_0_1${name.slice(1)}`)

/** Routes to blocks of other hosts, and how many blocks of its own a host has. */
export const blockRoutesOn = (story: Story, host: string) =>
  printedOn(story, host, "ip -4 route show | grep -c '^172[.]30.* via .* proto bird'; ip -4 route show | grep -c '^blackhole 172[.]30'")

/** What the pods lose while something is done, and for a second after. */
export async function pingedDuring<T>(story: Story, pods: LabPod[], body: () => Promise<T>): Promise<{ report: PingReport; result: T }> {
  const ping = await startPing(story.lab, { pods })
  try {
    await delay(500)
    const result = await body()
    await delay(1000)
    return { report: await ping.stop(), result }
  } catch (error) {
    // Else the probers, and the test's process with them, would stay for ever.
    await ping.stop().catch(() => undefined)
    throw error
  }
}

export function expectNoneLost(report: PingReport, pairs = 12): void {
  expect(report.pairs).toHaveLength(pairs)
  // A hundred a second and pair: a prober that did not run would be seen here.
  expect(report.sent).toBeGreaterThan(0.5 * pairs * (report.durationMs / report.intervalMs))
  if (report.lost > 0) throw new Error(formatPingReport(report))
}

export const mostLost = ({ pairs }: PingReport): number => Math.max(...pairs.map(({ lost }) => lost))
