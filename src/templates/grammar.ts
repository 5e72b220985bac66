import nunjucks, { type ParsedNode } from 'nunjucks/src/parser.js'
import type { Expression, Part } from './ast.js'
import { ExpressionParser } from './expression-parser.js'
import { lex } from './lexer.js'
import { TemplateProblem, tooDeep } from './problem.js'

/** A text with `{{ … }}` and `{% … %}` in its parts, without the end of its last line, as Jinja has it. @throws TemplateProblem */
export function parseTemplate(text: string): Part[] {
  return remembered(templates, text, () => told(() => partsOf(new TemplateParser(lex(text)).parseAsRoot())))
}

/** One expression without braces. @param escapes as `when` has it, strings have Python's escapes; else a backslash is one. @throws TemplateProblem */
export function parseExpression(text: string, escapes: boolean): Expression {
  return remembered(expressions, `${escapes ? 'e' : '-'}${text}`, () =>
    told(() => {
      const tokens = lex(text, escapes)
      tokens.in_code = true
      return new ExpressionParser(new nunjucks.Parser(tokens)).whole()
    }),
  )
}

const templates = new Map<string, Part[]>()
const expressions = new Map<string, Expression>()

/** The same text stands for many hosts. */
function remembered<T>(known: Map<string, T>, text: string, parse: () => T): T {
  const made = known.get(text) ?? parse()
  if (known.size > 5000) known.clear()
  known.set(text, made)
  return made
}

function told<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof TemplateProblem) throw error
    if (error instanceof RangeError) throw new TemplateProblem(tooDeep)
    const said = (error as Error).message.replace(/^\(unknown path\)\s*(?:\[[^\]]*\]\s*)?/, '').trim()
    throw new TemplateProblem(`the template is not well written: ${said.replace(/^(?:Template render )?Error: /i, '')}`)
  }
}

/** nunjucks reads texts, blocks and what blanks they take away; expressions, `for` and `set` are read as Jinja has them. */
class TemplateParser extends nunjucks.Parser {
  private readonly expressions = new ExpressionParser(this)

  parseExpression(): Expression {
    return this.expressions.expression()
  }

  override parseStatement(): unknown {
    const token = this.peekToken()
    if (token && refused.has(token.value)) {
      const next = 'Set the parts as variables of their own, or work it out in a role.'
      throw new TemplateProblem(`netplay's templates have no {% ${token.value} %}; they have if, for, set and raw`, next)
    }
    return super.parseStatement()
  }

  parseFor(): object {
    this.skipSymbol('for')
    const targets = this.expressions.targets()
    if (!this.skipSymbol('in')) this.fail('`in` is expected in {% for %}')
    const of = this.expressions.withoutChoice()
    const where = this.skipSymbol('if') ? this.expressions.expression() : undefined
    this.advanceAfterBlockEnd('for')
    const body = this.parseUntilBlocks('endfor', 'else')
    const hasElse = this.skipSymbol('else')
    if (hasElse) this.advanceAfterBlockEnd('else')
    const otherwise = hasElse ? partsOf(this.parseUntilBlocks('endfor')) : []
    this.advanceAfterBlockEnd()
    return { typename: 'Part', value: { kind: 'for', targets, of, ...(where ? { where } : {}), body: partsOf(body), otherwise } }
  }

  parseSet(): object {
    this.skipSymbol('set')
    const targets = this.expressions.targets()
    const member = this.skipValue('operator', '.') ? this.expressions.name() : undefined
    const made = (value: Expression | Part[]) => ({
      typename: 'Part',
      value: { kind: 'set', targets, ...(member === undefined ? {} : { member }), value },
    })
    if (this.skipValue('operator', '=')) {
      const value = this.expressions.tuple()
      this.advanceAfterBlockEnd('set')
      return made(value)
    }
    this.advanceAfterBlockEnd('set')
    const body = partsOf(this.parseUntilBlocks('endset'))
    this.advanceAfterBlockEnd()
    return made(body)
  }
}

const refused = new Set(
  'macro call include import from extends block filter switch do asyncEach asyncAll ifAsync verbatim with autoescape trans'.split(' '),
)

function partsOf({ children = [] }: ParsedNode): Part[] {
  return children.flatMap(node => {
    if (node.typename === 'Part') return [node.value as Part]
    if (node.typename === 'If') return [ifOf(node)]
    return (node.children ?? []).map((part): Part => {
      if (part.typename === 'TemplateData') return { kind: 'text', text: String(part.value) }
      return { kind: 'output', value: part as unknown as Expression }
    })
  })
}

function ifOf({ cond, body, else_ }: ParsedNode): Part {
  const otherwise = else_ ? (else_.typename === 'If' ? [ifOf(else_)] : partsOf(else_)) : []
  return { kind: 'if', test: cond as Expression, then: partsOf(body!), otherwise }
}
