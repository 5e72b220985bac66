/** One-based. */
interface Place {
  line: number
  column: number
}

interface Token {
  text: string
  start: number
}

/**
 * Where a parameter is written in the call of a kind's factory: `mode` in `file('Write it', { path, mode: '0644' })`.
 * Reads as much of TypeScript as brackets, strings, comments and names: what is not written there, but comes from a variable or a spread, is not found.
 * @param source text of the role's file
 * @param call where the factory's name stands
 * @param path keys and indices down to the parameter; as far as it is written is far enough
 */
export function parameterPosition(source: string, call: Place, path: readonly string[]): Place | undefined {
  const start = offsetOf(source, call)
  if (start === undefined) return undefined
  const tokens = tokensOf(source, start)
  if (tokens[1]?.text !== '(') return undefined
  const args = partsOf(tokens, 1)
  const found = args[1] === undefined ? undefined : find(tokens, args[1], path)
  return found === undefined ? undefined : placeOf(source, tokens[found]!.start)
}

/** @returns the index of the token that names the last part of the path that is written */
function find(tokens: readonly Token[], at: number, path: readonly string[]): number | undefined {
  const [key, ...rest] = path
  const opening = tokens[at]?.text
  if (key === undefined || (opening !== '{' && opening !== '[')) return undefined
  const parts = partsOf(tokens, at)
  const part = opening === '[' ? parts[Number(key)] : parts.findLast(index => nameOf(tokens[index]!) === key)
  if (part === undefined) return undefined
  const value = opening === '[' ? part : tokens[part + 1]?.text === ':' ? part + 2 : undefined
  return (value === undefined ? undefined : find(tokens, value, rest)) ?? part
}

const nameOf = ({ text }: Token) => text.replace(/^(["'])(.*)\1$/s, '$2')

/** Indices of the first token of each part between a bracket and its own closing one, parted by commas. */
function partsOf(tokens: readonly Token[], opening: number): number[] {
  const parts: number[] = []
  let depth = 0
  let isFirst = true
  for (let i = opening + 1; i < tokens.length; i++) {
    const { text } = tokens[i]!
    if (depth === 0 && closing.includes(text)) break
    if (isFirst) parts.push(i)
    isFirst = depth === 0 && text === ','
    if (openings.includes(text)) depth++
    if (closing.includes(text)) depth--
  }
  return parts
}

const openings = ['(', '[', '{']
const closing = [')', ']', '}']

/** From `start` to the end of the first bracket that opens there; blanks and comments left out. */
function tokensOf(source: string, start: number): Token[] {
  const tokens: Token[] = []
  let depth = 0
  for (let at = start; at < source.length;) {
    const end = tokenEnd(source, at, tokens.at(-1)?.text)
    const text = source.slice(at, end)
    if (!/^(\s|\/\/|\/\*)/.test(text)) tokens.push({ text, start: at })
    if (openings.includes(text)) depth++
    if (closing.includes(text) && --depth <= 0) break
    at = end
  }
  return tokens
}

const plain = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|[\w$]+|[\s\S]/y
const pattern = /\/(?![*/])(?:[^\\/\n[]|\\.|\[(?:[^\\\]\n]|\\.)*\])+\/\w*/y

/** @param before the token before: after a name or a closing bracket `/` divides, elsewhere it begins a regular expression */
function tokenEnd(source: string, at: number, before: string | undefined): number {
  if (source[at] === '`') return templateEnd(source, at)
  const divides = before !== undefined && /^[\w$)\]}"'`]/.test(before)
  for (const expression of divides ? [plain] : [pattern, plain]) {
    expression.lastIndex = at
    if (expression.test(source)) return expression.lastIndex
  }
  return at + 1
}

/** Of `a ${b} c`, with all that stands in its braces. */
function templateEnd(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === '`') return at + 1
    else if (source.startsWith('${', at)) {
      const last = tokensOf(source, at + 1).at(-1)!
      at = last.start + last.text.length - 1
    }
  }
  return source.length
}

function offsetOf(source: string, { line, column }: Place): number | undefined {
  const lines = source.split('\n')
  if (line < 1 || column < 1 || lines.length < line || lines[line - 1]!.length < column) return undefined
  return lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, column - 1)
}

function placeOf(source: string, offset: number): Place {
  const before = source.slice(0, offset).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}
