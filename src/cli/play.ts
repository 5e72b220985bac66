import { resolve } from 'node:path'
import type { NetplayError } from '../errors.js'
import type { Emit } from '../events.js'
import { parseExtraVars } from '../inventory/extra-vars.js'
import { loadInventory } from '../inventory/load.js'
import type { Host, Inventory } from '../inventory/model.js'
import type { Journal } from '../journal/journal.js'
import { withEtcd, type EtcdPool } from '../plan/etcd-pool.js'
import { makePlan, type MadePlan, type PlanInput } from '../plan/make.js'
import { nothingSeen, type Looked } from '../plan/observe.js'
import { summaryOf } from '../plan/plan.js'
import { loadPlaybook } from '../playbook/load.js'
import type { Playbook } from '../playbook/model.js'
import { openReport } from '../report/report.js'
import type { Connection } from '../transport/connection.js'
import type { Session } from '../transport/session.js'
import { connectionFor, keyFilesOf, withoutSecrets } from './connections.js'
import { exitCodeOfCheck, exitCodeOfEnds, type ExitCode } from './exit-code.js'
import type { RunOptions } from './options.js'
import { askPasswords, withPassphrase } from './passwords.js'
import { endsOfApply, endsOfCheck, endsOfRefusal } from './ends.js'
import { fanOut, interruptible, newRun, ownerOf, withReachable } from './run.js'

export interface PlayOptions extends RunOptions {
  playbooks: string[]
  mode: 'check' | 'apply' | 'plan'
  /** plan: where to save it */
  out?: string
  detailedExitcode: boolean
}

/** `npx netplay site.yml -i hosts.ini`: the whole run, top to bottom. */
export async function play(options: PlayOptions): Promise<ExitCode> {
  const wanted = await unlocked(await loadWanted(options), options)
  const { playbook } = wanted
  const run = newRun()
  const report = openReport(options)
  const journal = options.mode === 'apply' ? (await import('../journal/journal.js')).openJournal(run) : undefined
  const emit = fanOut([...(journal === undefined ? [] : [journal.emit]), report.emit])
  const connections = connectionsOf(wanted, options)
  const started = performance.now()
  try {
    await emit({
      type: 'run-started',
      run,
      mode: options.mode,
      source: options.playbooks.join(' '),
      hosts: playbook.hosts.map(({ name }) => name),
      plays: playbook.plays.length,
    })
    for (const message of wanted.warnings) await emit({ type: 'warning', message })
    const looked = nothingSeen()
    const result = await withReachable(
      connections,
      { forks: options.forks, emit, wanted: new Set(playbook.hosts.map(({ name }) => name)), looked },
      (sessions, unreachable) => planThenApply({ ...wanted, options, run, journal, emit, sessions, looked, unreachable }),
    )
    await emit({ type: 'run-finished', run, ...result, ms: performance.now() - started })
    return result.exit
  } finally {
    await report.close()
    journal?.close()
  }
}

export interface Wanted {
  inventory: Inventory
  playbook: Playbook
  extraVars: Awaited<ReturnType<typeof parseExtraVars>>
  passwords: Awaited<ReturnType<typeof askPasswords>>
  warnings: string[]
}

/** Everything that is known before any host is asked; whatever is wrong in it ends the run here. */
export async function loadWanted(options: RunOptions & { playbooks: string[] }): Promise<Wanted> {
  const extraVars = await parseExtraVars(options.extraVars)
  const inventory = await loadInventory(options.inventory, { playbookDir: folderOf(options.playbooks[0]!) })
  const playbook = await loadPlaybook(options.playbooks, inventory, {
    extraVars,
    ...(options.limit === undefined ? {} : { limit: options.limit }),
  })
  const passwords = await askPasswords(options)
  return { inventory, playbook, extraVars, passwords, warnings: [...inventory.warnings, ...playbook.warnings] }
}

/** Asks for the passphrase of identity files that are encrypted, where nothing else opens them. */
export const unlocked = async (wanted: Wanted, options: RunOptions): Promise<Wanted> => ({
  ...wanted,
  passwords: await withPassphrase(wanted.passwords, keyFilesOf(connectionsOf(wanted, options))),
})

