import type { Fields, Json } from './config.js'

/** Block YAML of plain data. Text is always quoted as JSON quotes it, which YAML reads the same; so are keys that are no plain words. */
export const yamlOf = (fields: Fields): string => `${linesOf(fields).join('\n')}\n`

function linesOf(value: Fields | Json[]): string[] {
  if (Array.isArray(value)) return value.flatMap(item => placed('-', item))
  return Object.entries(value).flatMap(([key, item]) => placed(`${keyText(key)}:`, item))
}

function placed(lead: string, item: Json): string[] {
  if (typeof item !== 'object' || item === null) return [`${lead} ${scalar(item)}`]
  const inside = linesOf(item)
  if (inside.length === 0) return [`${lead} ${Array.isArray(item) ? '[]' : '{}'}`]
  return [lead, ...inside.map(line => `  ${line}`)]
}

/** JSON leaves two line separators, DEL and half pairs as they are; YAML does not take all of them. */
const scalar = (value: Exclude<Json, Json[] | Fields>): string =>
  JSON.stringify(value).replace(/[\u007f-\u00a0\u2028\u2029\ufeff]/g, found => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Words that YAML 1.1 takes for booleans or null are no plain keys. */
const keyText = (key: string): string =>
  /^[A-Za-z][A-Za-z0-9]*$/.test(key) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(key) ? key : scalar(key)
