import { flagsOf, type Flags, type Setting } from './flags.js'
import { parseYaml, entryOf, type YamlNode } from '../yaml.js'
import type { Snapshot } from './snapshot.js'
import type { TextFile } from './text-file.js'
import type { Unit } from './unit.js'
import type { Word } from './unit-text.js'

/** kube-proxy or kubelet, as a unit runs it or as it runs. */
export interface Daemon {
  /** undefined: it runs, and no unit of this host says so (a container) */
  unit?: Unit
  flags: Flags
}

/** kube-proxy with its configuration, where it has a file. */
export interface KubeProxy extends Daemon {
  config?: { file: TextFile; node?: YamlNode }
}

const switches = new Set([
  'version',
  'cleanup',
  'masquerade-all',
  'profiling',
  'logtostderr',
  'init-only',
  'bind-address-hard-fail',
  'help',
])

export function daemonOf(name: string, units: readonly Unit[], { processes }: Snapshot): Daemon | undefined {
  const unit = units.find(each => each.isUsed && (each.command[0]?.text ?? '').replace(/^.*\//, '') === name)
  if (unit !== undefined) return { unit, flags: flagsOf(unit.command.slice(1), switches) }
  const process = processes.find(each => each.name === name)
  if (process === undefined) return undefined
  const words = process.words.slice(1).map((text): Word => ({ text, raw: text, at: { file: `/proc/${process.pid}/cmdline`, line: 1 } }))
  return { flags: flagsOf(words, switches) }
}

export function kubeProxyOf(units: readonly Unit[], snapshot: Snapshot): KubeProxy | undefined {
  const daemon = daemonOf('kube-proxy', units, snapshot)
  if (daemon === undefined) return undefined
  const file = snapshot.texts.get(daemon.flags.get('config')?.at(-1)?.value ?? '')
  return { ...daemon, ...(file === undefined ? {} : { config: { file, ...parsed(file) } }) }
}

function parsed(file: TextFile): { node?: YamlNode } {
  try {
    return { node: parseYaml(file.lines.join('\n'), file.path) }
  } catch {
    return {}
  }
}

/** A field of the configuration as a setting; undefined where it is absent or empty. */
export function configured({ config }: KubeProxy, field: string): Setting | undefined {
  const entry = config?.node === undefined ? undefined : entryOf(config.node, field)
  if (entry?.value.kind !== 'scalar' || entry.value.value === null || entry.value.value === '') return undefined
  const at = { file: config!.file.path, line: entry.keyOrigin.line }
  return { value: String(entry.value.value), text: config!.file.lines[at.line - 1] ?? '', at }
}
