import { parseAddress } from './address.js'

/** Parts of a pattern: at `,`, else at `:` unless the whole is one address or range; a list part by part. */
export function splitPattern(pattern: string | readonly string[]): string[] {
  if (typeof pattern !== 'string') return pattern.flatMap(splitPattern)
  return partsOf(pattern)
    .map(part => part.trim())
    .filter(part => part !== '')
}

function partsOf(pattern: string): string[] {
  if (pattern.includes(',')) return pattern.split(',')
  return parseAddress(pattern) ? [pattern] : (pattern.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? [])
}