export const connectionsOf = ({ playbook, extraVars, passwords }: Wanted, options: RunOptions): Connection[] =>
  lookedAt(playbook).map(host => connectionFor(host, new Map([...host.vars, ...extraVars]), becomeOf(playbook, host), options, passwords))

/** What planning needs, from what is wanted and who answered. */
export function planInput(
  input: Wanted & {
    options: RunOptions & { playbooks: string[] }
    sessions: Map<string, Session>
    looked: Looked
    etcd: EtcdPool
    emit: Emit
  },
): PlanInput {
  const { options, playbook, sessions, looked, etcd, emit } = input
  const { tags, skipTags, limit, playbooks, forks } = options
  return {
    playbook,
    sessions,
    looked,
    etcd,
    emit,
    connections: new Map(connectionsOf(input, options).map(connection => [connection.host, withoutSecrets(connection)])),
    options: { tags, skipTags },
    // Wherever a saved plan is applied from, its sources lie beside the playbook.
    source: {
      playbooks: playbooks.map(file => resolve(file)),
      inventory: options.inventory,
      tags,
      skipTags,
      ...(limit === undefined ? {} : { limit }),
    },
    forks,
  }
}

interface RunInput extends Wanted {
  options: PlayOptions
  run: string
  /** of a run that writes */
  journal: Journal | undefined
  emit: Emit
  sessions: Map<string, Session>
  looked: Looked
  unreachable: Map<string, NetplayError>
}

async function planThenApply(input: RunInput) {
  const { options, sessions, emit, unreachable } = input
  return withEtcd(sessions, async etcd => {
    const made = await makePlan(planInput({ ...input, etcd }))
    const gone = [...unreachable.keys(), ...made.lost.keys()]
    if (options.mode === 'plan' && options.out !== undefined) await save(made, options.out, emit)
    if (options.mode !== 'apply' || made.refused.size > 0) return checked(made, unreachable.keys(), options)
    input.journal?.keepPlan(made.plan)
    // A check loads nothing that writes.
    const { applyPlan } = await import('../apply/apply.js')
    const stop = interruptible(emit)
    try {
      const outcome = await applyPlan({
        plan: made.plan,
        run: input.run,
        owner: ownerOf(input.run, options.playbooks.join(' ')),
        sessions,
        etcd,
        sources: made.sources,
        checkKind: made.checkKind,
        stop,
        forks: options.forks,
        emit,
      })
      const { recap, ends } = endsOfApply(outcome, gone)
      return { recap, ends, exit: exitCodeOfEnds(ends, stop.raised) }
    } finally {
      stop.dispose()
    }
  })
}

/** A plan that leaves out what cannot be planned is not what was asked for. */
async function save({ plan, refused }: MadePlan, file: string, emit: Emit) {
  if (refused.size > 0)
    return emit({ type: 'warning', message: `${file} was not written: ${[...refused.keys()].join(', ')} cannot be planned` })
  const { savePlan } = await import('../plan/save.js')
  await savePlan(plan, file)
  await emit({ type: 'plan-saved', plan: plan.id, file })
}

function checked(made: MadePlan, unreachable: Iterable<string>, { mode, detailedExitcode }: PlayOptions) {
  const { recap, ends } = (mode === 'apply' ? endsOfRefusal : endsOfCheck)(made, unreachable)
  return { recap, ends, exit: exitCodeOfCheck(ends, summaryOf(made.plan).items, detailedExitcode) }
}

const becomeOf = (playbook: Playbook, host: Host) =>
  playbook.plays.find(({ peers, become }) => become?.enabled === true && peers.includes(host))?.become

/** Facts are read on all hosts of the plays, `--limit` or not: roles need their peers' addresses. */
const lookedAt = ({ plays, hosts }: Playbook): Host[] => [...new Set([...hosts, ...plays.flatMap(({ peers }) => peers)])]

const folderOf = (file: string) => file.replace(/[^/]*$/, '') || '.'
