import type { Change, ThingKey } from '../change.js'
import { batched, joined, sh } from '../shell.js'
import { ProbeError, RequirementError } from './errors.js'
import type { ResourceKind, ThingKind } from './resource.js'
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

/** Something the kernel can do, by the name of the module that does it where it is one: `br_netfilter`, `vxlan`, `overlay`, `ip_vs`. */
export interface KernelFeature {
  name: string
}

export interface KernelFeatureState {
  /** `unknown`: this host has no modules and shows nothing of the feature: taken for there, and the task that uses it will say */
  present: 'yes' | 'no' | 'unknown'
  /** `effect`: it is seen at work; `module`, `builtin`; `loadable`: not there, a module is; `missing`: no module either; `-` unknown */
  how: string
  file: SmallFile
}

/** Where each feature shows itself without being tried out: paths or a file system, with commas between; a symbol of a kernel without modules. */
const signs: Record<string, { effect?: string; symbol?: string }> = {
  br_netfilter: { effect: '/proc/sys/net/bridge/bridge-nf-call-iptables' },
  nf_conntrack: { effect: '/proc/sys/net/netfilter/nf_conntrack_max' },
  ip_vs: { effect: '/proc/net/ip_vs' },
  overlay: { effect: 'filesystem:overlay' },
  tun: { effect: '/dev/net/tun', symbol: 'tun_net_xmit' },
  vxlan: { effect: '/proc/sys/net/ipv4/conf/flannel.1,/proc/sys/net/ipv4/conf/vxlan.calico', symbol: 'vxlan_xmit' },
  bridge: { effect: '/proc/sys/net/ipv4/conf/cni0,/proc/sys/net/ipv4/conf/docker0', symbol: 'br_dev_xmit' },
  veth: { symbol: 'veth_xmit' },
  ipip: { effect: '/proc/sys/net/ipv4/conf/tunl0', symbol: 'ipip_tunnel_xmit' },
  wireguard: { symbol: 'wg_xmit' },
  dummy: { symbol: 'dummy_xmit' },
  ip_set: { symbol: 'ip_set_match_extensions' },
}

const thing: ThingKind<KernelFeatureState> = {
  fingerprint: ({ present, file }) => `present=${present} file=${smallFileWord(file)}`,
  fingerprintText: key => sh`np_feature_state ${question(nameOf(key))} ${fileOf(nameOf(key))}`,
  save: (key, { file }) => saveSmallFile(fileOf(nameOf(key)), file),
  undo: (key, { present, file }) => ({
    restore: joined([
      restoreSmallFile(fileOf(nameOf(key)), file),
      ...(present === 'no' ? [sh`modprobe -r -- ${nameOf(key)} || echo ${`${nameOf(key)} stays loaded: it is in use`} >&2`] : []),
    ]),
  }),
}

/** Present now, and loaded at every boot where it is a module. Judged by effect: `modprobe` fails for what is built in. */
export const kernelFeatureKind: ResourceKind<KernelFeature, KernelFeatureState> = {
  kind: 'kernel-feature',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: { name: { type: 'string', pattern: '^[a-z0-9_]+$', maxLength: 60 } },
  },
  thing,
  key: ({ name }) => `kernel:${name}`,
  probe: ({ name }) => batched('np_features', [...question(name), ...smallFileQuestion(fileOf(name), contentOf(name))]),
  parse: parseFeature,
  diff({ name }, { present, how, file }) {
    if (how === 'missing')
      throw new RequirementError(
        `the kernel of this host has no ${name}, built in or as a module`,
        "Install the package with the kernel's modules, or another kernel.",
      )
    if (file.type === 'other') throw new RequirementError(`${fileOf(name)} is there, and is no plain file`, 'Move it away and run again.')
    const changes: Change[] = []
    if (present === 'no') changes.push({ field: 'present', before: null, after: true })
    if (isModule(how) && !isSmallFile(file, contentOf(name)))
      changes.push({ field: fileOf(name), before: file.text === undefined ? null : { text: file.text }, after: { text: contentOf(name) } })
    return changes
  },
  after: ({ name }, { how, present, file }) => ({
    present: present === 'no' ? 'yes' : present,
    how: how === 'loadable' ? 'module' : how,
    file: isModule(how) ? { type: 'text', text: contentOf(name) } : file,
  }),
  steps: ({ name }, { present, how, file }) => [
    ...(present === 'no' ? [sh`np_feature_load ${question(name)}`] : []),
    ...(isModule(how) && !isSmallFile(file, contentOf(name)) ? [putSmallFile(fileOf(name), contentOf(name))] : []),
  ],
}

/** `kernelFeature('Let bridges pass iptables', { name: 'br_netfilter' })` */
export const kernelFeature = taskOf(kernelFeatureKind)

const isModule = (how: string) => how === 'module' || how === 'loadable'
const nameOf = (key: ThingKey) => key.slice('kernel:'.length)
const fileOf = (name: string) => `/etc/modules-load.d/netplay-${name}.conf`
const contentOf = (name: string) => `# Written by netplay.\n${name}\n`
const question = (name: string): string[] => [name, signs[name]?.effect ?? '-', signs[name]?.symbol ?? '-']

function parseFeature(output: Buffer, { name }: KernelFeature): KernelFeatureState {
  const text = output.toString()
  const lines = text.split('\n')
  const match = /^present (yes|no|unknown) (effect|module|builtin|loadable|missing|-)$/.exec(lines[0] ?? '')
  const file = parseSmallFile(lines, contentOf(name))
  if (match === null || file === undefined) throw new ProbeError(`kernel:${name}`, 'no line "present" or "file"', text.slice(0, 400))
  return { present: match[1] as KernelFeatureState['present'], how: match[2]!, file }
}
