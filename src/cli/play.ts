import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { NetplayError } from '../errors.js'
import type { Emit } from '../events.js'
import type { Inventory, Variables } from '../inventory/model.js'
import type { Journal } from '../journal/journal.js'
import { sayCallsOff } from '../plan/called-off.js'
import { withEtcd, type EtcdPool } from '../plan/etcd-pool.js'
import { makePlan, type MadePlan, type PlanInput } from '../plan/make.js'
import { nothingSeen, type Looked } from '../plan/observe.js'
import { checksIn, summaryOf } from '../plan/plan.js'
import { loadPlaybook } from '../playbook/load.js'
import type { LoadedRole, Playbook } from '../playbook/model.js'
import { openReport } from '../report/report.js'
import type { Connection } from '../transport/connection.js'
import type { Session } from '../transport/session.js'
import type { AskVariable } from '../playbook/vars-prompt.js'
import type { OpenVault } from '../vaulted.js'
import type { WorksAs } from '../plan/work-as.js'
import { variableAsker } from './ask-variables.js'
import { withoutSecrets } from './connections.js'
import { exitCodeOfCheck, exitCodeOfEnds, type ExitCode } from './exit-code.js'
import { givenInventory } from './given-inventory.js'
import { loadSources } from './load-sources.js'
import type { RunOptions } from './options.js'
import { connectionsOf } from './play-connections.js'
import { askPasswords, type Passwords } from './passwords.js'
import { endsOfApply, endsOfCheck, endsOfRefusal } from './ends.js'
import { absentPart, configPart, fanOut, interruptible, newRun, ownerOf, retryOf, withReachable } from './run.js'

export interface PlayOptions extends RunOptions {
  playbooks: string[]
  mode: 'check' | 'apply' | 'plan'
  /** plan: where to save it */
  out?: string
  detailedExitcode: boolean
}

/** `npx netplay site.yml -i hosts.ini`: the whole run, top to bottom. */
export async function play(options: PlayOptions): Promise<ExitCode> {
  const wanted = await loadWanted(options)
  const { playbook, connections } = wanted
  const run = newRun()
  const report = openReport(options)
  const journal = options.mode === 'apply' ? (await import('../journal/journal.js')).openJournal(run) : undefined
  const emit = fanOut([...(journal === undefined ? [] : [journal.emit]), report.emit])
  const started = performance.now()
  try {
    await emit({
      type: 'run-started',
      run,
      mode: options.mode,
      source: options.playbooks.join(' '),
      hosts: playbook.hosts.map(({ name }) => name),
      plays: playbook.plays.length,
      ...configPart(options),
    })
    for (const message of wanted.warnings) await emit({ type: 'warning', message })
    const looked = nothingSeen()
    const result = await withReachable(
      connections,
      { forks: options.forks, emit, wanted: new Set(playbook.hosts.map(({ name }) => name)), looked },
      (sessions, unreachable) => planThenApply({ ...wanted, options, run, journal, emit, sessions, looked, unreachable }),
    )
    const retry = journal?.keepRetry({ playbook: options.playbooks[0]!, ends: result.ends, wanted: retryOf(options) })
    const ms = performance.now() - started
    await emit({ type: 'run-finished', run, ...result, ...(retry === undefined ? {} : { retry }), ...absentPart(playbook.absent), ms })
    return result.exit
  } finally {
    await report.close()
    journal?.close()
  }
}

/** What files and the command line say. */
export interface Loaded {
  inventory: Inventory
  playbook: Playbook
  extraVars: Variables
  warnings: string[]
  openVault: OpenVault
}

export interface Wanted extends Loaded {
  passwords: Passwords
  /** of every host of the plays */
  connections: Connection[]
  worksAs: WorksAs
}

/** Everything that is known before any host is asked; whatever is wrong in it ends the run here. */
export async function loadWanted(options: RunOptions & { playbooks: string[] }): Promise<Wanted> {
  const loaded = await loadPlays(options, variableAsker())
  const passwords = await askPasswords(options)
  const { connections, worksAs, warnings } = connectionsOf(loaded.playbook, loaded.extraVars, options, passwords)
  return { ...loaded, passwords, connections, worksAs, warnings: [...loaded.warnings, ...warnings] }
}

