import { isIP } from 'node:net'
import { printedAddress } from './ip-words.js'

/** A network taken apart. `isMasked`: no bit of a host is set in it, so `10.98.0.0/24` and not `10.98.0.1/24`. */
export interface Prefix {
  family: 4 | 6
  length: number
  isMasked: boolean
}

/** `undefined`: it is no `address/length`. */
export function prefixOf(text: string): Prefix | undefined {
  const [, address = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const family = isIP(address)
  const [bits, length] = [family === 4 ? 32 : 128, Number(digits)]
  if ((family !== 4 && family !== 6) || length > bits) return undefined
  const hostBits = (1n << BigInt(bits - length)) - 1n
  return { family, length, isMasked: (numberOf(address) & hostBits) === 0n }
}

function numberOf(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)
  const [head = '', tail] = printedAddress(address).split('::')
  const [front, back] = [head, tail ?? ''].map(part => (part === '' ? [] : part.split(':')))
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - front!.length - back!.length }, () => '0')
  return [...front!, ...zeros, ...back!].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n)
}
