import { countOf } from './hosts.js'
import type { PlannedItem } from './item-words.js'
import { oneLine } from './shown.js'

/**
 * `Would change: 3 hosts, 21 items. Would start: flannel.service on 3. Nothing was written.`
 * @param hosts that were looked at, those in trouble left out
 * @param would nothing will be written by this run; else it is about to
 */
export function summaryText(items: readonly PlannedItem[], hosts: number, would: boolean): string {
  const changing = items.filter(({ action }) => action !== 'none')
  if (changing.length === 0) return hosts > 0 ? `No changes. ${asWanted(hosts)}` : 'No host could be planned. Nothing was written.'
  const changed = new Set(changing.map(({ host }) => host)).size
  const restarts = changing.filter(({ changes }) => changes.some(({ field }) => field === 'restart')).length
  const things = changing.filter(({ action }) => action !== 'restart').length
  const counts = [
    countOf(changed, 'host'),
    ...(things > 0 ? [countOf(things, 'item')] : []),
    ...(restarts > 0 ? [countOf(restarts, 'restart')] : []),
  ]
  const verb = would ? 'Would' : 'To'
  return [
    `${verb} change: ${counts.join(', ')}.`,
    ...switched(changing, true).map(units => `${verb} start: ${units}.`),
    ...switched(changing, false).map(units => `${verb} stop: ${units}.`),
    ...(hosts > changed ? [asWanted(hosts - changed)] : []),
    ...(would ? ['Nothing was written.'] : []),
  ].join(' ')
}

/** As Terraform counts; a restart is a change. */
export function countedText(items: readonly PlannedItem[]): string {
  const count = (...actions: string[]) => items.filter(({ action }) => actions.includes(action)).length
  return `Plan: ${count('create')} to add, ${count('change', 'restart')} to change, ${count('remove')} to destroy.`
}

const asWanted = (hosts: number) => `${countOf(hosts, 'host')} ${hosts === 1 ? 'is' : 'are'} as wanted.`

/** `flannel.service on 3, netplay-forward.service on 3`, or nothing. */
function switched(items: readonly PlannedItem[], to: boolean): string[] {
  const counts = new Map<string, number>()
  for (const { key, changes } of items) {
    if (!changes.some(({ field, after }) => field === 'active' && after === to)) continue
    const unit = oneLine(key.slice(key.indexOf(':') + 1))
    counts.set(unit, (counts.get(unit) ?? 0) + 1)
  }
  return counts.size === 0 ? [] : [[...counts].map(([unit, count]) => `${unit} on ${count}`).join(', ')]
}
