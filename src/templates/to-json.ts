import { floatText } from '../inventory/python-text.js'
import { TemplateProblem } from './problem.js'
import { compareText, Float, isDict, isList, typeName, type Jinja } from './values.js'

export interface JsonOptions {
  /** blanks a level; absent: all in one line */
  indent?: number
  sortKeys: boolean
  /** letters beyond ASCII as `\u…` */
  ascii: boolean
  itemSeparator: string
}

/** A value as Python's `json.dumps` writes it. */
export function jsonOf(value: Jinja, options: JsonOptions, level = 1): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value)
  if (typeof value === 'string') return jsonText(value, options.ascii)
  if (value instanceof Float)
    return Number.isFinite(value.value)
      ? floatText(value.value)
      : Number.isNaN(value.value)
        ? 'NaN'
        : value.value > 0
          ? 'Infinity'
          : '-Infinity'
  if (isList(value))
    return enclosed(
      '[]',
      value.map(item => jsonOf(item, options, level + 1)),
      options,
      level,
    )
  if (!isDict(value)) throw new TemplateProblem(`to_json: ${typeName(value)} has no JSON`)
  const entries = options.sortKeys ? [...value].sort(([a], [b]) => compareText(a, b)) : [...value]
  return enclosed(
    '{}',
    entries.map(([key, item]) => `${jsonText(key, options.ascii)}: ${jsonOf(item, options, level + 1)}`),
    options,
    level,
  )
}

const jsonText = (text: string, ascii: boolean): string => {
  const json = JSON.stringify(text).replaceAll('\x7f', '\x7f')
  return ascii ? json.replace(/[\u0080-\uffff]/g, letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`) : json
}

function enclosed(
  [open, close]: string | [string, string],
  items: string[],
  { indent, itemSeparator }: JsonOptions,
  level: number,
): string {
  if (items.length === 0) return `${open}${close}`
  if (indent === undefined) return `${open}${items.join(itemSeparator)}${close}`
  const pad = ' '.repeat(indent * level)
  return `${open}\n${items.map(item => pad + item).join(`${itemSeparator}\n`)}\n${' '.repeat(indent * (level - 1))}${close}`
}
