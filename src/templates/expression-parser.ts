import type nunjucks from 'nunjucks/src/parser.js'
import type { Arguments, BinaryOperator, Comparison, Expression } from './ast.js'
import { readNumber } from '../inventory/python-number.js'
import { Float } from './values.js'

type Parser = InstanceType<(typeof nunjucks)['Parser']>
const deepest = 200
const noArguments: Arguments = { list: [], named: [] }

/** Jinja's grammar of expressions over the tokens of nunjucks' lexer. Source: jinja2/parser.py, method by method. */
export class ExpressionParser {
  private depth = 0
  constructor(private readonly tokens: Parser) {}

  /** All that is left is one expression. */
  whole(): Expression {
    const expression = this.tuple()
    const rest = this.tokens.peekToken()
    if (rest) this.tokens.fail(`"${rest.value}" is not expected behind the expression`)
    return expression
  }

  expression(): Expression {
    if (++this.depth > deepest) this.tokens.fail('expressions lie too deep in each other')
    let left = this.or()
    while (this.tokens.skipSymbol('if')) {
      const test = this.or()
      const otherwise = this.tokens.skipSymbol('else') ? this.expression() : undefined
      left = { kind: 'choice', test, then: left, ...(otherwise ? { otherwise } : {}) }
    }
    this.depth--
    return left
  }

  /** Of {% for x in HERE if … %} */
  withoutChoice(): Expression {
    return this.tupleOf(() => this.or())
  }

  tuple(): Expression {
    return this.tupleOf(() => this.expression())
  }

  /** Names of {% for a, b in … %} and {% set a = … %} */
  targets(): string[] {
    const parenthesised = this.tokens.skip('left-paren')
    const names = [this.name()]
    while (this.tokens.skip('comma')) names.push(this.name())
    if (parenthesised) this.expect('right-paren', ')')
    return names
  }

  name(): string {
    const token = this.tokens.nextToken()
    if (token?.type === 'symbol' && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(token.value)) return token.value
    return this.tokens.fail(`a name is expected${token ? `, not "${token.value}"` : ''}`)
  }

  private tupleOf(one: () => Expression): Expression {
    const first = one()
    if (this.tokens.peekToken()?.type !== 'comma') return first
    const items = [first]
    while (this.tokens.skip('comma') && !this.ends()) items.push(one())
    return { kind: 'list', items }
  }

  private or(): Expression {
    let left = this.and()
    while (this.tokens.skipSymbol('or')) left = { kind: 'logic', operator: 'or', left, right: this.and() }
    return left
  }

  private and(): Expression {
    let left = this.not()
    while (this.tokens.skipSymbol('and')) left = { kind: 'logic', operator: 'and', left, right: this.not() }
    return left
  }

  private not(): Expression {
    return this.tokens.skipSymbol('not') ? { kind: 'unary', operator: 'not', of: this.not() } : this.comparison()
  }

  private comparison(): Expression {
    const first = this.binary(0)
    const rest: { operator: Comparison; right: Expression }[] = []
    for (let operator = this.comparer(); operator; operator = this.comparer()) rest.push({ operator, right: this.binary(0) })
    return rest.length === 0 ? first : { kind: 'compare', first, rest }
  }

  private comparer(): Comparison | undefined {
    if (this.tokens.skipSymbol('in')) return 'in'
    if (this.tokens.skipSymbol('not')) return this.tokens.skipSymbol('in') ? 'not in' : this.tokens.fail('`in` is expected behind `not`')
    return (['==', '!=', '<=', '>=', '<', '>'] as const).find(operator => this.tokens.skipValue('operator', operator))
  }

  /** Each level binds tighter than the one before: `+ -`, then `~`, then `* / // %`, then `**`; all to the left. */
  private binary(level: number): Expression {
    const operators = levels[level]
    if (!operators) return this.unary(true)
    let left = this.binary(level + 1)
    for (let operator = this.operator(operators); operator; operator = this.operator(operators))
      left = { kind: 'binary', operator, left, right: this.binary(level + 1) }
    return left
  }

  private operator(operators: readonly BinaryOperator[]): BinaryOperator | undefined {
    return operators.find(operator => this.tokens.skipValue(operator === '~' ? 'tilde' : 'operator', operator))
  }

  private unary(withFilters: boolean): Expression {
    const operator = this.operator(['-', '+']) as '-' | '+' | undefined
    const plain: Expression = operator ? { kind: 'unary', operator, of: this.unary(false) } : this.primary()
    const value = this.postfix(plain)
    return withFilters ? this.filters(value) : value
  }

  private primary(): Expression {
    const token = this.tokens.nextToken()
    if (!token) return this.tokens.fail('an expression is expected, the template ends')
    if (token.type === 'string') return { kind: 'constant', value: token.value + this.moreText() }
    if (token.type === 'left-paren') return this.parenthesised()
    if (token.type === 'left-bracket') return { kind: 'list', items: this.items('right-bracket', ']') }
    if (token.type === 'left-curly') return this.dict()
    if (token.type === 'int' || token.type === 'float' || /^\d/.test(token.value)) return this.number(token.value)
    if (constants.has(token.value) && token.type !== 'operator') return { kind: 'constant', value: constants.get(token.value)! }
    if (token.type !== 'symbol') return this.tokens.fail(`an expression is expected, not "${token.value}"`, token.lineno, token.colno)
    this.tokens.pushToken(token)
    return { kind: 'name', name: this.name() }
  }

  /** Strings side by side are one. */
  private moreText(): string {
    let text = ''
    while (this.tokens.peekToken()?.type === 'string') text += this.tokens.nextToken()!.value
    return text
  }

