import type { Origin } from '../errors.js'
import type { YamlNode } from '../yaml.js'

/** A variable with where it was written. */
export interface Value {
  /** Plain data (yaml.ts `toPlain`); a `{{` is kept as text. */
  value: unknown
  origin: Origin
  /** The value as it was written: positions inside it, `1.0` told from `1`. Absent for values netplay sets itself. */
  node?: YamlNode
}

export type Variables = ReadonlyMap<string, Value>

/** One source of variables for a host, weakest first in `Host.layers`. */
export interface Layer {
  /** Precedence as Ansible numbers it (2–10): 2 inventory `all`, 3 inventory groups, 4–7 group_vars, 8 inventory host, 9–10 host_vars. */
  level: number
  /** The group that carries the variables; absent for the host's own. */
  group?: string
  vars: Variables
}

export interface Host {
  readonly name: string
  /** All groups but `all`, parents included, in the order Ansible merges them: depth, priority, name. */
  readonly groups: readonly string[]
  /** Merged over all layers. Hosts without variables of their own share one map: never change it. */
  readonly vars: Variables
  readonly layers: readonly Layer[]
  /** Where the host was first written. */
  readonly origin: Origin
  /** Absolute path of the source in which the host was first written, and its folder; absent for host lists. */
  readonly inventoryFile?: string
  readonly inventoryDir?: string
  /** A `localhost` that no source names: local connection, in no group. */
  readonly implicit: boolean
}

export interface Group {
  readonly name: string
  /** Longest path from `all`, which is 0. */
  readonly depth: number
  /** `ansible_group_priority`, default 1; decides between groups of one depth. */
  readonly priority: number
  readonly children: readonly string[]
  readonly parents: readonly string[]
  /** Hosts written into this very group; `hostsOf` follows the children. */
  readonly hosts: readonly string[]
  /** The group's variables in the sources (level 2 or 3). */
  readonly vars: Variables
  /** The group's own layers: `vars`, then its group_vars. */
  readonly layers: readonly Layer[]
}

export interface Inventory {
  readonly sources: readonly string[]
  /** In the order hosts were first written. */
  readonly hosts: ReadonlyMap<string, Host>
  /** `all`, `ungrouped`, then in the order groups were first written. */
  readonly groups: ReadonlyMap<string, Group>
  /** Hosts of a group and its children, breadth first, without repeats: what Ansible calls inventory order. `[]` for an unknown group. */
  hostsOf(group: string): readonly Host[]
  /** The host of this name; `localhost`, `127.0.0.1` and `::1` are made on demand. */
  find(name: string): Host | undefined
  /** Sentences with their position about what is odd but not wrong. */
  readonly warnings: readonly string[]
}

/** Names that mean this machine when no source has them. */
export const localNames: readonly string[] = ['127.0.0.1', 'localhost', '::1']

/** The layers as one map, later ones win. */
export function mergeLayers(layers: readonly Layer[]): Variables {
  const filled = layers.filter(({ vars }) => vars.size > 0)
  if (filled.length === 1) return filled[0]!.vars
  const merged = new Map<string, Value>()
  for (const { vars } of filled) for (const [name, value] of vars) merged.set(name, value)
  return merged
}
