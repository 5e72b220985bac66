import type { BinaryOperator, Comparison } from './ast.js'
import { TemplateProblem } from './problem.js'
import { textOf } from './text.js'
import { compare, equal, Float, isDict, isList, isTrue, numberOf, Table, typeName, type Jinja } from './values.js'

/** Python's arithmetic. @throws TemplateProblem for operands that Python has no answer for */
export function calculate(operator: BinaryOperator, left: Jinja, right: Jinja): Jinja {
  if (operator === '~') return textOf(left) + textOf(right)
  const [a, b] = [numberOf(left), numberOf(right)]
  if (a === undefined || b === undefined) return joined(operator, left, right)
  const isFloat = left instanceof Float || right instanceof Float
  if (b === 0 && (operator === '/' || operator === '//' || operator === '%')) throw new TemplateProblem('division by zero')
  if (operator === '/') return new Float(a / b)
  const result = arithmetic[operator](a, b)
  return isFloat || (operator === '**' && b < 0) ? new Float(result) : whole(result)
}

const arithmetic: Record<Exclude<BinaryOperator, '~' | '/'>, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '//': (a, b) => Math.floor(a / b),
  // Of Python: the sign of the divisor.
  '%': (a, b) => a - b * Math.floor(a / b),
  '**': (a, b) => a ** b,
}

/** @throws TemplateProblem beyond 2^53, where JavaScript would round */
export function whole(value: number): number {
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
  throw new TemplateProblem('a whole number is too large for a template (more than 2^53)')
}

const longest = 10_000_000

function joined(operator: BinaryOperator, left: Jinja, right: Jinja): Jinja {
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') return left + right
  if (operator === '+' && isList(left) && isList(right)) return [...left, ...right]
  if (operator === '*' && (typeof left === 'string' || isList(left)) && typeof right === 'number') return repeated(left, right)
  if (operator === '*' && typeof left === 'number' && (typeof right === 'string' || isList(right))) return repeated(right, left)
  if (operator === '%' && typeof left === 'string')
    throw new TemplateProblem('`%` on a text is not had', 'Write "…" ~ value ~ "…", or use the filter format.')
  const next =
    typeof left === 'string' || typeof right === 'string' ? 'Join texts with `~`, or make numbers of them with `| int`.' : undefined
  throw new TemplateProblem(`${operator} does not work on ${typeName(left)} and ${typeName(right)}`, next)
}

function repeated(what: string | readonly Jinja[], times: number): Jinja {
  const count = Math.max(0, times)
  if (what.length * count > longest) throw new TemplateProblem('the result would be too large')
  return typeof what === 'string' ? what.repeat(count) : Array.from({ length: count }, () => what).flat()
}

/** @throws TemplateProblem where Python has no order: `1 < 'a'` */
export function holds(operator: Comparison, left: Jinja, right: Jinja): boolean {
  if (operator === '==') return equal(left, right)
  if (operator === '!=') return !equal(left, right)
  if (operator === 'in') return contains(right, left)
  if (operator === 'not in') return !contains(right, left)
  const order = compare(left, right)
  if (order === undefined) {
    const next = [left, right].some(value => typeof value === 'string') ? 'Make a number of a text with `| int`.' : undefined
    throw new TemplateProblem(`${operator} does not work on ${typeName(left)} and ${typeName(right)}`, next)
  }
  return { '<': order < 0, '>': order > 0, '<=': order <= 0, '>=': order >= 0 }[operator]
}

/** Python's `in`: an item of a list, a key of a dict, a part of a text. */
export function contains(container: Jinja, item: Jinja): boolean {
  if (typeof container === 'string' && typeof item === 'string') return container.includes(item)
  if (isList(container)) return container.some(one => equal(one, item))
  if (isDict(container)) return container.has(keyOf(item))
  if (container instanceof Table) return container.keys().includes(keyOf(item))
  throw new TemplateProblem(`\`in\` does not work on ${typeName(item)} and ${typeName(container)}`)
}

/** Keys are texts: those of YAML as they are written. */
export const keyOf = (key: Jinja): string => (typeof key === 'string' ? key : textOf(key))

export function negated(operator: 'not' | '-' | '+', value: Jinja): Jinja {
  if (operator === 'not') return !isTrue(value)
  const number = numberOf(value)
  if (number === undefined) throw new TemplateProblem(`${operator} does not work on ${typeName(value)}`)
  const signed = operator === '-' ? -number : number
  return value instanceof Float ? new Float(signed) : signed === 0 ? 0 : signed
}
