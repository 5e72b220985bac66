/** One word of a host line. */
export interface Word {
  text: string
  /** Offset of its first character in the line. */
  start: number
  /** First `=` in `text`, and the offset of what follows it in the line; absent when there is none. */
  equals?: { index: number; valueStart: number }
}

/** A quote that is never closed, or a backslash with nothing after it. `offset` is where it stands in the line. */
export interface Unfinished {
  problem: string
  offset: number
}

/**
 * The words of a host line as Python's `shlex.split(line, comments=True)` has them: `'…'` is literal, in `"…"` a backslash escapes only
 * `"` and `\`, elsewhere any character; quotes may start inside a word; an unquoted `#` ends the line even inside a word.
 */
export function splitHostLine(line: string): Word[] | Unfinished {
  const words: Word[] = []
  let word: Word | undefined
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!
    if (character === '#') break
    if (' \t\r\n'.includes(character)) {
      word = undefined
      continue
    }
    if (!word) words.push((word = { text: '', start: at }))
    const end = character === "'" ? singleQuoted(line, at, word) : character === '"' ? doubleQuoted(line, at, word) : bare(line, at, word)
    if (end < 0) return { problem: character === '\\' ? 'nothing follows the backslash' : 'this quote is never closed', offset: at }
    at = end
  }
  return words
}

function singleQuoted(line: string, start: number, word: Word): number {
  const end = line.indexOf("'", start + 1)
  for (let at = start + 1; at < end; at++) add(word, line[at]!, at)
  return end
}

function doubleQuoted(line: string, start: number, word: Word): number {
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === '"') return at
    if (line[at] === '\\' && (line[at + 1] === '"' || line[at + 1] === '\\')) at++
    add(word, line[at]!, at)
  }
  return -1
}

function bare(line: string, start: number, word: Word): number {
  const at = line[start] === '\\' ? start + 1 : start
  if (at >= line.length) return -1
  add(word, line[at]!, at)
  return at
}

function add(word: Word, character: string, at: number): void {
  if (character === '=' && !word.equals) word.equals = { index: word.text.length, valueStart: at + 1 }
  word.text += character
}
