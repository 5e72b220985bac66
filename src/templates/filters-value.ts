import { named } from './arguments.js'
import type { Filter } from './filters.js'
import { floatOf, integerOf } from './numbers.js'
import { TemplateProblem } from './problem.js'
import { textOf } from './text.js'
import { forced, Float, isDict, isList, isTrue, numberOf, Table, typeName, Undefined, type Jinja } from './values.js'

const fallback: Filter = (value, args, { use }) => {
  const { default_value: other = '', boolean = false } = named('default', args, ['default_value', 'boolean'])
  if (value instanceof Undefined) return other
  return isTrue(boolean) && !isTrue(use(value)) ? other : value
}

const length: Filter = (value, _args, { use }) => {
  const made = forced(value)
  if (made instanceof Table) return made.keys().length
  if (isList(made)) return made.length
  if (isDict(made)) return made.size
  const whole = use(made)
  if (typeof whole === 'string') return [...whole].length
  throw new TemplateProblem(`length: ${typeName(whole)} has none`)
}

/** Filters that make one value of another, whatever it is. */
export const valueFilters: Readonly<Record<string, Filter>> = {
  default: fallback,
  d: fallback,
  mandatory: (value, args) => {
    if (!(value instanceof Undefined)) return value
    const { msg } = named('mandatory', args, ['msg'])
    throw new TemplateProblem(typeof msg === 'string' ? msg : `mandatory: ${value.problem}`)
  },
  ternary: (value, args, { use }) => {
    const { true_val: yes, false_val: no, none_val: none } = named('ternary', args, ['true_val', 'false_val', 'none_val'])
    if (yes === undefined || no === undefined) throw new TemplateProblem('ternary takes a value for true and one for false')
    const made = use(value)
    if (made === null && none !== undefined && none !== null) return none
    return isTrue(made) ? yes : no
  },
  type_debug: value => typeName(forced(value)),
  length,
  count: length,
  string: value => textOf(value),
  bool: value => booleanOf(value),
  int: (value, args) => {
    const { default: other = 0, base = 10 } = named('int', args, ['default', 'base'])
    return integerOf(value, typeof base === 'number' ? base : 10) ?? other
  },
  float: (value, args) => floatOf(value) ?? named('float', args, ['default']).default ?? new Float(0),
  abs: value => {
    const number = numeric('abs', value)
    return value instanceof Float ? new Float(Math.abs(number)) : Math.abs(number)
  },
  round: (value, args) => {
    const { precision = 0, method = 'common' } = named('round', args, ['precision', 'method'])
    return new Float(rounded(numeric('round', value), typeof precision === 'number' ? precision : 0, textOf(method)))
  },
  pow: (value, { list: [exponent = null] }) => new Float(numeric('pow', value) ** numeric('pow', exponent)),
  log: (value, { list: [base] }) => new Float(Math.log(numeric('log', value)) / (base === undefined ? 1 : Math.log(numeric('log', base)))),
  root: (value, { list: [base = 2] }) =>
    new Float(base === 2 ? Math.sqrt(numeric('root', value)) : numeric('root', value) ** (1 / numeric('root', base))),
}

const words: Record<string, boolean> = { yes: true, on: true, true: true, 1: true, no: false, off: false, false: false, 0: false }

/** Ansible takes anything else for false, and says that it will not for long: here it is an error at once. */
function booleanOf(value: Jinja): boolean {
  if (typeof value === 'boolean') return value
  const known = typeof value === 'string' || typeof value === 'number' ? words[String(value).toLowerCase()] : undefined
  if (known !== undefined) return known
  throw new TemplateProblem(
    `bool: ${typeof value === 'string' ? 'this text' : typeName(value)} is neither yes nor no`,
    'It takes yes, no, on, off, true, false, 1 and 0.',
  )
}

function numeric(what: string, value: Jinja): number {
  const number = numberOf(value)
  if (number === undefined) throw new TemplateProblem(`${what} needs a number, not ${typeName(value)}`)
  return number
}

function rounded(value: number, precision: number, method: string): number {
  const scale = 10 ** precision
  if (method === 'ceil') return Math.ceil(value * scale) / scale
  if (method === 'floor') return Math.floor(value * scale) / scale
  // Python rounds halves to even.
  const scaled = value * scale
  const floor = Math.floor(scaled)
  const isHalf = scaled - floor === 0.5
  return (isHalf ? (floor % 2 === 0 ? floor : floor + 1) : Math.round(scaled)) / scale
}
