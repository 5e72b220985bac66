import { exactInt, type TypedScalar } from '../yaml-scalar.js'

// Source: "Numeric literals" of the Python reference. A float may start with zeros, an int may not.
const digits = '\\d(?:_?\\d)*'
const floats = new RegExp(`(?:(?:${digits})?\\.${digits}|${digits}\\.)(?:[eE][-+]?${digits})?|${digits}[eE][-+]?${digits}`, 'y')
const ints = /0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|[1-9](?:_?\d)*|0(?:_?0)*/y
/** Python refuses to read longer ints. */
const longestInt = 4300

/** The number that starts at an offset of Python text, and where it ends; `undefined` when none does. */
export function readNumber(text: string, at: number): { typed: TypedScalar; end: number } | undefined {
  const float = matchAt(floats, text, at)
  const written = float ?? matchAt(ints, text, at)
  if (written === undefined || written.length > longestInt) return undefined
  const end = at + written.length
  if (/[\w.\u0080-\uffff]/.test(text[end] ?? '')) return undefined
  const plain = written.replaceAll('_', '')
  return { typed: float === undefined ? { value: exactInt(BigInt(plain)) } : { value: Number(plain), float: true }, end }
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}
