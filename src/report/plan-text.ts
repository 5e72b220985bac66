import type { Action, Change } from '../change.js'
import { printable } from '../errors.js'
import type { RunEvent } from '../events.js'
import { countOf, hostList } from './hosts.js'
import type { Paint } from './paint.js'
import { diffLines, fieldInWords, isText } from './shown.js'

export type PlannedItem = Extract<RunEvent, { type: 'item-planned' }>

/** What one play would change: equal changes of many hosts are told once, with the hosts. */
export function playText(
  items: readonly PlannedItem[],
  hosts: readonly string[],
  options: { diff: boolean; paint: Paint; width: number },
): string[] {
  const changing = items.filter(({ action }) => action !== 'none')
  return groupsOf(changing).flatMap(group => groupText(group, hosts, options))
}

/** One task on all hosts where it changes the same thing, by what it changes. */
interface Group {
  items: PlannedItem[]
  variants: { item: PlannedItem; hosts: string[] }[]
}

function groupsOf(items: readonly PlannedItem[]): Group[] {
  const groups = new Map<string, Group>()
  for (const item of items) {
    const name = JSON.stringify([item.role, item.task, item.key, item.action])
    const group = groups.get(name) ?? { items: [], variants: [] }
    groups.set(name, group)
    group.items.push(item)
    const same = group.variants.find(({ item: other }) => JSON.stringify(other.changes) === JSON.stringify(item.changes))
    if (same === undefined) group.variants.push({ item, hosts: [item.host] })
    else same.hosts.push(item.host)
  }
  return [...groups.values()]
}

const symbols: Record<Action, string> = { none: ' ', create: '+', change: '~', remove: '-', restart: '↻' }

function groupText(
  { items, variants }: Group,
  hosts: readonly string[],
  { diff, paint, width }: { diff: boolean; paint: Paint; width: number },
): string[] {
  const { item } = variants[0]!
  const where = items.length === hosts.length && hosts.length > 3 ? countOf(hosts.length, 'host') : hostList(items.map(({ host }) => host))
  const different = variants.length === 1 ? '' : ', not the same on all'
  const head = `  ${symbols[item.action]} ${titleOf(item)}`
  const colour = colourOf(item.action, paint)
  return [
    padBetween(colour(head), head.length, paint.faint(where + different), where.length + different.length, width),
    ...(diff ? diffText(variants, paint) : []),
  ]
}

/** `file /etc/x    0644 root:root`: the thing, then what it gets, contents apart. */
function titleOf({ key, kind, changes, action }: PlannedItem): string {
  const name = printable(key.slice(key.indexOf(':') + 1))
  const details = changes
    .filter(change => action !== 'create' || !(isText(change.after) && change.before === null))
    .map(change => (isText(change.after) && isText(change.before) ? 'content' : fieldInWords(change)))
  return [`${wordOf(kind, key)} ${name}`, ...(details.length === 0 ? [] : [details.join(', ')])].join('    ')
}

const wordOf = (kind: string, key: string) =>
  kind === 'awaited-file' || kind === 'binary' ? 'file' : kind === 'systemd-unit' ? 'unit' : kind === 'etcd-key' ? 'etcd' : kind || key

function diffText(variants: Group['variants'], paint: Paint): string[] {
  const [first, ...others] = variants as [Group['variants'][number], ...Group['variants']]
  const shown = linesOf(first.item.changes)
  if (others.length === 0) return shown.map(line => painted(line, paint))
  const rest = others.map(({ item, hosts }) => ({ hosts, lines: linesOf(item.changes) }))
  // Variants that differ in some lines only are told in place: what is n1's, and what the others have there.
  if (rest.every(({ lines }) => lines.length === shown.length)) {
    return shown.map((line, i) => {
      const unlike = rest.filter(({ lines }) => lines[i] !== line)
      if (unlike.length === 0) return painted(line, paint)
      const told = unlike.slice(0, 3).map(({ hosts, lines }) => `${hostList(hosts, 3)} ${uncommon(line, lines[i]!)}`)
      return (
        painted(line, paint) +
        paint.faint(`   (${hostList(first.hosts, 3)}; ${told.join('; ')}${unlike.length > 3 ? `; ${unlike.length - 3} more` : ''})`)
      )
    })
  }
  return variants.flatMap(({ item, hosts }) => [
    paint.faint(`      on ${hostList(hosts)}:`),
    ...linesOf(item.changes).map(line => painted(line, paint)),
  ])
}

/** What is different in a line that is mostly the same: from the word that begins to differ. */
const uncommon = (line: string, other: string): string => {
  let start = 0
  while (start < line.length && line[start] === other[start]) start++
  let end = 0
  while (end < other.length - start && end < line.length - start && line.at(-1 - end) === other.at(-1 - end)) end++
  const from =
    Math.max(other.lastIndexOf(' ', start), other.lastIndexOf('.', start)) +
    (other[other.lastIndexOf('.', start)] === '.' && other.lastIndexOf('.', start) > other.lastIndexOf(' ', start) ? 0 : 1)
  return printable(other.slice(Math.max(from, 0), other.length - end) || '(nothing)')
}

const linesOf = (changes: readonly Change[]): string[] =>
  changes
    .filter(({ before, after }) => isText(before) || isText(after))
    .flatMap(change => diffLines(change))
    .map(line => `      ${printable(line)}`)

const painted = (line: string, paint: Paint) => {
  const sign = line.trimStart()[0]
  return sign === '+' ? paint.added(line) : sign === '-' ? paint.removed(line) : paint.faint(line)
}

const colourOf = (action: Action, paint: Paint) =>
  ({ none: paint.faint, create: paint.added, change: paint.changed, remove: paint.removed, restart: paint.restart })[action]

/** Two texts on one line, the second at the right where there is room. */
export const padBetween = (left: string, leftLength: number, right: string, rightLength: number, width: number): string =>
  `${left}${' '.repeat(Math.max(4, width - leftLength - rightLength))}${right}`

/** `Would change: 3 hosts, 21 items. Would start: flannel.service on 3.` */
export function summaryText(items: readonly PlannedItem[], hosts: number, would: boolean): string {
  const changing = items.filter(({ action }) => action !== 'none')
  if (changing.length === 0) return `No changes. ${countOf(hosts, 'host')} ${hosts === 1 ? 'is' : 'are'} as wanted.`
  const changed = new Set(changing.map(({ host }) => host)).size
  const restarts = changing.filter(({ action }) => action === 'restart').length
  const parts = [countOf(changed, 'host'), countOf(changing.length, 'item'), ...(restarts > 0 ? [countOf(restarts, 'restart')] : [])]
  const started = countBy(
    changing
      .filter(({ changes }) => changes.some(({ field, after }) => field === 'active' && after === true))
      .map(({ key }) => key.slice(key.indexOf(':') + 1)),
  )
  const starts = [...started].map(([unit, count]) => `${unit} on ${count}`)
  const others = hosts - changed
  return [
    `${would ? 'Would change' : 'To change'}: ${parts.join(', ')}.`,
    ...(starts.length > 0 ? [`${would ? 'Would start' : 'To start'}: ${starts.join(', ')}.`] : []),
    ...(others > 0 ? [`${countOf(others, 'host')} ${others === 1 ? 'is' : 'are'} as wanted.`] : []),
    ...(would ? ['Nothing was written.'] : []),
  ].join(' ')
}

const countBy = (names: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
