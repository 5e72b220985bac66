import type { Arguments, Expression } from './ast.js'
import { filters, shallowFilters } from './filters.js'
import { memberOf, sliceOf } from './members.js'
import { calculate, holds, keyOf, negated } from './operators.js'
import { TemplateProblem } from './problem.js'
import { tests } from './tests.js'
import { textOf } from './text.js'
import { didYouMean } from '../suggest.js'
import { Callable, forced, isDict, isTrue, Omitted, Table, typeName, Undefined, wholeOf, type Args, type Jinja } from './values.js'

/** What a template can name. */
export interface Names {
  /** `undefined`: there is no such name. Members that are templates themselves are made when they are asked for */
  get(name: string): Jinja | undefined
  known(): Iterable<string>
}

/** Something that is not there was used. */
export class UndefinedUsed extends TemplateProblem {
  constructor(readonly value: Undefined) {
    super(value.problem, value.details.next)
  }
}

/** One evaluation. It does no more than its operators, filters and functions do: there is no way from a template to JavaScript's own objects. */
export class Evaluator {
  /** A secret went into the result. */
  usedSecret = false

  constructor(private readonly names: Names) {}

  /** The value itself; secrets in it stay hidden, and what is not there is `Undefined`. */
  value(expression: Expression): Jinja {
    switch (expression.kind) {
      case 'constant':
        return expression.value
      case 'name':
        return this.name(expression.name)
      case 'list':
        return expression.items.map(item => this.given(item))
      case 'dict':
        return new Map(expression.pairs.map(([key, value]) => [keyOf(this.used(key)), this.given(value)]))
      case 'member':
        return memberOf(this.seen(expression.of), this.used(expression.key), expression.dotted, written(expression.of))
      case 'choice':
        if (isTrue(this.used(expression.test))) return this.value(expression.then)
        return expression.otherwise
          ? this.value(expression.otherwise)
          : new Undefined('an `if` without `else` has no value where its condition is false', { isSilent: true })
      case 'logic': {
        const left = this.defined(this.value(expression.left))
        return isTrue(this.revealed(left)) === (expression.operator === 'or') ? left : this.value(expression.right)
      }
      case 'call':
        return this.call(expression)
      case 'filter':
        return this.filter(expression)
      case 'test':
        return this.test(expression)
      default:
        return this.computed(expression)
    }
  }

  /** The value with all that is in it, revealed where it is a secret. @throws UndefinedUsed */
  used(expression: Expression): Jinja {
    return this.whole(this.value(expression))
  }

  whole(value: Jinja): Jinja {
    const whole = wholeOf(this.defined(forced(value)), () => (this.usedSecret = true))
    return refuseInside(whole)
  }

  /** As a text within a text. */
  text(value: Jinja): string {
    const plain = forced(value)
    // Jinja's own undefined, which is nothing within a text.
    if (plain instanceof Undefined && plain.details.isSilent) return ''
    const made = this.whole(plain)
    if (made instanceof Omitted) throw new TemplateProblem('`omit` is no part of a text; it stands for a whole value')
    return made === null ? '' : textOf(made)
  }

  private computed(expression: Extract<Expression, { kind: 'slice' | 'unary' | 'binary' | 'compare' }>): Jinja {
    const optional = (part: Expression | undefined) => (part ? this.used(part) : undefined)
    if (expression.kind === 'slice')
      return sliceOf(this.used(expression.of), optional(expression.start), optional(expression.stop), optional(expression.step))
    if (expression.kind === 'unary') return negated(expression.operator, this.used(expression.of))
    if (expression.kind === 'binary') return calculate(expression.operator, this.used(expression.left), this.used(expression.right))
    let left = this.used(expression.first)
    for (const { operator, right } of expression.rest) {
      const isIn = operator === 'in' || operator === 'not in'
      // A key is looked for without making what lies under all others.
      const next = isIn ? this.shallow(right) : this.used(right)
      if (!holds(operator, left, next)) return false
      left = next
    }
    return true
  }

  private name(name: string): Jinja {
    const found = this.names.get(name)
    return found !== undefined ? found : new Undefined(`"${name}" is not defined${didYouMean(name, this.names.known())}`, { name })
  }

