import type { SourceText } from '../source-text.js'
import { toPlain, type YamlNode } from '../yaml.js'
import type { Value } from './model.js'
import { parsePythonLiteral, UnhashableLiteral } from './python-literal.js'

/**
 * The value of an INI assignment: a Python literal where the text is one, else the text.
 * @param at offset of the value in the source
 */
export function iniValue(text: string, source: SourceText, at: number): Value {
  const origin = source.originAt(at)
  const node: YamlNode = literal(text, source, at) ?? { kind: 'scalar', origin, value: text, raw: text, plain: false }
  return { value: node.kind === 'scalar' ? node.value : toPlain(node), origin, node }
}

function literal(text: string, source: SourceText, at: number): YamlNode | undefined {
  try {
    return parsePythonLiteral(text, source.originAt(at))
  } catch (error) {
    if (!(error instanceof UnhashableLiteral)) throw error
    // `{{ "x" }}` is a set in a set to Python; Ansible refuses the whole file, we leave the template to who refuses templates.
    if (text.startsWith('{{')) return undefined
    throw source.error('a list, a mapping or a set cannot be the key of a mapping or part of a set', at, {
      next: 'Put quotes around the value if it is meant as text.',
    })
  }
}
