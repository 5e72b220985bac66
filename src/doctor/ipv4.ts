/** An IPv4 network as numbers, first and last address included. */
export interface Range {
  first: number
  last: number
  prefixLength: number
}

/** Of `10.244.0.0/16` or `10.244.0.1`. @returns undefined when the text is neither */
export function rangeOf(text: string): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text.trim())
  if (match === null) return undefined
  const octets = match.slice(1, 5).map(Number)
  const prefixLength = match[5] === undefined ? 32 : Number(match[5])
  if (octets.some(octet => octet > 255) || prefixLength > 32) return undefined
  const size = 2 ** (32 - prefixLength)
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0)
  const first = address - (address % size)
  return { first, last: first + size - 1, prefixLength }
}

export const isAddress = (text: string): boolean => rangeOf(text) !== undefined && !text.includes('/')
export const overlaps = (a: Range, b: Range): boolean => a.first <= b.last && b.first <= a.last
/** @returns false where one of the two is no network */
export const covers = (outer: string | undefined, inner: string | undefined): boolean => {
  const [a, b] = [rangeOf(outer ?? ''), rangeOf(inner ?? '')]
  return a !== undefined && b !== undefined && a.first <= b.first && b.last <= a.last
}
