import { dirname, resolve } from 'node:path'
import { applyPlan } from '../apply/apply.js'
import { alreadyApplied, compareWithPlan } from '../apply/begin.js'
import { InputError } from '../errors.js'
import { openJournal } from '../journal/journal.js'
import { withEtcd } from '../plan/etcd-pool.js'
import { itemsOf, type Plan } from '../plan/plan.js'
import { loadPlan } from '../plan/save.js'
import { resolveSources } from '../plan/sources.js'
import { loadRole } from '../playbook/load-role.js'
import { openReport } from '../report/report.js'
import type { CheckKind } from '../resources/resource.js'
import type { Connection } from '../transport/connection.js'
import { exitCodeOfEnds, type ExitCode } from './exit-code.js'
import type { RunOptions } from './options.js'
import { askPasswords, type Passwords } from './passwords.js'
import { endsOfApply } from './ends.js'
import { fanOut, interruptible, newRun, ownerOf, withReachable } from './run.js'

export interface ApplyOptions extends RunOptions {
  file: string
  partial: boolean
}

/** `netplay apply window.plan`: exactly that plan, on hosts that are as they were when it was made. Once. */
export async function apply(options: ApplyOptions): Promise<ExitCode> {
  const plan = await loadPlan(options.file)
  const checkKind = await checksOf(plan)
  const passwords = await askPasswords(options)
  const slots = Object.values(plan.hosts).flatMap(host => host.slots)
  const sources = await resolveSources(
    slots.map(({ source }) => source),
    { dir: dirname(resolve(plan.source.playbooks[0]!)), salt: plan.salt },
  )
  const run = newRun()
  const report = openReport(options)
  const journal = openJournal(run, plan)
  const emit = fanOut([journal.emit, report.emit])
  const connections = Object.entries(plan.hosts).map(([, { connection }]) => withPasswords(connection as unknown as Connection, passwords))
  const started = performance.now()
  try {
    await emit({ type: 'run-started', run, mode: 'apply', source: options.file, hosts: Object.keys(plan.hosts), plays: plan.plays.length })
    const result = await withReachable(
      connections,
      { forks: options.forks, emit, wanted: new Set(Object.keys(plan.hosts)) },
      (sessions, unreachable) =>
        withEtcd(sessions, async etcd => {
          const owner = ownerOf(run, `apply ${options.file}`)
          const used = await alreadyApplied({ plan, owner, sessions, forks: options.forks })
          if (used.length > 0)
            throw new InputError(`${options.file} was applied before (${used.join(', ')} remember it); a plan is applied once`, {
              next: 'Plan again; nothing was written.',
            })
          const refused = await compareWithPlan({ plan, owner, sessions, forks: options.forks })
          for (const [host, error] of refused)
            await emit({ type: 'host-refused', host, error: { code: error.code, message: error.message, next: error.next } })
          if (refused.size > 0 && !options.partial)
            throw new InputError(
              `${refused.size} of ${Object.keys(plan.hosts).length} hosts have moved since this plan was made (${plan.madeAt} by ${plan.madeBy})`,
              {
                next: 'Nothing was written. Plan again, or apply to the others with --partial.',
              },
            )
          const left = without(plan, new Set([...refused.keys(), ...unreachable.keys()]))
          const stop = interruptible(emit)
          try {
            const outcome = await applyPlan({
              plan: left,
              run,
              owner,
              sessions,
              etcd,
              sources,
              checkKind,
              stop,
              forks: options.forks,
              emit,
            })
            const { recap, ends } = endsOfApply(outcome, unreachable.keys()).addAll(refused.keys(), 'refused')
            return { recap, ends, exit: exitCodeOfEnds(ends, stop.raised) }
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

/** The plan without some hosts: what was planned for the others stands. */
function without(plan: Plan, hosts: ReadonlySet<string>): Plan {
  const keep = (host: string) => !hosts.has(host)
  return {
    ...plan,
    hosts: Object.fromEntries(Object.entries(plan.hosts).filter(([host]) => keep(host))),
    stages: plan.stages.map(stage => ({
      ...stage,
      hosts: stage.hosts.filter(keep),
      work: Object.fromEntries(Object.entries(stage.work).filter(([host]) => keep(host))),
    })),
  }
}

/** The checks that gate the plan are code: the roles must be the very files it was made with. */
async function checksOf(plan: Plan): Promise<(role: string, kind: string) => CheckKind<unknown>> {
  const gates = itemsOf(plan).flatMap(({ item }) => (item.type === 'gate' ? [item] : []))
  const kinds = new Map<string, CheckKind<unknown>>()
  for (const { name, file, digest, shipped } of plan.roles) {
    const loaded = await loadRole(name, { file, shipped })
    if (loaded.digest !== digest)
      throw new InputError(`role ${name} (${file}) was changed since the plan was made`, { next: 'Plan again; nothing was written.' })
    for (const kind of loaded.role.checkKinds ?? []) kinds.set(`${name} ${kind.kind}`, kind)
  }
  for (const { role, check } of gates)
    if (!kinds.has(`${role} ${check.kind}`))
      throw new InputError(`role ${role} does not name its check "${check.kind}" in checkKinds, so a saved plan cannot use it`)
  return (role, kind) => kinds.get(`${role} ${kind}`)!
}

const withPasswords = (connection: Connection, { login, become }: Passwords): Connection => ({
  ...connection,
  ...(login === undefined ? {} : { password: login }),
  ...(connection.become === undefined ? {} : { become: { ...connection.become, ...(become === undefined ? {} : { password: become }) } }),
})
