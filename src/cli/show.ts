import type { RunEvent } from '../events.js'
import { loadPlan } from '../plan/save.js'
import { isThingItem, itemsOf, summaryOf } from '../plan/plan.js'
import { openReport } from '../report/report.js'
import { exitCodes, type ExitCode } from './exit-code.js'

/** `netplay show window.plan`: what was shown when it was made, from the file alone. */
export async function show(file: string, { diff, json }: { diff: boolean; json: boolean }): Promise<ExitCode> {
  const plan = await loadPlan(file)
  if (json) {
    process.stdout.write(`${JSON.stringify(plan, null, 2)}\n`)
    return exitCodes.done
  }
  const report = openReport({ output: 'screen', diff, verbose: 0 })
  const hosts = Object.keys(plan.hosts)
  const { items, hostsToChange, restarts } = summaryOf(plan)
  const planned = itemsOf(plan).flatMap(({ stage, host, item }): RunEvent[] => {
    if (!isThingItem(item)) return []
    const { id, role, task, kind, key, action, changes } = item
    return [{ type: 'item-planned', play: stage.play, stage: stage.index, host, item: id, role, task, kind, key, action, changes }]
  })
  const events: RunEvent[] = [
    {
      type: 'run-started',
      run: plan.id,
      mode: 'plan',
      source: `${file} (made ${plan.madeAt} by ${plan.madeBy})`,
      hosts,
      plays: plan.plays.length,
    },
    ...plan.plays.flatMap(({ index, name, hosts: of }): RunEvent[] => [
      { type: 'play-planned', play: index, name, hosts: of },
      ...planned.filter(event => event.type === 'item-planned' && event.play === index),
    ]),
    { type: 'plan-made', plan: plan.id, hosts: hosts.length, items, changes: hostsToChange, restarts, ms: 0 },
    { type: 'run-finished', run: plan.id, recap: {}, ends: {}, requests: {}, exit: 0, ms: 0 },
  ]
  for (const event of events) await report.emit(event)
  await report.close()
  return exitCodes.done
}
