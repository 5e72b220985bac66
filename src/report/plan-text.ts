import type { Action } from '../change.js'
import { diffText, differenceInWords, linesCounted, type Variant } from './diff-text.js'
import { countOf, hostList } from './hosts.js'
import { itemInWords, type PlannedItem } from './item-words.js'
import type { Paint } from './paint.js'
import { isText, oneLine } from './shown.js'
import { widthOf } from './width.js'

export interface PlayTextOptions {
  /** contents line by line */
  diff: boolean
  /** tasks that change nothing too */
  unchanged: boolean
  /** where each task is written */
  origins: boolean
  paint: Paint
  /** columns to fill */
  width: number
}

/** What one play would change, in the order of its tasks: equal changes of many hosts are told once, with the hosts. */
export function playText(items: readonly PlannedItem[], hosts: readonly string[], options: PlayTextOptions): string[] {
  const shown = items.filter(({ action }) => options.unchanged || action !== 'none')
  return groupsOf(shown).flatMap(group => groupText(group, hosts, options))
}

/** One task on all hosts where it is told in the same words, by what it changes there. */
interface Group {
  action: Action
  words: string
  hosts: string[]
  /** by what they change, as JSON: hosts that all differ are told in linear time */
  variants: Map<string, Variant>
}

function groupsOf(items: readonly PlannedItem[]): Group[] {
  const groups = new Map<string, Group>()
  const order: Group[] = []
  const last = new Map<string, Group>()
  for (const item of items) {
    const words = itemInWords(item)
    const name = JSON.stringify([item.role, item.task, item.key, item.action, words])
    const known = groups.get(name)
    const group = known ?? { action: item.action, words, hosts: [], variants: new Map<string, Variant>() }
    if (known === undefined) {
      groups.set(name, group)
      // What this host alone has comes where its tasks have it, those of earlier stages before.
      const before = last.get(item.host)
      order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, group)
    }
    add(group, item)
    last.set(item.host, group)
  }
  return order
}

function add({ hosts, variants }: Group, item: PlannedItem) {
  hosts.push(item.host)
  const changes = JSON.stringify(item.changes)
  const same = variants.get(changes)
  if (same === undefined) variants.set(changes, { item, hosts: [item.host] })
  else same.hosts.push(item.host)
}

const symbols: Record<Action, string> = { none: '=', create: '+', change: '~', remove: '-', restart: '↻' }

function groupText(
  { action, words, hosts: own, variants: byChanges }: Group,
  hosts: readonly string[],
  options: PlayTextOptions,
): string[] {
  const { diff, origins, paint, width } = options
  const where = own.length === hosts.length && own.length > 1 ? countOf(own.length, 'host') : hostList(own)
  const variants = [...byChanges.values()]
  const { changes, origin } = variants[0]!.item
  const texts = changes.some(({ before, after }) => isText(before) || isText(after))
  const counted = diff || !texts ? '' : linesCounted(changes)
  const head = `  ${symbols[action]} ${words}${counted === '' ? '' : `    ${counted}`}`
  return [
    padBetween(colourOf(action, paint)(head), paint.faint(where + differenceInWords(variants)), width),
    ...(origins && origin !== undefined ? [paint.faint(`      ${oneLine(origin)}`)] : []),
    ...(diff ? diffText(variants, paint, width) : []),
  ]
}

const colourOf = (action: Action, paint: Paint) =>
  ({ none: paint.faint, create: paint.added, change: paint.changed, remove: paint.removed, restart: paint.restart })[action]

/** Two texts on one line, the second at the right where there is room. */
export const padBetween = (left: string, right: string, width: number): string =>
  right === '' ? left : `${left}${' '.repeat(Math.max(4, width - widthOf(left) - widthOf(right)))}${right}`
