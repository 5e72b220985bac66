/**
 * Calico's label selectors, as far as peers are chosen by them: `all()`, `has(k)`, `!has(k)`, `k == 'v'`, `k != 'v'`, `k in {'a', 'b'}`,
 * `k not in {…}`, `!`, `&&`, `||`, parentheses. Source: the selector syntax of calico's resource reference, v3.31.
 * @throws SelectorError what is none, or uses more than that
 */
export function selects(selector: string, labels: Readonly<Record<string, string>>): boolean {
  const tokens = tokensOf(selector)
  const parser = new Parser(selector, tokens, labels)
  const result = parser.or()
  parser.end()
  return result
}

export class SelectorError extends Error {}

const token = /\s*(?:(&&|\|\||==|!=|[!(){},])|'([^']*)'|"([^"]*)"|([A-Za-z0-9_./-]+))/y

type Token = { type: 'mark' | 'text' | 'name'; text: string }

function tokensOf(selector: string): Token[] {
  const tokens: Token[] = []
  token.lastIndex = 0
  while (selector.slice(token.lastIndex).trim() !== '') {
    const match = token.exec(selector)
    if (match === null) throw new SelectorError(`${JSON.stringify(selector)} is no selector that is known here`)
    const [, mark, single, double, name] = match
    if (mark !== undefined) tokens.push({ type: 'mark', text: mark })
    else if (name !== undefined) tokens.push({ type: 'name', text: name })
    else tokens.push({ type: 'text', text: single ?? double ?? '' })
  }
  return tokens
}

class Parser {
  private at = 0

  constructor(
    private readonly selector: string,
    private readonly tokens: readonly Token[],
    private readonly labels: Readonly<Record<string, string>>,
  ) {}

  or(): boolean {
    let result = this.and()
    while (this.takes('||')) result = this.and() || result
    return result
  }

  end(): void {
    if (this.at < this.tokens.length) throw this.odd()
  }

  private and(): boolean {
    let result = this.one()
    while (this.takes('&&')) result = this.one() && result
    return result
  }

  private one(): boolean {
    if (this.takes('!')) return !this.one()
    if (this.takes('(')) {
      const result = this.or()
      this.must(')')
      return result
    }
    const name = this.text('name')
    if (name === 'all' && this.takes('(')) return this.must(')')
    if (name === 'has' && this.takes('(')) return this.has(this.text('name'))
    return this.compared(name)
  }

  private has(label: string): boolean {
    this.must(')')
    return this.value(label) !== undefined
  }

  private compared(label: string): boolean {
    const value = this.value(label)
    if (this.takes('==')) return value === this.text('text')
    if (this.takes('!=')) return value !== this.text('text')
    const isNot = this.takes('not')
    if (!this.takes('in')) throw this.odd()
    return this.oneOf().includes(value ?? '\0') !== isNot
  }

  private oneOf(): string[] {
    const values: string[] = []
    this.must('{')
    while (!this.takes('}')) {
      values.push(this.text('text'))
      this.takes(',')
    }
    return values
  }

  private value(label: string): string | undefined {
    return Object.hasOwn(this.labels, label) ? this.labels[label] : undefined
  }

  private takes(text: string): boolean {
    const next = this.tokens[this.at]
    if (next === undefined || next.type === 'text' || next.text !== text) return false
    this.at++
    return true
  }

  private must(text: string): true {
    if (!this.takes(text)) throw this.odd()
    return true
  }

  private text(type: Token['type']): string {
    const next = this.tokens[this.at]
    if (next?.type !== type) throw this.odd()
    this.at++
    return next.text
  }

  private odd = () => new SelectorError(`${JSON.stringify(this.selector)} is no selector that is known here`)
}
