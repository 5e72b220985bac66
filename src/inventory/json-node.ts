import type { SourceText } from '../source-text.js'
import { openedText, Vaulted } from '../vaulted.js'
import { parseYaml, type YamlMapping, type YamlNode, type YamlScalar } from '../yaml.js'

/**
 * JSON with positions, `1.0` told from `1`; an object `{"__ansible_vault": …}` or `{"__ansible_unsafe": …}` is the tagged text that Ansible
 * writes so.
 * @throws InputError with the position; also for a key written twice, which Ansible reads over
 */
export function parseJson(source: SourceText): YamlNode {
  try {
    JSON.parse(source.text)
  } catch (cause) {
    const [, position = '0'] = /at position (\d+)/.exec((cause as Error).message) ?? []
    const at = source.text.trim() === '' ? 0 : Math.min(Number(position), source.text.length)
    throw source.error(source.text.trim() === '' ? 'JSON is expected, this is empty' : 'this is no JSON', at, { cause })
  }
  return tagged(parseYaml(source), source)
}

/** The node itself where nothing in it is marked: ten thousand hosts are not copied. */
function tagged(node: YamlNode, source: SourceText): YamlNode {
  if (node.kind === 'scalar') return node
  if (node.kind === 'sequence') {
    const items = node.items.map(item => tagged(item, source))
    return items.every((item, index) => item === node.items[index]) ? node : { ...node, items }
  }
  const tag = marked(node, source)
  if (tag !== undefined) return tag
  const values = node.entries.map(({ value }) => tagged(value, source))
  if (values.every((value, index) => value === node.entries[index]!.value)) return node
  return { ...node, entries: node.entries.map((entry, index) => ({ ...entry, value: values[index]! })) }
}

function marked({ entries: [only, ...others] }: YamlMapping, { openVault }: SourceText): YamlScalar | undefined {
  if (only === undefined || others.length > 0 || only.value.kind !== 'scalar' || typeof only.value.value !== 'string') return undefined
  const { value: text } = only
  if (only.key === '__ansible_unsafe') return { ...text, tag: '!unsafe' }
  if (only.key !== '__ansible_vault') return undefined
  const { origin, value: ciphertext } = text as YamlScalar & { value: string }
  return {
    ...text,
    tag: '!vault',
    vaulted: new Vaulted(() => openedText(openVault, ciphertext, { ...origin, isBlock: false }), origin, ciphertext),
  }
}
