import type { ShellText } from '../shell.js'
import { quote } from '../shell.js'
import { preludeFor } from './prelude-for.js'

/** One answer of a probe script: the bytes its text printed and its exit status. */
export interface Section {
  output: Buffer
  exit: number
}

/**
 * All probes of a host in one script. Each section ends with a line `<nonce> <index> <status>`, so that no output can pass for an end;
 * texts with the same batch function are answered by one call of it, printed at once: each write of a host is a packet of its own.
 * @param wanted index and text of what is still to be answered
 */
export function probeScript(wanted: ReadonlyMap<number, ShellText>, nonce: string): string {
  const alone: string[] = []
  const batches = new Map<string, string[]>()
  for (const [index, { text, batch }] of wanted) {
    if (batch === undefined) alone.push(`(eval ${quote(text)}) </dev/null; np_end ${index} $?`)
    else groupsOf(batches, batch.function).push([index, ...batch.words.map(quote)].join(' '))
  }
  const calls = [...batches].map(
    ([name, groups]) => `np_all=$(${name} </dev/null \\\n  ${groups.join(' \\\n  ')})\n[ -z "$np_all" ] || printf '%s\\n' "$np_all"`,
  )
  const asked = [...calls, ...alone, ''].join('\n')
  return [`np_nonce=${nonce}`, preludeFor(`${asked} np_end`), asked].join('\n')
}

function groupsOf(batches: Map<string, string[]>, name: string): string[] {
  const known = batches.get(name) ?? []
  batches.set(name, known)
  return known
}

/** Sections found in the output, by index. What is missing (a probe that killed its shell) is not in the map. */
export function sectionsOf(output: Buffer, nonce: string): Map<number, Section> {
  const sections = new Map<number, Section>()
  const mark = Buffer.from(`\n${nonce} `)
  let start = 0
  for (let at = output.indexOf(mark); at >= 0; at = output.indexOf(mark, start)) {
    const lineEnd = output.indexOf('\n', at + mark.length)
    if (lineEnd < 0) break
    const [index, exit] = output
      .toString('latin1', at + mark.length, lineEnd)
      .split(' ')
      .map(Number)
    sections.set(index!, { output: output.subarray(start, at), exit: exit! })
    start = lineEnd + 1
  }
  return sections
}
