import type { Change } from '../change.js'
import { printable } from '../errors.js'
import { unifiedDiff } from '../text-diff.js'
import { countOf, hostList } from './hosts.js'
import type { PlannedItem } from './item-words.js'
import type { Paint } from './paint.js'
import { isText } from './shown.js'
import { widthOf } from './width.js'

/** What one task changes on some hosts; several of them where hosts differ. */
export interface Variant {
  item: PlannedItem
  hosts: string[]
}

const indent = '      '

/** Contents line by line: only what is changed of a text that was there, all of a new one. Lines that hosts differ in are told in place. */
export function diffText(variants: readonly Variant[], paint: Paint, columns = Infinity): string[] {
  const [first, ...rest] = variants.map(({ item, hosts }) => ({ hosts, lines: linesOf(item.changes) }))
  if (first === undefined) return []
  if (!rest.every(({ lines }) => lines.length === first.lines.length)) return variants.flatMap(variant => apart(variant, paint))
  return first.lines.map((line, i) => {
    const unlike = rest.filter(({ lines }) => lines[i] !== line)
    if (unlike.length === 0) return painted(line, paint)
    const told = unlike.slice(0, 3).map(({ hosts, lines }) => `${hostList(hosts, 3)} ${uncommon(line, lines[i]!)}`)
    const more = unlike.length > 3 ? `; ${unlike.length - 3} more` : ''
    const note = `   (${hostList(first.hosts, 3)}; ${told.join('; ')}${more})`
    return painted(elided(line, startOfDifference(line, unlike[0]!.lines[i]!), columns - widthOf(note)), paint) + paint.faint(note)
  })
}

/** `differ in 1 line`, of hosts whose texts are otherwise the same. */
export function differenceInWords(variants: readonly Variant[]): string {
  const [first, ...rest] = variants.map(({ item }) => linesOf(item.changes))
  if (first === undefined || rest.length === 0) return ''
  if (rest.some(lines => lines.length !== first.length)) return ', not the same on all'
  const differing = first.filter((line, i) => rest.some(lines => lines[i] !== line)).length
  return differing === 0 ? ', not the same on all' : `, differ in ${countOf(differing, 'line')}`
}

/** `+12 −3` of a text that changes, `12 lines` of a new one is told with its fields. */
export const linesCounted = (changes: readonly Change[]): string => {
  const lines = changes.filter(({ before, after }) => isText(before) && isText(after)).flatMap(change => diffLines(change))
  const [added, removed] = ['+', '-'].map(sign => lines.filter(line => line.startsWith(sign)).length)
  return lines.length === 0 ? '' : `+${added} −${removed}`
}

const apart = ({ item, hosts }: Variant, paint: Paint): string[] => [
  paint.faint(`${indent}on ${hostList(hosts)}:`),
  ...linesOf(item.changes).map(line => painted(line, paint)),
]

/** A small file that belongs to something else (of a sysctl, say) is named above its lines. */
function linesOf(changes: readonly Change[]): string[] {
  return changes
    .filter(({ before, after }) => isText(before) || isText(after))
    .flatMap(change => [
      ...(change.field.startsWith('/') ? [`${indent}${printable(change.field)}`] : []),
      ...diffLines(change).map(line => `${indent}${printable(line)}`),
    ])
}

/** Hunks of a unified diff with three lines of context, without file headers; a new text is all `+`, one that goes all `-`. */
export function diffLines({ before, after }: Change, contextLines = 3): string[] {
  if (!isText(before)) return isText(after) ? whole(after.text).map(line => `+ ${line}`) : []
  if (!isText(after)) return whole(before.text).map(line => `- ${line}`)
  return unifiedDiff(before.text, after.text, contextLines).map(line => (/^[+ -]/.test(line) ? `${line[0]} ${line.slice(1)}` : line))
}

const whole = (text: string) => {
  if (text === '') return []
  const all = text.split('\n')
  return text.endsWith('\n') ? all.slice(0, -1) : [...all, '\\ No newline at end of file']
}

/** What is different in a line that is mostly the same: from the word, or the last part of an address, that begins to differ. */
function uncommon(line: string, other: string): string {
  const start = startOfDifference(line, other)
  let end = 0
  while (end < other.length - start && end < line.length - start && line.at(-1 - end) === other.at(-1 - end)) end++
  return other.slice(start, other.length - end) || '(nothing)'
}

function startOfDifference(line: string, other: string): number {
  let start = 0
  while (start < line.length && line[start] === other[start]) start++
  const [blank, dot] = [other.lastIndexOf(' ', start - 1), other.lastIndexOf('.', start - 1)]
  return dot > blank ? dot : blank + 1
}

/** The middle of a long line is left out where its end is what differs. */
function elided(line: string, from: number, columns: number): string {
  if (widthOf(line) <= columns) return line
  const tail = line.slice(line.lastIndexOf(' ', from) + 1)
  const head = line
    .slice(0, Math.max(0, columns - widthOf(tail) - 3))
    .replace(/ \S*$/, '')
    .trimEnd()
  return head.length > 20 ? `${head} … ${tail}` : line
}

const painted = (line: string, paint: Paint) => {
  const sign = line[indent.length]
  return sign === '+' ? paint.added(line) : sign === '-' ? paint.removed(line) : paint.faint(line)
}
