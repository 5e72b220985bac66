import { dirname, resolve } from 'node:path'
import { applyPlan, type ApplyInput } from '../apply/apply.js'
import { ClusterMovedError, MovedError } from '../apply/errors.js'
import { preflight } from '../apply/preflight.js'
import { confirmSources } from '../apply/upload.js'
import { InputError, reportOf, type NetplayError } from '../errors.js'
import type { Emit } from '../events.js'
import { appliedIn, claimPlan } from '../journal/applied.js'
import { openJournal, type Journal } from '../journal/journal.js'
import { sayCallsOff, withCallsOff } from '../plan/called-off.js'
import { withEtcd } from '../plan/etcd-pool.js'
import { checksIn, type Plan } from '../plan/plan.js'
import { holdCheck } from '../plan/hold.js'
import { loadPlan, unnamedCheck } from '../plan/save.js'
import { resolveSources, type SourceTable } from '../plan/sources.js'
import { plannedEvents, planMade } from '../plan/tell.js'
import { loadRole } from '../playbook/load-role.js'
import type { OpenVault } from '../vaulted.js'
import { openReport } from '../report/report.js'
import type { CheckKind } from '../resources/resource.js'
import { Ends, endsOfApply } from './ends.js'
import { exitCodeOfEnds, exitCodes, type ExitCode } from './exit-code.js'
import type { RunOptions } from './options.js'
import { askPasswords } from './passwords.js'
import { keptConnections } from './kept-connections.js'
import { configPart, fanOut, interruptible, newRun, ownerOf, retryOf, withReachable } from './run.js'
import { openVaultOf } from './vault-passwords.js'

export interface ApplyOptions extends RunOptions {
  file: string
  partial: boolean
}

/** `netplay apply window.plan`: exactly that plan, on hosts that are as they were when it was made. Once. */
export async function apply(options: ApplyOptions): Promise<ExitCode> {
  const plan = await loadPlan(options.file)
  const usedIn = appliedIn(plan.id)
  if (usedIn !== undefined) throw usedBefore(options.file, `run ${usedIn} on this machine`)
  const checkKind = await checksOf(plan)
  const openVault = await openVaultOf(options)
  const sources = await sourcesOf(plan, openVault)
  const connections = await keptConnections(plan, await askPasswords(options), options, openVault)
  const run = newRun()
  const report = openReport(options)
  const journal = openJournal(run)
  const emit = fanOut([journal.emit, report.emit])
  const hosts = Object.keys(plan.hosts)
  const started = performance.now()
  try {
    await emit({ type: 'run-started', run, mode: 'apply', source: options.file, hosts, plays: plan.plays.length, ...configPart(options) })
    const result = await withReachable(connections, { forks: options.forks, emit, wanted: new Set(hosts) }, (sessions, unreachable) =>
      withEtcd(sessions, etcd =>
        compareThenApply({
          options,
          plan,
          run,
          owner: ownerOf(run, `apply ${options.file}`),
          sessions,
          unreachable,
          etcd,
          sources,
          checkKind,
          journal,
          emit,
        }),
      ),
    )
    const retry = journal.keepRetry({ playbook: plan.source.playbooks[0]!, ends: result.ends, wanted: retryOf(options) })
    await emit({
      type: 'run-finished',
      run,
      ...result,
      ...(retry === undefined ? {} : { retry }),
      ...(plan.absent === undefined ? {} : { absent: plan.absent }),
      ms: performance.now() - started,
    })
    return result.exit
  } finally {
    await report.close()
    journal.close()
  }
}

interface ApplyingInput extends Omit<ApplyInput, 'stop' | 'forks'> {
  options: ApplyOptions
  journal: Journal
  unreachable: ReadonlyMap<string, NetplayError>
}

