import { Secret } from '../secret.js'
import { floatText } from '../inventory/python-text.js'
import { Float, isDict, isList, wholeOf, type Jinja } from './values.js'

/** Python's `str()`: what a value is within a text. `None` within a text is nothing, as Ansible has it. */
export function textOf(value: Jinja): string {
  if (typeof value === 'string') return value
  if (value instanceof Secret) return value.reveal()
  return reprOf(value)
}

/** Python's `repr()`: `['a', 1, None]`. */
export function reprOf(value: Jinja): string {
  const made = wholeOf(value)
  if (typeof made === 'string') return quoted(made)
  if (typeof made === 'number') return String(made)
  if (made === null) return 'None'
  if (typeof made === 'boolean') return made ? 'True' : 'False'
  if (made instanceof Float) return floatText(made.value)
  if (isList(made)) return `[${made.map(reprOf).join(', ')}]`
  return isDict(made) ? `{${[...made].map(([key, item]) => `${quoted(key)}: ${reprOf(item)}`).join(', ')}}` : '***'
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(/[\u0000-\u001f\u007f-\u009f\\]/g, character => {
    const named = ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' } as Record<string, string>)[character]
    return named ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return quote + escaped.replaceAll(quote, `\\${quote}`) + quote
}
