import { exactInt } from '../yaml-scalar.js'
import { whole } from './operators.js'
import { Float, numberOf, type Jinja } from './values.js'

/** Python's `int(value, base)`, and of a float in a text what is before the point. `undefined`: it is no number */
export function integerOf(value: Jinja, base = 10): number | undefined {
  const number = numberOf(value)
  if (number !== undefined) return Number.isFinite(number) ? whole(Math.trunc(number)) : undefined
  if (typeof value !== 'string') return undefined
  const text = value.trim().replaceAll(/(?<=[\da-z])_(?=[\da-z])/gi, '')
  const digits =
    base === 16
      ? text.replace(/^([-+]?)0x/i, '$1')
      : base === 8
        ? text.replace(/^([-+]?)0o/i, '$1')
        : base === 2
          ? text.replace(/^([-+]?)0b/i, '$1')
          : text
  if (isInBase(digits, base)) return base === 10 ? decimal(digits) : whole(parseInt(digits, base))
  const float = base === 10 ? floatOf(text)?.value : undefined
  return float !== undefined && Number.isFinite(float) ? whole(Math.trunc(float)) : undefined
}

function decimal(digits: string): number {
  const exact = exactInt(BigInt(digits.replace(/^\+/, '')))
  return whole(typeof exact === 'number' ? exact : Number(exact))
}

function isInBase(digits: string, base: number): boolean {
  const letters = digits.replace(/^[-+]/, '').toLowerCase()
  return letters !== '' && [...letters].every(letter => /[\da-z]/.test(letter) && parseInt(letter, 36) < base)
}

/** Python's `float(value)`. `undefined`: it is no number */
export function floatOf(value: Jinja): Float | undefined {
  const number = numberOf(value)
  if (number !== undefined) return new Float(number)
  if (typeof value !== 'string') return undefined
  const text = value.trim().replaceAll(/(?<=\d)_(?=\d)/g, '')
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text)) return new Float(Number(text))
  const [, sign, word] = /^([-+]?)(inf|infinity|nan)$/i.exec(text) ?? []
  if (word === undefined) return undefined
  return new Float(word.toLowerCase() === 'nan' ? NaN : sign === '-' ? -Infinity : Infinity)
}
