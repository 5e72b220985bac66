import { rollBack } from '../apply/rollback.js'
import { InputError } from '../errors.js'
import { openJournal } from '../journal/journal.js'
import { loadRun } from '../journal/kept-run.js'
import { withEtcd } from '../plan/etcd-pool.js'
import type { Plan } from '../plan/plan.js'
import { openReport } from '../report/report.js'
import { version } from '../version.js'
import { keptConnections } from './kept-connections.js'
import { Ends } from './ends.js'
import { exitCodeOfEnds, type ExitCode } from './exit-code.js'
import type { RunOptions } from './options.js'
import { askPasswords } from './passwords.js'
import { configPart, fanOut, interruptible, newRun, ownerOf, withReachable } from './run.js'
import { openVaultOf } from './vault-passwords.js'

/** `netplay rollback RUN`: everything that run changed is put back, as far as it got and as far as nobody else changed it since. */
export async function rollback(options: RunOptions & { run: string }): Promise<ExitCode> {
  const kept = loadRun(options.run)
  const plan = kept.plan as Plan
  if (plan.netplay !== version)
    throw new InputError(`run ${options.run} was made by netplay ${plan.netplay}, this is ${version}`, {
      next: 'Roll it back with the version that made it.',
    })
  const connections = await keptConnections(plan, await askPasswords(options), options, await openVaultOf(options))
  const run = newRun()
  const report = openReport(options)
  const journal = openJournal(run)
  const emit = fanOut([journal.emit, report.emit])
  const hosts = Object.keys(plan.hosts)
  const started = performance.now()
  try {
    await emit({
      type: 'run-started',
      run,
      mode: 'rollback',
      source: `rollback of ${options.run}`,
      hosts,
      plays: plan.plays.length,
      ...configPart(options),
    })
    const result = await withReachable(connections, { forks: options.forks, emit, wanted: new Set(hosts) }, (sessions, unreachable) =>
      withEtcd(sessions, async etcd => {
        const stop = interruptible(emit)
        try {
          const owner = ownerOf(run, `rollback ${options.run}`)
          const rolled = await rollBack({
            plan,
            run: options.run,
            begun: kept.begun,
            owner,
            sessions,
            unreachable: unreachable.keys(),
            etcd,
            stop,
            forks: options.forks,
            emit,
          })
          const ends = new Ends()
          for (const [host, { end, back }] of rolled) ends.add(host, end, { ok: back, changed: back })
          const { recap, ends: all } = ends.addAll(unreachable.keys(), 'unreachable')
          return { recap, ends: all, exit: exitCodeOfEnds(all, stop.raised) }
        } finally {
          stop.dispose()
        }
      }),
    )
    await emit({ type: 'run-finished', run, ...result, ms: performance.now() - started })
    return result.exit
  } finally {
    await report.close()
    journal.close()
  }
}
