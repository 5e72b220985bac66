import lexer, { type Token, type Tokenizer } from 'nunjucks/src/lexer.js'

/**
 * nunjucks' own lexer, made to read as Ansible's does: in `{{ }}` a backslash in a string is a backslash, in `{% %}` and conditions escapes are
 * Python's; the `}}` that ends `{{ {'a': {}} }}` is the last, `r/2` divides, and a line that holds a comment alone leaves no line behind.
 * @param escapes before the first token; default true
 */
export function lex(text: string, escapes = true): Tokenizer {
  const tokens = lexer.lex(text, { trimBlocks: true })
  const next = tokens.nextToken.bind(tokens)
  let open = 0
  let hasEscapes = escapes
  tokens.nextToken = () => {
    const single = tokens.in_code ? oneCharacter(tokens, open) : undefined
    const token = single ?? next()
    if (token?.type === 'left-curly') open++
    if (token?.type === 'right-curly') open--
    if (token?.type === 'variable-start' || token?.type === 'block-start') {
      open = 0
      hasEscapes = token.type === 'block-start'
    }
    if (token?.type === 'comment' && !token.value.endsWith('-#}') && tokens.current() === '\n') tokens.forward()
    return token
  }
  tokens._parseString = quote => stringIn(tokens, quote, hasEscapes)
  return tokens
}

function oneCharacter(tokens: Tokenizer, open: number): Token | undefined {
  const rest = tokens.str.slice((tokens as unknown as { index: number }).index, (tokens as unknown as { index: number }).index + 2)
  const type = open > 0 && rest.startsWith('}') ? 'right-curly' : rest === 'r/' ? 'symbol' : undefined
  if (type === undefined) return undefined
  tokens.forward()
  return { type, value: rest[0]!, lineno: 0, colno: 0 }
}

const simple: Record<string, string> = {
  ...{ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', a: '\x07' },
  ...{ '\\': '\\', "'": "'", '"': '"', '\n': '' },
}

/** The tokenizer stands at the opening quote. @throws {Error} there is no closing one */
function stringIn(tokens: Tokenizer, quote: string, hasEscapes: boolean): string {
  let text = ''
  for (tokens.forward(); tokens.current() !== quote; tokens.forward()) {
    if (tokens.isFinished()) throw new Error(`a quote ${quote} is never closed`)
    if (tokens.current() !== '\\') {
      text += tokens.current()
      continue
    }
    tokens.forward()
    text += hasEscapes ? escaped(tokens) : `\\${tokens.current()}`
  }
  tokens.forward()
  return text
}

/** The tokenizer stands behind the backslash, and afterwards at the last character of the escape. */
function escaped(tokens: Tokenizer): string {
  const letter = tokens.current()
  const length = { x: 2, u: 4, U: 8 }[letter]
  if (length === undefined) return simple[letter] ?? `\\${letter}`
  let digits = ''
  while (digits.length < length) {
    tokens.forward()
    digits += tokens.current()
    if (!/^[\da-fA-F]+$/.test(digits)) throw new Error(`\\${letter} needs ${length} hexadecimal digits`)
  }
  return String.fromCodePoint(Math.min(parseInt(digits, 16), 0x10ffff))
}
