import { posix } from 'node:path'
import type { Change, ThingKey } from '../change.js'
import { batched, joined, sh } from '../shell.js'
import { ProbeError, RequirementError } from './errors.js'
import type { ResourceKind, ThingKind, World } from './resource.js'
import type { SmallFile } from './small-file.js'
import {
  isSmallFile,
  parseSmallFile,
  putSmallFile,
  restoreSmallFile,
  saveSmallFile,
  smallFileQuestion,
  smallFileWord,
} from './small-file.js'
import { taskOf } from './task.js'

/** A kernel setting, now and after every boot. */
export interface Sysctl {
  /** `net.ipv4.ip_forward`; with slashes where a name has a dot of its own: `net/ipv4/conf/eth0.100/forwarding` */
  name: string
  /** several numbers are separated by blanks */
  value: string | number
  /** default /etc/sysctl.d/90-netplay-NAME.conf: one file a setting, so that taking one away never touches another */
  file?: string
  /** the kernel feature that brings it; default known for net.bridge, net.netfilter and net.ipv4.vs */
  feature?: string
}

export interface SysctlState {
  /** blanks made one; null: this kernel has no such setting (yet) */
  live: string | null
  path: string
  file: SmallFile
  /** lines elsewhere that set the same name at boot */
  setIn: { path: string; value: string }[]
}

const thing: ThingKind<SysctlState> = {
  fingerprint: ({ live, file }) => `live=${live === null ? 'absent' : live.replaceAll(' ', '_')} file=${smallFileWord(file)}`,
  fingerprintText: (key, { path }) => sh`np_sysctl_state ${procPath(nameOf(key))} ${path}`,
  save: (_key, { path, file }) => saveSmallFile(path, file),
  undo: (key, { live, path, file }) => ({
    restore: joined([
      restoreSmallFile(path, file),
      ...(live === null || live === 'unreadable' ? [] : [sh`np_sysctl_set ${procPath(nameOf(key))} ${live}`]),
    ]),
  }),
}

/** One setting: the live value, and a file of its own that sets it at boot. */
export const sysctlKind: ResourceKind<Sysctl, SysctlState> = {
  kind: 'sysctl',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'value'],
    properties: {
      name: { type: 'string', pattern: '^[a-z0-9_-]+([./][A-Za-z0-9_:@.-]+)+$', not: { pattern: '\\.\\.|//' }, maxLength: 200 },
      value: { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[!-~]+([ \\t]+[!-~]+)*$', maxLength: 1000 }] },
      file: { type: 'string', pattern: '^/[^\\u0000\\n]+\\.conf$' },
      feature: { type: 'string', pattern: '^[a-z0-9_]+$' },
    },
  },
  thing,
  key: ({ name }) => `sysctl:${dotted(name)}`,
  probe: desired =>
    batched('np_sysctls', [
      dotted(desired.name),
      procPath(dotted(desired.name)),
      ...smallFileQuestion(fileOf(desired), contentOf(desired)),
    ]),
  parse: (output, desired) => parseSysctl(output, desired),
  diff(desired, observed, world) {
    requireSetting(desired, observed, world)
    const value = valueOf(desired)
    const changes: Change[] = []
    if (observed.live !== value) changes.push({ field: 'live', before: observed.live, after: value })
    if (!isSmallFile(observed.file, contentOf(desired)))
      changes.push({
        field: observed.path,
        before: observed.file.text === undefined ? null : { text: observed.file.text },
        after: { text: contentOf(desired) },
      })
    return changes
  },
  after: (desired, observed) => ({ ...observed, live: valueOf(desired), file: { type: 'text', text: contentOf(desired) } }),
  steps: (desired, observed) => [
    ...(isSmallFile(observed.file, contentOf(desired)) ? [] : [putSmallFile(observed.path, contentOf(desired))]),
    ...(observed.live === valueOf(desired) ? [] : [sh`np_sysctl_set ${procPath(dotted(desired.name))} ${valueOf(desired)}`]),
  ],
}

/** `sysctl('Forward packets', { name: 'net.ipv4.ip_forward', value: 1 })` */
export const sysctl = taskOf(sysctlKind)

/** sysctl.d(5): where the first separator is a slash, slashes separate and dots are part of names. Here: the form with dots, a dot in a name as `/`. */
const dotted = (name: string): string => (/^[^.]*\//.test(name) ? name.replace(/[./]/g, c => (c === '/' ? '.' : '/')) : name)
const procPath = (name: string): string => `/proc/sys/${name.replace(/[./]/g, c => (c === '.' ? '/' : '.'))}`
const nameOf = (key: ThingKey) => key.slice('sysctl:'.length)

const valueOf = ({ value }: Sysctl): string => String(value).trim().split(/\s+/).join(' ')
const fileOf = ({ name, file }: Sysctl): string => file ?? `/etc/sysctl.d/90-netplay-${dotted(name).replaceAll('/', '-')}.conf`
const contentOf = (desired: Sysctl): string => `# Written by netplay.\n${dotted(desired.name)} = ${valueOf(desired)}\n`

function parseSysctl(output: Buffer, desired: Sysctl): SysctlState {
  const text = output.toString()
  const lines = text.split('\n').filter(line => line !== '')
  const live = lines.find(line => line.startsWith('live '))?.slice('live '.length)
  const file = parseSmallFile(lines, contentOf(desired))
  if (live === undefined || file === undefined || !/^[ -~]*$/.test(live))
    throw new ProbeError(sysctlKind.key(desired), 'no live value or file', text.slice(0, 400))
  const setIn = lines.flatMap(line => {
    const match = /^set (\S+) (.*)$/.exec(line)
    return match === null ? [] : [{ path: match[1]!, value: match[2]! }]
  })
  return { live: live === 'absent' ? null : live, path: fileOf(desired), file, setIn }
}

/** @throws {RequirementError} the kernel has no such setting and no task brings it, or another file would undo ours at the next boot */
function requireSetting(desired: Sysctl, { live, file, path, setIn }: SysctlState, world: World): void {
  const name = dotted(desired.name)
  const feature = desired.feature ?? features.find(([prefix]) => name.startsWith(prefix))?.[1]
  if (live === null && (feature === undefined || world.state(`kernel:${feature}`) === undefined))
    throw new RequirementError(
      `the kernel of this host has no setting ${name}`,
      feature === undefined
        ? 'See that the name is right, and that the feature it belongs to is there.'
        : `Load the feature in a task before it: kernelFeature('…', { name: '${feature}' }).`,
    )
  if (live === 'unreadable')
    throw new RequirementError(`${name} cannot be read on this host`, 'Run as root (become), or leave this setting to somebody else.')
  if (file.type === 'other')
    throw new RequirementError(`${path} is there, and is no plain file`, 'Move it away, or give this task another `file`.')
  const rival = setIn.find(other => posix.basename(other.path) > posix.basename(path) && other.value !== valueOf(desired))
  if (rival !== undefined)
    throw new RequirementError(
      `${name} = ${valueOf(desired)} would not last: ${rival.path} is read after ${path} at boot and sets ${rival.value}`,
      `Take the line out of ${rival.path}, or give this task a \`file\` whose name sorts after it.`,
    )
}

const features: [prefix: string, feature: string][] = [
  ['net.bridge.', 'br_netfilter'],
  ['net.netfilter.', 'nf_conntrack'],
  ['net.ipv4.vs.', 'ip_vs'],
]
