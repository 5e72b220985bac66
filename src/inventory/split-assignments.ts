import { InputError } from '../errors.js'

const origin = { file: '--extra-vars', line: 0, column: 0 }
const blocks: Record<string, string> = { '{{': '}}', '{%': '%}', '{#': '#}' }

/**
 * `a=1 b="two words" c='{{ x y }}'` as pairs of texts, as Ansible reads `-e`: blanks separate but inside quotes and template blocks, quotes
 * around a whole value are taken off, `\n`, `\t`, `\x41`, `\u00e9` and the like are escapes, `\=` is no separator.
 * Source: ansible lib/ansible/parsing/splitter.py `parse_kv`.
 * @throws InputError for a word without `=` (which Ansible would silently put aside) and for an unclosed quote or block
 */
export function splitAssignments(text: string): [name: string, value: string][] {
  return words(text).map(word => {
    const plain = decodeEscapes(word)
    const equals = separator(plain)
    if (equals < 0)
      throw new InputError('key=value is expected', { origin, next: 'Quote the whole value if it holds blanks: -e \'key="two words"\'.' })
    return [plain.slice(0, equals).trim(), unquote(plain.slice(equals + 1).trim())]
  })
}

function words(text: string): string[] {
  const found: string[] = []
  let word = ''
  let quote: string | undefined
  let block: string | undefined
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    const pair = text.slice(at, at + 2)
    if (!quote && !block && /\s/.test(character)) {
      if (word !== '') found.push(word)
      word = ''
      continue
    }
    if (block ? pair === block : !quote && blocks[pair] !== undefined) {
      block = block ? undefined : blocks[pair]
      word += pair
      at++
      continue
    }
    if ((character === '"' || character === "'") && !block && text[at - 1] !== '\\')
      quote = quote === undefined ? character : quote === character ? undefined : quote
    word += character
  }
  if (quote ?? block) throw new InputError(quote ? `a quote ${quote} is never closed` : `a template block without its ${block}`, { origin })
  return word === '' ? found : [...found, word]
}

/** The first `=` that is not the first character and has no backslash before it. */
function separator(word: string): number {
  for (let at = word.indexOf('=', 1); at >= 0; at = word.indexOf('=', at + 1)) if (word[at - 1] !== '\\') return at
  return -1
}

function unquote(value: string): string {
  const quoted = value.length > 1 && /^["']/.test(value) && value.endsWith(value[0]!) && value.at(-2) !== '\\'
  return quoted ? value.slice(1, -1) : value
}

const named: Record<string, string> = { '\\': '\\', "'": "'", '"': '"', a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

function decodeEscapes(word: string): string {
  return word.replace(/\\(?:U([\da-fA-F]{8})|u([\da-fA-F]{4})|x([\da-fA-F]{2})|([\\'"abfnrtv]))/g, (whole, U, u, x, name) => {
    if (name !== undefined) return named[name as string]!
    const code = parseInt((U ?? u ?? x) as string, 16)
    return code > 0x10ffff ? whole : String.fromCodePoint(code)
  })
}
