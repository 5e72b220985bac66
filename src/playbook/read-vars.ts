import type { Value } from '../inventory/model.js'
import { describeNode, toPlain, type YamlEntry, type YamlNode } from '../yaml.js'
import { errorAt } from '../error-at.js'

/** A `vars:` mapping of a play or a role's entry. */
export function readVars(node: YamlNode): Map<string, Value> {
  if (node.kind === 'scalar' && node.value === null) return new Map()
  if (node.kind !== 'mapping') throw errorAt(node.origin, `\`vars\` must be a mapping of names to values, not ${describeNode(node)}`)
  return new Map(
    node.entries.map(entry => {
      if (!/^[A-Za-z_]\w*$/.test(entry.key))
        throw errorAt(entry.keyOrigin, `${JSON.stringify(entry.key)} is not a name for a variable: letters, digits and _`)
      return [entry.key, valueOf(entry)]
    }),
  )
}

export const valueOf = ({ value }: YamlEntry): Value => valueOfNode(value)
export const valueOfNode = (node: YamlNode): Value => ({ value: toPlain(node), origin: node.origin, node })
