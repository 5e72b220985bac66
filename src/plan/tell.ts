import type { RunEvent } from '../events.js'
import { isThingItem, summaryOf, type Plan } from './plan.js'

/** A plan as events, play by play: what screens and JSON show of it, whether it was just made or lay in a file. Its end is `planMade`. */
export const plannedEvents = (plan: Plan): RunEvent[] => [
  ...plan.warnings.map(({ hosts, message }): RunEvent => ({ type: 'warning', message, hosts })),
  ...plan.plays.flatMap(({ index, name, hosts }): RunEvent[] => [
    { type: 'play-planned', play: index, name, hosts },
    ...plan.stages.filter(({ play }) => play === index).flatMap(stage => stage.hosts.flatMap(host => itemsPlanned(stage, host))),
  ]),
]

/** @param ms how long planning took; 0 for a plan from a file */
export function planMade(plan: Plan, ms: number): RunEvent {
  const { hostsToChange, items, restarts } = summaryOf(plan)
  return { type: 'plan-made', plan: plan.id, hosts: Object.keys(plan.hosts).length, items, changes: hostsToChange, restarts, ms }
}

const itemsPlanned = ({ play, index, work }: Plan['stages'][number], host: string): RunEvent[] =>
  (work[host] ?? []).filter(isThingItem).map(item => {
    const { id, role, task, kind, key, action, changes, origin } = item
    return {
      type: 'item-planned',
      play,
      stage: index,
      host,
      item: id,
      role,
      task,
      kind,
      key,
      action,
      changes,
      ...('as' in item && item.as !== undefined ? { as: item.as } : {}),
      ...(origin === undefined ? {} : { origin }),
    }
  })