/** @param ask for `vars_prompt`; default: nobody is asked. @throws {InputError} at the first mistake in a file or an option, and where no inventory was given */
export async function loadPlays(options: RunOptions & { playbooks: string[] }, ask?: AskVariable): Promise<Loaded> {
  const given = { ...options, inventory: givenInventory(options) }
  const { inventory, extraVars, openVault, warnings } = await loadSources(given, { playbookDir: folderOf(options.playbooks[0]!) })
  const playbook = await loadPlaybook(options.playbooks, inventory, {
    extraVars,
    openVault,
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.hold === undefined ? {} : { hold: options.hold }),
    run: options,
    ask,
    anyErrorsFatal: options.settings?.values.anyErrorsFatal,
    rolesPath: options.settings?.values.rolesPath,
  })
  return { inventory, playbook, extraVars, openVault, warnings: [...warnings, ...playbook.warnings] }
}

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
  const { options, playbook, connections, worksAs, passwords, openVault, sessions, looked, etcd, emit } = input
  const { tags, skipTags, limit, playbooks, forks } = options
  return {
    playbook,
    sessions,
    looked,
    worksAs,
    openVault,
    etcd,
    emit,
    connections: new Map(connections.map(connection => [connection.host, withoutSecrets(connection, passwords)])),
    options: { tags, skipTags },
    // Wherever a saved plan is applied from, its sources lie beside the playbook, and its hosts' passwords in the inventory.
    source: {
      playbooks: playbooks.map(file => resolve(file)),
      inventory: options.inventory.map(source => (existsSync(source) ? resolve(source) : source)),
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
    await sayCallsOff(made.plan, emit)
    const gone = [...unreachable.keys(), ...made.lost.keys()]
    if (options.mode === 'plan' && options.out !== undefined) await save(made, input, options.out)
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
      const { recap, ends } = endsOfApply(made.plan, outcome, gone)
      return { recap, ends, exit: exitCodeOfEnds(ends, stop.raised) }
    } finally {
      stop.dispose()
    }
  })
}

/** A plan that leaves out hosts is not what was asked for: whoever wants that says so. */
async function save({ plan, refused, lost }: MadePlan, { playbook, unreachable, emit }: RunInput, file: string) {
  const gone = playbook.hosts.map(({ name }) => name).filter(host => unreachable.has(host) || lost.has(host))
  const why = [
    ...(refused.size === 0 ? [] : [`${[...refused.keys()].join(', ')} cannot be planned`]),
    ...(gone.length === 0 ? [] : [`${gone.join(', ')} did not answer; --limit '${leaveOut(gone)}' plans without`]),
  ]
  if (why.length > 0) return emit({ type: 'warning', message: `${file} was not written: ${why.join('; ')}` })
  const { savePlan, unnamedCheck } = await import('../plan/save.js')
  const named = new Set(playbook.plays.flatMap(({ roles }) => roles.flatMap(({ role }) => namesOf(role))))
  const unnamed = checksIn(plan).find(({ role, kind }) => !named.has(`${role} ${kind}`))
  if (unnamed !== undefined) throw unnamedCheck(unnamed.role, unnamed.kind)
  await savePlan(plan, file)
  await emit({ type: 'plan-saved', plan: plan.id, file })
}

const leaveOut = (hosts: readonly string[]) => ['all', ...hosts.map(host => `!${host}`)].join(':')

const namesOf = ({ name, role }: LoadedRole) => (role.checkKinds ?? []).map(({ kind }) => `${name} ${kind}`)

function checked(made: MadePlan, unreachable: Iterable<string>, { mode, detailedExitcode }: PlayOptions) {
  const { recap, ends } = (mode === 'apply' ? endsOfRefusal : endsOfCheck)(made, unreachable)
  return { recap, ends, exit: exitCodeOfCheck(ends, summaryOf(made.plan).items, detailedExitcode) }
}

const folderOf = (file: string) => file.replace(/[^/]*$/, '') || '.'
