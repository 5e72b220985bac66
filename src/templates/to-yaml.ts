import { floatText } from '../inventory/python-text.js'
import { typeScalar } from '../yaml-scalar.js'
import { TemplateProblem } from './problem.js'
import { compareText, Float, isDict, isList, typeName, type Dict, type Jinja } from './values.js'

export interface YamlOptions {
  /** blanks a level, default 2 */
  indent?: number
  sortKeys: boolean
  /** true: all on one line; null: innermost lists and dicts on one line; else none */
  flow: Jinja
}

/** A value as PyYAML's `dump` writes it, but for its folding of lines longer than 80. */
export function yamlOf(value: Jinja, options: YamlOptions): string {
  if (!isList(value) && !isDict(value)) {
    const scalar = scalarOf(value)
    return `${scalar}\n${/^[\w.+-]/.test(scalar) || scalar === "''" ? (scalar.startsWith("'") || scalar.startsWith('"') ? '' : '...\n') : ''}`
  }
  return `${isFlow(value, options) ? flowOf(value, options) : blockOf(value, options, 0)}\n`
}

const isFlow = (value: readonly Jinja[] | Dict, { flow }: YamlOptions): boolean => {
  const members = isList(value) ? value : [...value.values()]
  if (members.length === 0 || flow === true) return true
  return flow === null && !members.some(member => isList(member) || isDict(member))
}

const entriesOf = (value: Dict, { sortKeys }: YamlOptions) => (sortKeys ? [...value].sort(([a], [b]) => compareText(a, b)) : [...value])

function flowOf(value: Jinja, options: YamlOptions): string {
  if (isList(value)) return `[${value.map(item => flowOf(item, options)).join(', ')}]`
  if (!isDict(value)) return scalarOf(value, true)
  return `{${entriesOf(value, options)
    .map(([key, item]) => `${scalarOf(key, true)}: ${flowOf(item, options)}`)
    .join(', ')}}`
}

function blockOf(value: readonly Jinja[] | Dict, options: YamlOptions, column: number): string {
  const { indent = 2 } = options
  const pad = ' '.repeat(column)
  if (isList(value))
    return value
      .map(
        item =>
          `-${isBlock(item, options) ? ' '.repeat(indent - 1) + blockOf(item, options, column + indent) : ` ${inline(item, options, column + indent)}`}`,
      )
      .join(`\n${pad}`)
  return entriesOf(value, options)
    .map(([key, item]) => {
      if (!isBlock(item, options)) return `${scalarOf(key)}: ${inline(item, options, column + indent)}`
      // A list in a dict is not set in, as PyYAML has it.
      const inner = isList(item) ? column : column + indent
      return `${scalarOf(key)}:\n${' '.repeat(inner)}${blockOf(item, options, inner)}`
    })
    .join(`\n${pad}`)
}

const isBlock = (value: Jinja, options: YamlOptions): value is readonly Jinja[] | Dict =>
  (isList(value) || isDict(value)) && !isFlow(value, options)

function inline(value: Jinja, options: YamlOptions, column: number): string {
  if (isList(value) || isDict(value)) return flowOf(value, options)
  if (typeof value === 'string' && isLines(value)) return literal(value, column)
  return scalarOf(value)
}

/** AnsibleDumper writes texts of several lines as they are. */
const isLines = (text: string) =>
  /\n/.test(text) && !/[^\n\t\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd]/.test(text) && !/ \n| $|^[ \n]/.test(text)

function literal(text: string, column: number): string {
  const keep = text.endsWith('\n\n') ? '+' : text.endsWith('\n') ? '' : '-'
  const lines = text.replace(/\n$/, '').split('\n')
  return `|${keep}\n${lines.map(line => (line === '' ? '' : ' '.repeat(column) + line)).join('\n')}`
}

function scalarOf(value: Jinja, inFlow = false): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean' || typeof value === 'number') return String(value)
  if (value instanceof Float) return floatOf(value.value)
  if (typeof value !== 'string') throw new TemplateProblem(`to_yaml: ${typeName(value)} has no YAML`)
  if (/[^\n\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd]/.test(value.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '')))
    return JSON.stringify(value)
  return isPlain(value, inFlow) ? value : `'${value.replaceAll("'", "''").replaceAll('\n', '\n\n')}'`
}

function floatOf(value: number): string {
  if (Number.isNaN(value)) return '.nan'
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf'
  const text = floatText(value)
  return text.includes('e') && !text.includes('.') ? text.replace('e', '.0e') : text
}

/** May it stand without quotes, and still be a text? */
function isPlain(text: string, inFlow: boolean): boolean {
  if (text === '' || text !== text.trim() || /\n/.test(text) || typeof typeScalar(text).value !== 'string') return false
  if (/^[=]$|^<<$|^\d{4}-\d{1,2}-\d{1,2}/.test(text)) return false
  if (/^(?:[,[\]{}#&*!|>'"%@`]|[-?:](?:\s|$)|---|\.\.\.)/.test(text)) return false
  if (/^[-?:]$/.test(text) || /:\s|\s#|:$/.test(text)) return false
  return !(inFlow && /[,?[\]{}]|:/.test(text)) && !/^[-?:][,[\]{}]/.test(text)
}
