/** What grammar.ts uses of nunjucks' lexer and parser; its own types say nothing of them. */
declare module 'nunjucks/src/lexer.js' {
  export interface Token {
    type: string
    value: string
    lineno: number
    colno: number
  }
  export interface Tokenizer {
    str: string
    in_code: boolean
    nextToken(): Token | null
    current(): string
    forward(): void
    isFinished(): boolean
    _parseString(quote: string): string
  }
  const lexer: { lex(text: string, options: { trimBlocks: boolean }): Tokenizer }
  export default lexer
}
declare module 'nunjucks/src/parser.js' {
  import type { Token, Tokenizer } from 'nunjucks/src/lexer.js'
  export class Parser {
    constructor(tokens: Tokenizer)
    tokens: Tokenizer
    nextToken(): Token | null
    peekToken(): Token | null
    pushToken(token: Token | null): void
    skip(type: string): boolean
    skipValue(type: string, value: string): boolean
    skipSymbol(value: string): boolean
    advanceAfterBlockEnd(name?: string): Token
    parseUntilBlocks(...names: string[]): ParsedNode
    parseStatement(): unknown
    parseAsRoot(): ParsedNode
    fail(message: string, line?: number, column?: number): never
  }
  /** Of the nodes that nunjucks itself makes: root, text, output, if. */
  export interface ParsedNode {
    typename: string
    children?: ParsedNode[]
    value?: unknown
    cond?: unknown
    body?: ParsedNode
    else_?: ParsedNode | null
  }
  const parser: { Parser: typeof Parser }
  export default parser
}