async function compareThenApply({ options, journal, unreachable, ...input }: ApplyingInput) {
  const { plan, run, sessions, etcd, emit } = input
  const { forks, partial, file } = options
  const { used, refused, moved } = await preflight({ plan, sessions, etcd, forks, checkKind: input.checkKind })
  const inOrder = Object.keys(plan.hosts)
  if (used.length > 0) throw usedBefore(file, inOrder.filter(host => used.includes(host)).join(', '))
  const [first, ...others] = moved
  if (first !== undefined) throw ClusterMovedError.together([first, ...others])
  if (refused.size > 0) await sayRefused(emit, plan, refused, partial)
  if (refused.size > 0 && !partial) {
    const { recap, ends } = new Ends()
      .addAll(Object.keys(plan.hosts), 'stopped')
      .addAll(refused.keys(), 'refused')
      .addAll(unreachable.keys(), 'unreachable')
    return { recap, ends, exit: exitCodes.input }
  }
  refusePartOfHold(plan, refused.keys())
  // From here on something may be written: of two who apply this plan at once, one has come first.
  if (!claimPlan(plan.id, run)) throw usedBefore(file, 'another run on this machine')
  const left = without(withCallsOff(plan, unreachable), new Set([...refused.keys(), ...unreachable.keys()]))
  await sayCallsOff(left, emit)
  journal.keepPlan(left)
  for (const event of [...plannedEvents(left), planMade(left, 0)]) await emit(event)
  const stop = interruptible(emit)
  try {
    const outcome = await applyPlan({ ...input, plan: left, stop, forks })
    const { recap, ends } = endsOfApply(left, outcome, unreachable.keys()).addAll(refused.keys(), 'refused')
    return { recap, ends, exit: exitCodeOfEnds(ends, stop.raised) }
  } finally {
    stop.dispose()
  }
}

/** A host that forwards to the pods and does not hold loses packets. */
function refusePartOfHold(plan: Plan, left: Iterable<string>): void {
  for (const host of left) {
    const hold = plan.stages.find(({ hold: of, hosts }) => of?.does === 'arm' && hosts.includes(host))?.hold
    if (hold !== undefined)
      throw new InputError(`${host} is of hold "${hold.name}": without it packets from there would be lost`, {
        next: 'Plan again, or with --no-hold where lost packets do not matter; nothing was written.',
      })
  }
}

const usedBefore = (file: string, by: string) =>
  new InputError(`${file} was applied before (${by}); a plan is applied once`, { next: 'Plan again; nothing was written.' })

/** What moved is told thing by thing; a host that could not be asked is told as such. */
async function sayRefused(emit: Emit, plan: Plan, refused: ReadonlyMap<string, NetplayError>, partial: boolean) {
  const { id, madeAt, madeBy, hosts } = plan
  const moved = Object.keys(hosts).flatMap(host => {
    const error = refused.get(host)
    return error instanceof MovedError ? error.moved.map(thing => ({ host, ...thing })) : []
  })
  if (moved.length > 0) await emit({ type: 'plan-stale', plan: id, madeAt, madeBy, hosts: Object.keys(hosts).length, moved, partial })
  for (const [host, error] of refused)
    if (!(error instanceof MovedError)) await emit({ type: 'host-refused', host, error: reportOf(error) })
}

/** @throws {InputError | SourceChangedError} contents are gone, or are not what the plan was made with */
async function sourcesOf(plan: Plan, openVault: OpenVault): Promise<SourceTable> {
  const slots = Object.values(plan.hosts).flatMap(host => host.slots)
  const dir = dirname(resolve(plan.source.playbooks[0]!))
  const sources = await resolveSources(
    slots.map(({ source }) => source),
    { dir, salt: plan.salt, openVault },
  )
  confirmSources(plan, sources)
  return sources
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

/** The checks that gate the plan, and its preconditions, are code: the roles must be the very files it was made with. */
async function checksOf(plan: Plan): Promise<(role: string, kind: string) => CheckKind<unknown>> {
  const kinds = new Map<string, CheckKind<unknown>>()
  for (const { name, file, digest, shipped } of plan.roles) {
    const loaded = await loadRole(name, { file, shipped })
    if (loaded.digest !== digest)
      throw new InputError(`role ${name} (${file}) was changed since the plan was made`, { next: 'Plan again; nothing was written.' })
    for (const kind of loaded.role.checkKinds ?? []) kinds.set(`${name} ${kind.kind}`, kind)
  }
  for (const { role, kind } of checksIn(plan)) if (!kinds.has(`${role} ${kind}`)) throw unnamedCheck(role, kind)
  return (role, kind) => holdCheck(role, kind) ?? kinds.get(`${role} ${kind}`)!
}
