import { NetplayError } from '../errors.js'
import type { toolNames } from './facts-script.js'
import { address, count, plain, readOutput, word } from './fact-lines.js'
import { interfacesFromIp, interfacesFromSys, type NetworkInterface } from './interfaces.js'
import { routesFromIp, routesFromProc, type HostRoute } from './host-routes.js'

export type { NetworkInterface, InterfaceAddress } from './interfaces.js'
export type { HostRoute } from './host-routes.js'
export type Tool = (typeof toolNames)[number]

/** What a host is, as it says itself: data from outside, so bounded and typed. What it does not say is empty, 0 or undefined. */
export interface Facts {
  hostname: string
  /** 32 hex digits, or empty */
  machineId: string
  /** of os-release(5), e.g. `debian`, `12`, `Debian GNU/Linux 12 (bookworm)`, ['rhel', 'fedora'] */
  os: { id: string; versionId: string; prettyName: string; like: string[] }
  /** version: the numbers that `release` begins with, e.g. [6, 1, 0] */
  kernel: { release: string; version: [number, number, number] }
  /** as `uname -m` says: `x86_64`, `aarch64` */
  arch: string
  /** of the user that texts run as (after become) */
  uid: number
  /** name of process 1 */
  init: string
  /** undefined: systemd is not what runs this host */
  systemdVersion?: number
  isSelinuxEnforcing: boolean
  tools: Partial<Record<Tool, true>>
  /** false: there is no `ip` here; interfaces then have no addresses, routes only what /proc/net/route has */
  isAddressKnown: boolean
  interfaces: NetworkInterface[]
  defaultRoute?: { dev: string; via?: string }
  defaultRoute6?: { dev: string; via?: string }
  /** IPv4, table main; at most 4,000 */
  routes: HostRoute[]
  memoryBytes: number
  uptimeSeconds: number
  /** the host's clock when it answered, ms since 1970 */
  clockMs: number
  /** how far that clock was ahead of the controller's, known to within `plusMinusMs` (half of the time that the answer took) */
  clockOffset?: { aheadMs: number; plusMinusMs: number }
  bootedAtMs: number
  docker: UnitPresence
  containerd: UnitPresence
}
/** `absent`: no such unit */
export type UnitPresence = 'running' | 'stopped' | 'absent'

/** The facts script was cut off, or something else answered. */
export class FactsError extends NetplayError {
  readonly code = 'FACTS'
  constructor(readonly words: string) {
    super('the host did not tell its facts to the end')
  }
  get next() {
    return 'See that `sh` on the host is a POSIX shell and that nothing ends its scripts, then run again; nothing was changed.'
  }
}

/** @throws {FactsError} the output has no beginning or no end; odd lines between are left out */
export function parseFacts(output: Buffer): Facts {
  const { lines, lists, isWhole } = readOutput(output.toString('utf8'))
  if (!isWhole) throw new FactsError(output.toString('utf8', 0, 400))
  const first = (name: string) => lines.get(name)?.[0] ?? ''
  const os = osRelease(lines.get('os') ?? [])
  const [release = '', arch = ''] = first('uname').split(' ')
  const clockMs = Math.floor(count(first('clock').replace(/\.(?!\d).*$/, '')) * 1000)
  const uptimeSeconds = count(first('uptime').split(' ')[0]!)
  const isAddressKnown = lists.has('addresses')
  const routes = isAddressKnown ? routesFromIp(lists.get('routes') ?? []) : routesFromProc(lists.get('proc-routes') ?? [])
  const routes6 = routesFromIp(lists.get('routes6') ?? [])
  const systemd = /^systemd (\d{1,4})/.exec(lists.get('systemd')?.[0] ?? '')
  return {
    hostname: word(first('hostname'), /^[A-Za-z0-9._-]{1,253}$/),
    machineId: word(first('machine-id'), /^[0-9a-f]{32}$/),
    os,
    kernel: { release: plain(release), version: kernelVersion(release) },
    arch: word(arch, /^[a-z0-9_]{1,30}$/),
    uid: count(first('uid')),
    init: plain(first('init')),
    ...(systemd === null ? {} : { systemdVersion: Number(systemd[1]) }),
    isSelinuxEnforcing: first('selinux') === '1',
    tools: Object.fromEntries((lines.get('tool') ?? []).filter(name => /^[a-z0-9-]{1,30}$/.test(name)).map(name => [name, true])),
    isAddressKnown,
    interfaces: isAddressKnown ? interfacesFromIp(lists.get('addresses') ?? []) : interfacesFromSys(lines.get('link') ?? []),
    ...defaultOf('defaultRoute', routes),
    ...defaultOf('defaultRoute6', routes6),
    routes,
    memoryBytes: count(/^MemTotal:\s+(\d{1,15}) kB$/.exec(first('memory'))?.[1] ?? '') * 1024,
    uptimeSeconds,
    clockMs,
    bootedAtMs: Math.round(clockMs - uptimeSeconds * 1000),
    ...units(lists.get('units') ?? []),
  }
}

const kernelVersion = (release: string): [number, number, number] => {
  const [, major = '0', minor = '0', patch = '0'] = /^(\d{1,5})\.(\d{1,5})(?:\.(\d{1,5}))?/.exec(release) ?? []
  return [Number(major), Number(minor), Number(patch)]
}

/** os-release(5): shell assignments, quoted or not; never run, only read. */
function osRelease(lines: readonly string[]): Facts['os'] {
  const get = (name: string) => {
    const value = lines.find(line => line.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
    const [, , inside = value] = /^(["'])(.*)\1\s*$/.exec(value) ?? []
    return plain(inside.replace(/\\(["'$`\\])/g, '$1'))
  }
  return { id: get('ID'), versionId: get('VERSION_ID'), prettyName: get('PRETTY_NAME'), like: get('ID_LIKE').split(' ').filter(Boolean) }
}

/** The route that the kernel would take: the lowest metric. */
function defaultOf(name: 'defaultRoute' | 'defaultRoute6', routes: readonly HostRoute[]) {
  const [best] = routes.filter(({ to }) => to === 'default').sort((a, b) => a.metric - b.metric)
  if (best === undefined || best.dev === '') return {}
  return { [name]: { dev: best.dev, ...(address(best.via) ? { via: best.via } : {}) } }
}

function units(lines: readonly string[]): Pick<Facts, 'docker' | 'containerd'> {
  const blocks = lines.join('\n').split('\n\n')
  const state = (unit: string): UnitPresence => {
    const block = blocks.find(text => text.split('\n').includes(`Id=${unit}`)) ?? ''
    if (!/^LoadState=loaded$/m.test(block)) return 'absent'
    return /^ActiveState=(active|reloading)$/m.test(block) ? 'running' : 'stopped'
  }
  return { docker: state('docker.service'), containerd: state('containerd.service') }
}
