import type { RunEvent } from '../events.js'
import { loadPlan } from '../plan/save.js'
import { plannedEvents, planMade } from '../plan/tell.js'
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
  const events: RunEvent[] = [
    {
      type: 'run-started',
      run: plan.id,
      mode: 'plan',
      source: `${file} (made ${plan.madeAt} by ${plan.madeBy})`,
      hosts,
      plays: plan.plays.length,
    },
    ...plannedEvents(plan),
    planMade(plan, 0),
    { type: 'plan-saved', plan: plan.id, file },
    { type: 'run-finished', run: plan.id, recap: {}, ends: {}, requests: {}, exit: 0, ms: 0 },
  ]
  for (const event of events) await report.emit(event)
  await report.close()
  return exitCodes.done
}
