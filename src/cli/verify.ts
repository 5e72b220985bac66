import { withEtcd } from '../plan/etcd-pool.js'
import { makePlan } from '../plan/make.js'
import { nothingSeen } from '../plan/observe.js'
import { summaryOf } from '../plan/plan.js'
import { openReport } from '../report/report.js'
import { verifyHosts, type Judged } from '../verify/verify.js'
import { Ends } from './ends.js'
import { exitCodeOfEnds, type ExitCode } from './exit-code.js'
import type { RunOptions } from './options.js'
import { loadWanted, planInput } from './play.js'
import { absentPart, configPart, fanOut, newRun, withReachable } from './run.js'

/** `netplay verify site.yml -i hosts.ini`: nothing is left to do, and the roles' health checks hold. Test pods are made and removed; nothing else is written. */
export async function verify(options: RunOptions & { playbooks: string[] }): Promise<ExitCode> {
  const wanted = await loadWanted(options)
  const run = newRun()
  const report = openReport(options)
  const emit = fanOut([report.emit])
  const started = performance.now()
  try {
    const { playbook } = wanted
    await emit({
      type: 'run-started',
      run,
      mode: 'verify',
      source: options.playbooks.join(' '),
      hosts: playbook.hosts.map(({ name }) => name),
      plays: playbook.plays.length,
      ...configPart(options),
    })
    const looked = nothingSeen()
    const result = await withReachable(
      wanted.connections,
      { forks: options.forks, emit, wanted: new Set(playbook.hosts.map(({ name }) => name)), looked },
      (sessions, unreachable) =>
        withEtcd(sessions, async etcd => {
          const made = await makePlan(planInput({ ...wanted, options, sessions, looked, etcd, emit }))
          const judged = await verifyHosts({ checks: made.checks, sessions, etcd, forks: options.forks, emit })
          const counted = new Ends()
          for (const host of Object.keys(made.plan.hosts)) {
            const { held, failed } = judged.get(host) ?? { held: 0, failed: 0 }
            counted.add(host, failed > 0 ? 'failed' : 'done', { ok: held, failed })
          }
          const { recap, ends } = counted
            .addAll(made.refused.keys(), 'failed')
            .addAll([...unreachable.keys(), ...made.lost.keys()], 'unreachable')
          const [held, failed] = [sum(judged, 'held'), sum(judged, 'failed')]
          await emit({ type: 'checks-judged', held, judged: held + failed, pending: summaryOf(made.plan).items })
          const exit = exitCodeOfEnds(ends, false)
          return { recap, ends, exit: exit === 0 && summaryOf(made.plan).items > 0 ? 2 : exit }
        }),
    )
    await emit({ type: 'run-finished', run, ...result, ...absentPart(wanted.playbook.absent), ms: performance.now() - started })
    return result.exit
  } finally {
    await report.close()
  }
}

const sum = (judged: ReadonlyMap<string, Judged>, field: keyof Judged) =>
  [...judged.values()].reduce((total, counts) => total + counts[field], 0)
