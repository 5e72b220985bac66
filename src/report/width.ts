/** Columns that a text takes on a terminal; colours take none, wide characters two. */
export const widthOf = (text: string): number => [...text.replace(colour, '')].reduce((sum, character) => sum + columnsOf(character), 0)

/** Cut to so many columns, the last one an `…`; colours that are open there are closed. */
export function cut(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line
  let [taken, used] = ['', 0]
  for (const part of line.match(parts) ?? []) {
    const width = part.startsWith('\u001b') ? 0 : columnsOf(part)
    if (used + width > columns - 1) break
    taken += part
    used += width
  }
  return `${taken}…${taken.includes('\u001b') ? '\u001b[0m' : ''}`
}

/** Broken at blanks into lines of so many columns, each under the first one's indent; a word that is longer stays whole. */
export function wrap(line: string, columns: number): string[] {
  const indent = /^ */.exec(line)![0]
  const lines: string[] = []
  let current = ''
  for (const word of line.slice(indent.length).split(/ (?=\S)/)) {
    const longer = current === '' ? `${indent}${word}` : `${current} ${word}`
    if (current !== '' && widthOf(longer) > columns) {
      lines.push(current)
      current = `${indent}${word}`
    } else current = longer
  }
  return [...lines, current]
}

const colour = /\u001b\[[0-9;]*m/g
const parts = /\u001b\[[0-9;]*m|./gsu

/** As terminals count: marks that join the letter before take none, East Asian and emoji two, a tab at most eight. */
function columnsOf(character: string): number {
  if (character === '\t') return 8
  if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
