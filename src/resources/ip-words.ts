import { isIP } from 'node:net'

/** Patterns for schemas. Whether an address is one is judged by `familyOf`. */
export const addressPattern = '^[0-9a-fA-F:.]{2,45}$'
export const prefixPattern = '^(default|[0-9a-fA-F:.]{2,45}(/[0-9]{1,3})?)$'
export const devicePattern = '^[^/\\s\\u0000]{1,15}$'

/** Family of an address or a prefix; undefined for `default` and for what is none. */
export const familyOf = (word: string | undefined): 4 | 6 | undefined => {
  const family = isIP((word ?? '').split('/')[0]!)
  return family === 4 || family === 6 ? family : undefined
}

/** As ip(8) prints it: no /32, `default` for everything, IPv6 shortened and in lower case. */
export function printedPrefix(word: string, family: 4 | 6): string {
  const [address = '', length] = word.split('/')
  const full = family === 4 ? '32' : '128'
  if (word === 'default' || (length === '0' && /^[0.:]+$/.test(address))) return 'default'
  const printed = printedAddress(address)
  return length === undefined || length === full ? printed : `${printed}/${length}`
}

export const printedAddress = (address: string): string =>
  address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address

const tables: Record<string, number> = { default: 253, main: 254, local: 255 }
/** Number of a routing table given by number or by one of the names that every host has. */
export const tableNumber = (table: number | string): number => tables[table] ?? Number(table)
export const tableName = (number: number): string => Object.keys(tables).find(name => tables[name] === number) ?? String(number)
/** JSON Schema of a table. */
export const tableSchema = { anyOf: [{ type: 'integer', minimum: 1, maximum: 4294967295 }, { enum: ['main', 'local', 'default'] }] }
