import { named, text } from './arguments.js'
import { contains, holds } from './operators.js'
import { TemplateProblem } from './problem.js'
import { pythonRegex } from './python-regex.js'
import { textOf } from './text.js'
import { compareVersions } from './versions.js'
import { Callable, equal, Float, isDict, isList, isTrue, numberOf, typeName, type Args, type Jinja } from './values.js'

export type Test = (value: Jinja, args: Args) => boolean

const only = ({ list: [other] }: Args): Jinja => {
  if (other === undefined) throw new TemplateProblem('this test needs something to compare with')
  return other
}

const regex =
  (anchor?: 'start'): Test =>
  (value, args) => {
    const { pattern = '', ignorecase = false, multiline = false } = named('the test', args, ['pattern', 'ignorecase', 'multiline'])
    const flags = { ignorecase: isTrue(ignorecase), multiline: isTrue(multiline), ...(anchor ? { anchor } : {}) }
    return pythonRegex(text('pattern', pattern), flags).test(text('what is tested', value))
  }

const isNumber = (value: Jinja) => typeof value === 'number' || value instanceof Float || typeof value === 'boolean'
const isText = (value: Jinja) => typeof value === 'string'

/** What a task left behind: `registered is failed`. */
const result =
  (key: string): Test =>
  value => {
    if (isDict(value)) return isTrue(value.get(key) ?? false)
    throw new TemplateProblem(`is ${key}: this needs the result of a task, not ${typeName(value)}`)
  }

const not =
  (test: Test): Test =>
  (value, args) =>
    !test(value, args)

const members = (value: Jinja): readonly Jinja[] => {
  if (isList(value)) return value
  throw new TemplateProblem(`this test needs a list, not ${typeName(value)}`)
}
const subset = (a: Jinja, b: Jinja) => members(a).every(item => contains(members(b), item))

const basic: Record<string, Test> = {
  none: value => value === null,
  boolean: value => typeof value === 'boolean',
  true: value => value === true,
  false: value => value === false,
  integer: value => typeof value === 'number',
  float: value => value instanceof Float,
  number: isNumber,
  string: isText,
  mapping: isDict,
  sequence: value => isText(value) || isList(value) || isDict(value),
  iterable: value => isText(value) || isList(value) || isDict(value),
  callable: value => value instanceof Callable,
  lower: value => textOf(value) === textOf(value).toLowerCase() && /\p{L}/u.test(textOf(value)),
  upper: value => textOf(value) === textOf(value).toUpperCase() && /\p{L}/u.test(textOf(value)),
  odd: value => Math.abs((numberOf(value) ?? NaN) % 2) === 1,
  even: value => (numberOf(value) ?? NaN) % 2 === 0,
  divisibleby: (value, args) => (numberOf(value) ?? NaN) % (numberOf(only(args)) ?? NaN) === 0,
  sameas: (value, args) => typeName(value) === typeName(only(args)) && equal(value, only(args)),
  in: (value, args) => contains(only(args), value),
  contains: (value, args) => contains(value, only(args)),
  truthy: (value, args) => truthy(value, args),
  falsy: (value, args) => !truthy(value, args),
  any: value => members(value).some(isTrue),
  all: value => members(value).every(isTrue),
  nan: value => Number.isNaN(numberOf(value) ?? 0),
  abs: value => textOf(value).startsWith('/'),
}

const comparisons: Record<string, Test> = Object.fromEntries(
  (
    [
      ['==', 'eq', 'equalto', '=='],
      ['!=', 'ne', '!='],
      ['>', 'gt', 'greaterthan', '>'],
      ['>=', 'ge', '>='],
      ['<', 'lt', 'lessthan', '<'],
      ['<=', 'le', '<='],
    ] as const
  ).flatMap(([operator, ...names]) => names.map(name => [name, (value: Jinja, args: Args) => holds(operator, value, only(args))] as const)),
)

/** By name, as in Ansible without `ansible.builtin.`; `defined` and `undefined` are the evaluator's own. */
export const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ...Object.entries(basic),
  ...Object.entries(comparisons),
  ['match', regex('start')],
  ['search', regex()],
  ['regex', regex()],
  ['subset', (value, args) => subset(value, only(args))],
  ['issubset', (value, args) => subset(value, only(args))],
  ['superset', (value, args) => subset(only(args), value)],
  ['issuperset', (value, args) => subset(only(args), value)],
  ['version', (value, args) => version(value, args)],
  ['version_compare', (value, args) => version(value, args)],
  ...['failed', 'failure'].map(name => [name, result('failed')] as const),
  ...['succeeded', 'success', 'successful'].map(name => [name, not(result('failed'))] as const),
  ...['changed', 'change'].map(name => [name, result('changed')] as const),
  ...['skipped', 'skip'].map(name => [name, result('skipped')] as const),
  ['unreachable', result('unreachable')],
  ['reachable', not(result('unreachable'))],
])

function truthy(value: Jinja, args: Args): boolean {
  const { convert_bool = false } = named('truthy', args, ['convert_bool'])
  const word =
    isTrue(convert_bool) && (typeof value === 'string' || typeof value === 'number') ? String(value).trim().toLowerCase() : undefined
  if (word !== undefined && ['n', 'no', 'off', '0', 'false', 'f'].includes(word)) return false
  return isTrue(value)
}

function version(value: Jinja, args: Args): boolean {
  const {
    version: other,
    operator = 'eq',
    strict,
    version_type: type = 'loose',
  } = named('version', args, ['version', 'operator', 'strict', 'version_type'])
  if (strict !== undefined && strict !== null) throw new TemplateProblem('version: netplay has no `strict`; leave it out')
  return compareVersions(textOf(value), textOf(other ?? ''), textOf(operator), textOf(type))
}
