import { becomeMethods } from '../transport/connection.js'
import type { YamlEntry } from '../yaml.js'
import type { Become } from './model.js'
import { becomeKeys } from './become-keys.js'
import { filled, readBoolean, readChoice, readText, type ReadNode } from './read-node.js'

/** Who a play, role or task works as. @param find the entry of a key. @returns undefined: it says nothing of it */
export function readBecome(find: (key: (typeof becomeKeys)[number]) => YamlEntry | undefined): Become | undefined {
  const entries = becomeKeys.flatMap(key => filled(find(key)) ?? [])
  const read = <T>(key: (typeof becomeKeys)[number], as: ReadNode<T>): T | undefined => {
    const entry = entries.find(one => one.key === key)
    return entry && as(entry.value, key)
  }
  const said = {
    enabled: read('become', readBoolean),
    user: read('become_user', readText),
    method: read('become_method', readChoice(becomeMethods)),
    exe: read('become_exe', readText),
    flags: read('become_flags', readText),
  }
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  if (Object.keys(given).length === 0) return undefined
  const [first] = entries.toSorted((one, other) => one.keyOrigin.line - other.keyOrigin.line)
  return { origin: first!.keyOrigin, ...given }
}
