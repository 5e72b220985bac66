import type { Jinja } from './values.js'

/** An expression as it was written; names are looked up when it is evaluated. */
export type Expression =
  | { kind: 'constant'; value: Jinja }
  | { kind: 'name'; name: string }
  | { kind: 'list'; items: Expression[] }
  | { kind: 'dict'; pairs: [key: Expression, value: Expression][] }
  | { kind: 'member'; of: Expression; key: Expression; dotted: boolean }
  | { kind: 'slice'; of: Expression; start?: Expression; stop?: Expression; step?: Expression }
  | { kind: 'call'; of: Expression; args: Arguments }
  | { kind: 'filter'; name: string; of: Expression; args: Arguments }
  | { kind: 'test'; name: string; of: Expression; args: Arguments }
  | { kind: 'unary'; operator: 'not' | '-' | '+'; of: Expression }
  | { kind: 'binary'; operator: BinaryOperator; left: Expression; right: Expression }
  | { kind: 'logic'; operator: 'and' | 'or'; left: Expression; right: Expression }
  | { kind: 'compare'; first: Expression; rest: { operator: Comparison; right: Expression }[] }
  | { kind: 'choice'; test: Expression; then: Expression; otherwise?: Expression }

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '~'
export type Comparison = '==' | '!=' | '<' | '>' | '<=' | '>=' | 'in' | 'not in'

export interface Arguments {
  list: Expression[]
  named: [name: string, value: Expression][]
}

/** A part of a template's text. */
export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'output'; value: Expression }
  | { kind: 'if'; test: Expression; then: Part[]; otherwise: Part[] }
  | { kind: 'for'; targets: string[]; of: Expression; where?: Expression; body: Part[]; otherwise: Part[] }
  | { kind: 'set'; targets: string[]; member?: string; value: Expression | Part[] }
