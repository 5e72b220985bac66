import type { YamlEntry, YamlNode } from './yaml-node.js'

/**
 * The entries of a mapping with a merge key: merged ones first, its own win; of several merged mappings the earlier wins.
 * Source: PyYAML constructor.py `flatten_mapping`.
 * @param refuse makes the error for what cannot be merged
 */
export function mergeEntries(merged: YamlNode, own: YamlEntry[], refuse: (node: YamlNode) => Error): YamlEntry[] {
  const mappings = merged.kind === 'sequence' ? [...merged.items].reverse() : [merged]
  const entries = new Map<string, YamlEntry>()
  for (const mapping of mappings) {
    if (mapping.kind !== 'mapping') throw refuse(mapping)
    for (const entry of mapping.entries) entries.set(entry.key, entry)
  }
  for (const entry of own) entries.set(entry.key, entry)
  return [...entries.values()]
}
