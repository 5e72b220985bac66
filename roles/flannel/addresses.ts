/** An IPv4 network as numbers: `10.244.0.0/16` is from 10.244.0.0 to 10.244.255.255, both included. */
export interface Range {
  first: number
  last: number
  prefixLength: number
}

/** @returns undefined when the text is no IPv4 network or address */
export function parseRange(text: string): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text)
  if (match === null) return undefined
  const [a, b, c, d] = match.slice(1, 5).map(Number) as [number, number, number, number]
  const prefixLength = match[5] === undefined ? 32 : Number(match[5])
  if ([a, b, c, d].some(octet => octet > 255) || prefixLength > 32) return undefined
  const size = 2 ** (32 - prefixLength)
  const address = ((a * 256 + b) * 256 + c) * 256 + d
  const first = address - (address % size)
  return { first, last: first + size - 1, prefixLength }
}

export const overlaps = (a: Range, b: Range): boolean => a.first <= b.last && b.first <= a.last
export const contains = (outer: Range, inner: Range): boolean => outer.first <= inner.first && inner.last <= outer.last

/** @returns false where one of them is no IPv4 network or address */
export function isIn(network: string, text: string): boolean {
  const [outer, inner] = [parseRange(network), parseRange(text)]
  return outer !== undefined && inner !== undefined && contains(outer, inner)
}

/** `10.244.0.0` */
export const dotted = (address: number): string => [24, 16, 8, 0].map(bits => Math.floor(address / 2 ** bits) % 256).join('.')
