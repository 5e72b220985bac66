const simple: Record<string, string> = { '\\': '\\', "'": "'", '"': '"', a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

export interface PythonString {
  value: string
  kind: 'text' | 'bytes'
  end: number
}

/**
 * The Python string literal that starts at an offset: prefixes r, u, b, three quotes, escapes. Bytes come back as the UTF-8 text they are.
 * @returns `undefined` when no string starts here, `broken` when one does but Python (or we, for `\N{…}` and f-strings) cannot read it
 */
export function readString(text: string, at: number): PythonString | 'broken' | undefined {
  const opening = /^([a-zA-Z]{0,2})('''|"""|'|")/.exec(text.slice(at, at + 5))
  if (!opening) return undefined
  const prefix = opening[1]!.toLowerCase()
  if (!['', 'r', 'u', 'b', 'br', 'rb'].includes(prefix)) return 'broken'
  const quote = opening[2]!
  const start = at + opening[0].length
  const end = closing(text, start, quote)
  if (end < 0) return 'broken'
  const body = text.slice(start, end)
  const bytes = prefix.includes('b')
  if (bytes && /[^\u0000-\u007f]/.test(body)) return 'broken'
  const value = prefix.includes('r') ? body : unescape(body, bytes)
  const decoded = bytes && value !== undefined ? fromBytes(value) : value
  return decoded === undefined ? 'broken' : { value: decoded, kind: bytes ? 'bytes' : 'text', end: end + quote.length }
}

function closing(text: string, start: number, quote: string): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text.startsWith(quote, at)) return at
    else if (text[at] === '\n' && quote.length === 1) return -1
  }
  return -1
}

function unescape(body: string, bytes: boolean): string | undefined {
  let broken = false
  const value = body.replace(
    /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g,
    (whole, octal, x, u, U, other) => {
      if (octal !== undefined) return String.fromCharCode(parseInt(octal as string, 8) & (bytes ? 255 : 511))
      if (x !== undefined) return String.fromCharCode(parseInt(x as string, 16))
      if (bytes && (u ?? U) !== undefined) return whole
      if ((u ?? U) !== undefined) return fromCodePoint(parseInt((u ?? U) as string, 16)) ?? ((broken = true), '')
      if (other === 'x' || (!bytes && /[uUN]/.test(other as string))) broken = true
      // An escape Python does not know keeps its backslash.
      return other === '\n' ? '' : (simple[other as string] ?? whole)
    },
  )
  return broken ? undefined : value
}

const fromCodePoint = (code: number) => (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? undefined : String.fromCodePoint(code))

function fromBytes(latin1: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'))
  } catch {
    return undefined
  }
}
