import type { Origin } from './errors.js'
import type { Vaulted } from './vaulted.js'

/** One value of a YAML document and where it was written. Nodes are never changed after parsing; an alias is the node it names. */
export type YamlNode = YamlScalar | YamlMapping | YamlSequence

export interface YamlScalar {
  kind: 'scalar'
  origin: Origin
  tag?: string
  /** Integers beyond 2^53 stay text, so that no digit is lost. */
  value: string | number | boolean | null
  /** The text before typing: `1.10` where `value` is 1.1. */
  raw: string
  /** Written without quotes and not as a block. */
  plain: boolean
  /** The number was written as a float: 1.0, not 1. */
  float?: true
  /** It is encrypted (`!vault`), or stands in a file that is: what `toPlain` gives in its place. */
  vaulted?: Vaulted
}

export interface YamlEntry {
  /** The key as written; a number or boolean key keeps its text. */
  key: string
  keyOrigin: Origin
  /** False for a key such as `10` or `yes`, which Ansible would not take as a name. */
  keyIsText: boolean
  value: YamlNode
}

export interface YamlMapping {
  kind: 'mapping'
  origin: Origin
  tag?: string
  /** In written order, merge keys (`<<`) already resolved; no key twice. */
  entries: YamlEntry[]
}

export interface YamlSequence {
  kind: 'sequence'
  origin: Origin
  tag?: string
  items: YamlNode[]
}

/**
 * The node as plain data: objects without a prototype, so that a key `__proto__` or `constructor` is only a key; encrypted scalars as `Vaulted`.
 * Every call makes new objects.
 */
export function toPlain(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.vaulted ?? node.value
  if (node.kind === 'sequence') return node.items.map(toPlain)
  const object = Object.create(null) as Record<string, unknown>
  for (const { key, value } of node.entries) object[key] = toPlain(value)
  return object
}

/** The value under a key, `undefined` when the node is no mapping or has no such key. */
export const entryOf = (node: YamlNode, key: string): YamlEntry | undefined =>
  node.kind === 'mapping' ? node.entries.find(entry => entry.key === key) : undefined

/** `a mapping`, `a list`, `a number` …: what a node is, in the words of an error. */
export function describeNode(node: YamlNode): string {
  if (node.kind === 'mapping') return 'a mapping'
  if (node.kind === 'sequence') return 'a list'
  if (node.vaulted !== undefined) return 'a vaulted value'
  if (node.value === null) return 'empty'
  return { string: 'text', number: 'a number', boolean: 'a boolean' }[typeof node.value as 'string' | 'number' | 'boolean']
}
