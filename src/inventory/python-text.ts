import type { Vaulted } from '../vaulted.js'
import type { YamlEntry, YamlNode } from '../yaml.js'
import { typeScalar, type TypedScalar } from '../yaml-scalar.js'
import type { Value } from './model.js'
import { isoTime } from './iso-time.js'

/** A float as Python writes it: `1.0`, `1e+16`, `1e-07`, `inf`. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  const [mantissa, power] = value.toExponential().split('e') as [string, string]
  const exponent = Number(power)
  if (value === 0 || (exponent >= -4 && exponent < 16)) return plainDecimal(value)
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function plainDecimal(value: number): string {
  const text = value.toString()
  return /[.e]/.test(text) ? text : `${text}.0`
}

/**
 * A variable as `ansible-inventory` prints it inside JSON: what `JSON.stringify` cannot say is done here, floats above all.
 * @param marksUnsafe text that is never a template is `{"__ansible_unsafe": …}`: in `--list`, not in `--host`
 */
export function jsonText(value: Value, indent: number, marksUnsafe = true): string {
  return value.node
    ? nodeJson(marksUnsafe ? value.node : unmarked(value.node), indent)
    : indented(JSON.stringify(value.value ?? null, null, 4), indent)
}

const indented = (text: string, indent: number) => text.replaceAll('\n', `\n${' '.repeat(indent)}`)

function unmarked(node: YamlNode): YamlNode {
  const plain = node.tag === '!unsafe' ? { ...node, tag: undefined } : node
  if (plain.kind === 'sequence') return { ...plain, items: plain.items.map(unmarked) }
  return plain.kind === 'mapping' ? { ...plain, entries: plain.entries.map(entry => ({ ...entry, value: unmarked(entry.value) })) } : plain
}

function nodeJson(node: YamlNode, indent: number): string {
  if (node.kind === 'scalar' && node.vaulted !== undefined) return vaultedJson(node.vaulted, indent)
  if (node.tag === '!unsafe') return objectJson([['__ansible_unsafe', nodeJson({ ...node, tag: undefined }, indent + 4)]], indent)
  if (node.kind === 'mapping')
    return objectJson(
      node.entries.map(entry => [jsonKey(entry), nodeJson(entry.value, indent + 4)] as const),
      indent,
    )
  if (node.kind === 'sequence')
    return blockJson(
      node.items.map(item => nodeJson(item, indent + 4)),
      '[]',
      indent,
    )
  if (typeof node.value === 'number') return node.float ? jsonFloat(node.value) : String(node.value)
  if (typeof node.value === 'string' && isExactInt(node)) return node.value
  return JSON.stringify(node.plain && typeof node.value === 'string' ? (isoTime(node.value) ?? node.value) : node.value)
}

/** `json.dumps` writes a key that is no text as JSON has it: `yes` is `true`, `010` is `8`. */
function jsonKey({ key, keyIsText }: YamlEntry): string {
  if (keyIsText) return key
  const { value, float } = typeScalar(key)
  return float ? jsonFloat(value as number) : String(value)
}

/** As it is encrypted; what stands in a file that is encrypted as a whole has no text of its own that could be shown. */
const vaultedJson = ({ ciphertext }: Vaulted, indent: number) =>
  ciphertext === undefined ? '"***"' : objectJson([['__ansible_vault', JSON.stringify(ciphertext)]], indent)

/** An integer too long for a number is kept as its digits; written plainly it is a number to Ansible. */
const isExactInt = ({ plain, value, raw }: { plain: boolean; value: unknown; raw: string }) =>
  plain && /^-?\d{16,}$/.test(String(value)) && /^[-+]?\d[\w:]*$/.test(raw)

const jsonFloat = (value: number) =>
  Number.isFinite(value) ? floatText(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'

/** `{"a": …}` with sorted keys, four blanks a level, as Python's `json.dumps(sort_keys=True, indent=4)`. */
export function objectJson(entries: readonly (readonly [key: string, json: string])[], indent: number): string {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return blockJson(
    sorted.map(([key, json]) => `${JSON.stringify(key)}: ${json}`),
    '{}',
    indent,
  )
}

export function blockJson(lines: readonly string[], brackets: '{}' | '[]', indent: number): string {
  if (lines.length === 0) return brackets
  const pad = ' '.repeat(indent + 4)
  return `${brackets[0]}\n${lines.map(line => pad + line).join(',\n')}\n${' '.repeat(indent)}${brackets[1]}`
}

/** A variable as Python's `str()` writes it, which `--graph --vars` prints: text bare, what is inside lists and mappings quoted. */
export function pythonText({ node, value }: Value): string {
  if (!node) return String(value)
  if (node.kind === 'scalar' && node.vaulted === undefined && typeof node.value === 'string')
    return (node.plain ? isoTime(node.value)?.replace('T', ' ') : undefined) ?? node.value
  return repr(node)
}

function repr(node: YamlNode): string {
  if (node.kind === 'sequence') return `[${node.items.map(repr).join(', ')}]`
  if (node.kind === 'mapping')
    return `{${node.entries.map(({ key, keyIsText, value }) => `${keyIsText ? quoted(key) : scalarRepr(typeScalar(key))}: ${repr(value)}`).join(', ')}}`
  if (node.vaulted !== undefined) return '***'
  return typeof node.value === 'string' && isExactInt(node) ? node.value : scalarRepr(node)
}

function scalarRepr({ value, float }: TypedScalar): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return float ? floatText(value) : String(value)
  return quoted(value)
}

/** A text as Python's `repr` has it. */
export function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(/[\\\n\r\t]/g, character => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' })[character]!)
  return quote + escaped.replaceAll(quote, `\\${quote}`) + quote
}