  private number(text: string): Expression {
    const read = readNumber(text, 0)
    if (read?.end !== text.length || typeof read.typed.value !== 'number')
      return this.tokens.fail(`"${text}" is no number netplay can hold`)
    return { kind: 'constant', value: read.typed.float ? new Float(read.typed.value) : read.typed.value }
  }

  private parenthesised(): Expression {
    if (this.tokens.skip('right-paren')) return { kind: 'list', items: [] }
    const value = this.tuple()
    this.expect('right-paren', ')')
    return value
  }

  private items(end: string, written: string): Expression[] {
    const items: Expression[] = []
    while (!this.tokens.skip(end)) {
      if (items.length > 0) this.expect('comma', `, or ${written}`)
      if (this.tokens.peekToken()?.type !== end) items.push(this.expression())
    }
    return items
  }

  private dict(): Expression {
    const pairs: [Expression, Expression][] = []
    while (!this.tokens.skip('right-curly')) {
      if (pairs.length > 0) this.expect('comma', ', or }')
      if (this.tokens.peekToken()?.type === 'right-curly') continue
      const key = this.expression()
      this.expect('colon', ':')
      pairs.push([key, this.expression()])
    }
    return { kind: 'dict', pairs }
  }

  private postfix(value: Expression): Expression {
    for (let of = value; ;) {
      if (this.tokens.skipValue('operator', '.')) of = { kind: 'member', of, key: this.dotted(), dotted: true }
      else if (this.tokens.skip('left-bracket')) of = this.subscript(of)
      else if (this.tokens.skip('left-paren')) of = { kind: 'call', of, args: this.args() }
      else return of
    }
  }

  private dotted(): Expression {
    const token = this.tokens.peekToken()
    if (token?.type !== 'int') return { kind: 'constant', value: this.name() }
    this.tokens.nextToken()
    return { kind: 'constant', value: Number(token.value) }
  }

  private subscript(of: Expression): Expression {
    const parts: (Expression | undefined)[] = [undefined]
    while (!this.tokens.skip('right-bracket')) {
      if (this.tokens.skip('colon')) parts.push(undefined)
      else if (parts.at(-1) === undefined) parts[parts.length - 1] = this.expression()
      else this.expect('right-bracket', ']')
    }
    const [start, stop, step] = parts
    if (parts.length > 3 || (parts.length === 1 && !start)) this.tokens.fail('[ ] needs one index, or start:stop:step')
    return parts.length === 1 ? { kind: 'member', of, key: start!, dotted: false } : { kind: 'slice', of, start, stop, step }
  }

  /** Behind the opening parenthesis. */
  private args(): Arguments {
    const args: Arguments = { list: [], named: [] }
    for (let isFirst = true; !this.tokens.skip('right-paren'); isFirst = false) {
      if (!isFirst) this.expect('comma', ', or )')
      if (this.tokens.peekToken()?.type === 'right-paren') continue
      const value = this.expression()
      if (value.kind === 'name' && this.tokens.skipValue('operator', '=')) args.named.push([value.name, this.expression()])
      else if (args.named.length > 0) this.tokens.fail('arguments with a name come last')
      else args.list.push(value)
    }
    return args
  }

  private filters(value: Expression): Expression {
    for (let of = value; ;) {
      if (this.tokens.skip('pipe')) of = { kind: 'filter', name: this.dottedName(), of, args: this.optionalArgs() }
      else if (this.tokens.skipSymbol('is')) of = this.test(of)
      else if (this.tokens.skip('left-paren')) of = { kind: 'call', of, args: this.args() }
      else return of
    }
  }

  private test(of: Expression): Expression {
    const negated = this.tokens.skipSymbol('not')
    const name = this.dottedName()
    const test: Expression = { kind: 'test', name, of, args: this.testArgs() }
    return negated ? { kind: 'unary', operator: 'not', of: test } : test
  }

  /** `is divisibleby 3` needs no parentheses. */
  private testArgs(): Arguments {
    const token = this.tokens.peekToken()
    if (!token || token.type === 'left-paren') return this.optionalArgs()
    const begins = ['string', 'int', 'float', 'boolean', 'none', 'left-bracket', 'left-curly'].includes(token.type)
    const names = token.type === 'symbol' && !['else', 'or', 'and', 'is', 'if', 'in', 'not'].includes(token.value)
    return begins || names ? { list: [this.postfix(this.primary())], named: [] } : noArguments
  }

  private optionalArgs(): Arguments {
    return this.tokens.skip('left-paren') ? this.args() : noArguments
  }

  /** `ansible.builtin.to_json` is `to_json`. */
  private dottedName(): string {
    const token = this.tokens.peekToken()
    // `is none`, `is true`: to the lexer no names.
    let name = token && ['none', 'boolean'].includes(token.type) ? this.tokens.nextToken()!.value : this.name()
    while (this.tokens.skipValue('operator', '.')) name += `.${this.name()}`
    return name.replace(/^ansible\.(?:builtin|legacy)\./, '')
  }

  private ends(): boolean {
    const type = this.tokens.peekToken()?.type
    return type === undefined || ['right-paren', 'variable-end', 'block-end'].includes(type)
  }

  private expect(type: string, written: string): void {
    if (this.tokens.skip(type)) return
    const found = this.tokens.peekToken()
    this.tokens.fail(`${written} is expected${found ? `, not "${found.value}"` : ', the template ends'}`)
  }
}

const levels: readonly (readonly BinaryOperator[])[] = [['+', '-'], ['~'], ['*', '/', '//', '%'], ['**']]

const constants = new Map<string, null | boolean>([
  ...(['true', 'True'] as const).map(name => [name, true] as const),
  ...(['false', 'False'] as const).map(name => [name, false] as const),
  ...(['none', 'None'] as const).map(name => [name, null] as const),
])
