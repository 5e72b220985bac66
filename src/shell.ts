/** Text of POSIX shell. Only `sh` and `joined` make it from values, so that every value in it is quoted. */
export class ShellText {
  constructor(
    readonly text: string,
    /**
     * Set when many texts can be answered by one call. The text itself is `function - words…`; the batch is
     * `function <index> words… <index> words… …` with as many words a group as the function expects. For each group
     * the function prints what the text alone would print, then calls `np_end <index> <status>` (no-op for `-`).
     */
    readonly batch?: { function: string; words: string[] },
  ) {}
  toString() {
    return this.text
  }
}

type Value = string | number | ShellText | readonly (string | number)[]

/** One shell word that is exactly `value`, whatever is in it. NUL cannot be in a shell word, nor half a surrogate pair in UTF-8: it throws. */
export function quote(value: string | number): string {
  const text = String(value)
  if (/^[A-Za-z0-9_\/.,:=@%+-]+$/.test(text)) return text
  if (text.includes('\0')) throw new RangeError('a NUL byte cannot be passed to a shell')
  // UTF-8 has no bytes for it: U+FFFD would be written in its place.
  if (!text.isWellFormed()) throw new RangeError(`${JSON.stringify(text)} has half a surrogate pair, which is no character`)
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Template of shell text: strings and numbers become one quoted word, arrays several words, ShellText goes in as it is. Common indentation of the literal is removed. */
export function sh(literals: TemplateStringsArray, ...values: Value[]): ShellText {
  if (literals.some((literal: string | undefined) => literal === undefined))
    throw new SyntaxError(`a backslash in sh\`\` is written twice: ${literals.raw.join('…')}`)
  const parts = dedent(literals)
  return new ShellText(parts.reduce((text, part, i) => text + rendered(values[i - 1]) + part))
}

/** A call of a prelude function that answers for many at once. */
export const batched = (name: string, words: string[]): ShellText =>
  new ShellText([name, '-', ...words.map(quote)].join(' '), { function: name, words })

export const joined = (texts: readonly ShellText[], separator = '\n'): ShellText => new ShellText(texts.map(String).join(separator))

const rendered = (value: Value | undefined): string => {
  if (value === undefined) return ''
  if (value instanceof ShellText) return value.text
  return Array.isArray(value) ? value.map(quote).join(' ') : quote(value as string | number)
}

const dedent = (literals: TemplateStringsArray): string[] => {
  const raw = literals.map(String)
  const indents = raw.join('\u0000').match(/\n[ ]*(?=[^\s])/g) ?? []
  const depth = Math.min(...indents.map(indent => indent.length - 1))
  const cut = Number.isFinite(depth) ? raw.map(part => part.replaceAll(`\n${' '.repeat(depth)}`, '\n')) : raw
  return cut
    .map((part, i) => (i === 0 ? part.replace(/^\n/, '') : part))
    .map((part, i) => (i === cut.length - 1 ? part.replace(/\s+$/, '') : part))
}
