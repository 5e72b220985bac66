import type { YamlEntry } from '../yaml.js'
import type { Become } from './model.js'
import { readBoolean, readChoice, readText, type ReadNode } from './read-node.js'

/** `become`, `become_user` and `become_method` of a play, a role's entry or a task; `undefined`: it says nothing of it. */
export function readBecome(entries: ReadonlyMap<string, YamlEntry>): Become | undefined {
  const optional = <T>(key: string, read: ReadNode<T>): T | undefined => {
    const entry = entries.get(key)
    return entry === undefined || (entry.value.kind === 'scalar' && entry.value.value === null) ? undefined : read(entry.value, key)
  }
  const enabled = optional('become', readBoolean)
  const user = optional('become_user', readText)
  const method = optional('become_method', readChoice(['sudo']))
  if (enabled === undefined && user === undefined && method === undefined) return undefined
  const first = [...entries.values()].find(({ key }) => key.startsWith('become'))
  return {
    ...(first ? { origin: first.keyOrigin } : {}),
    ...(enabled === undefined ? {} : { enabled }),
    ...(user === undefined ? {} : { user }),
    ...(method === undefined ? {} : { method }),
  }
}