  /** Member of a list or dict that is written out: nothing may be missing, and a secret stays one. */
  private given(expression: Expression): Jinja {
    return this.defined(forced(this.value(expression)))
  }

  /** A member of a secret text is the secret's. */
  private seen(expression: Expression): Jinja {
    return this.revealed(forced(this.value(expression)))
  }

  private shallow(expression: Expression): Jinja {
    const value = this.defined(this.seen(expression))
    return isDict(value) || value instanceof Table ? value : this.whole(value)
  }

  private revealed(value: Jinja): Jinja {
    const made = forced(value)
    return typeof made === 'object' && made !== null && 'reveal' in made ? this.whole(made) : made
  }

  private defined(value: Jinja): Jinja {
    const made = forced(value)
    if (made instanceof Undefined) throw made.details.error ?? new UndefinedUsed(made)
    return made
  }

  private args({ list, named }: Arguments, evaluate = (expression: Expression) => this.used(expression)): Args {
    return { list: list.map(evaluate), named: new Map(named.map(([name, value]) => [name, evaluate(value)])) }
  }

  private call({ of, args }: Extract<Expression, { kind: 'call' }>): Jinja {
    const callee = this.defined(this.value(of))
    if (!(callee instanceof Callable)) throw new TemplateProblem(`${written(of)} is ${typeName(callee)}, no function`)
    const found = callee.run(this.args(args))
    return found
  }

  private filter({ name, of, args }: Extract<Expression, { kind: 'filter' }>): Jinja {
    const filter = filters.get(name)
    if (!filter) throw unknown('filter', name, filters.keys())
    const isShallow = shallowFilters.has(name)
    const value = isShallow ? forced(this.value(of)) : this.used(of)
    const given = this.args(args, isShallow ? expression => forced(this.value(expression)) : undefined)
    return filter(value, given, { call: (inner, subject, rest) => this.named(inner, subject, rest), use: each => this.whole(each) })
  }

  /** The filter or test that `map('upper')` and `select('match', …)` name. */
  private named(kind: 'filter' | 'test', subject: Jinja, { list: [name, ...list], named }: Args): Jinja {
    const short = typeof name === 'string' ? name.replace(/^ansible\.(?:builtin|legacy)\./, '') : ''
    const of: Expression = { kind: 'constant', value: subject }
    const constants = { list: list.map(constant), named: [...named].map(([key, value]): [string, Expression] => [key, constant(value)]) }
    return this.value({ kind, name: short, of, args: constants })
  }

  private test({ name, of, args }: Extract<Expression, { kind: 'test' }>): Jinja {
    const value = forced(this.value(of))
    if (name === 'defined') return !(value instanceof Undefined)
    if (name === 'undefined') return value instanceof Undefined
    // As a test, a filter's name only asks whether there is one.
    if (name === 'filter') return filters.has(textOf(this.whole(value)))
    if (name === 'test') return tests.has(textOf(this.whole(value)))
    const test = tests.get(name)
    if (!test) throw unknown('test', name, ['defined', 'undefined', ...tests.keys()])
    return test(this.whole(value), this.args(args))
  }
}

const constant = (value: Jinja): Expression => ({ kind: 'constant', value })

function unknown(kind: 'filter' | 'test', name: string, known: Iterable<string>): TemplateProblem {
  const names = [...known]
  const next = `It has ${names.sort().join(', ')} (docs/variables.md). Anything else is for a role.`
  return new TemplateProblem(`netplay has no ${kind} "${name}"${didYouMean(name, names)}`, next)
}

function refuseInside(value: Jinja): Jinja {
  if (Array.isArray(value)) value.forEach(refuseInside)
  else if (isDict(value)) [...value.values()].forEach(refuseInside)
  else if (value instanceof Undefined) throw value.details.error ?? new UndefinedUsed(value)
  return value
}

/** An expression in a few words, for errors. */
function written(expression: Expression): string {
  if (expression.kind === 'name') return expression.name
  if (expression.kind !== 'member') return 'it'
  const { of, key } = expression
  return key.kind === 'constant' ? `${written(of)}.${keyOf(key.value)}` : `${written(of)}[…]`
}
