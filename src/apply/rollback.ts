import { NetplayError, printable, reportOf } from '../errors.js'
import type { Emit, HostEnd } from '../events.js'
import type { EtcdPool } from '../plan/etcd-pool.js'
import { isChange, type Plan, type PlannedThing } from '../plan/plan.js'
import { eachHost } from '../transport/each-host.js'
import type { Session } from '../transport/session.js'
import type { StopSignal } from './apply.js'
import { LeftAloneError, NotPutBackError, UndoLostError } from './errors.js'
import { lockHost } from './lock.js'
import { ProgramLines, type ProgramLine } from './program-line.js'
import { hadAnotherValue, openWritten, undoRest, undoWrite } from './rollback-cluster.js'
import { undoable, undoProgramOf } from './undo-program.js'

export interface RollbackInput {
  /** as the run applied it */
  plan: Plan
  /** the run that is undone */
  run: string
  /** ids of items that it began: what it never began in the cluster is not its to undo */
  begun: ReadonlySet<string>
  owner: string
  sessions: ReadonlyMap<string, Session>
  /** hosts of the plan that could not be reached: what the cluster tells them stays */
  unreachable: Iterable<string>
  etcd: EtcdPool
  stop: StopSignal
  forks: number
  emit: Emit
}

export interface RolledBack {
  end: HostEnd
  /** things that are as before the run again */
  back: number
}

/**
 * Put back what a run did, wherever it got to. First keys of etcd that had another value, as the run went: daemons that are started again read
 * them then. Then hosts. Then whatever else it wrote to the cluster, and only when every host is back: a host never runs without what the cluster
 * tells it. All of it only while it is still what the run wrote.
 */
export async function rollBack(input: RollbackInput): Promise<Map<string, RolledBack>> {
  const { plan, stop, emit } = input
  const hosts = Object.keys(plan.hosts).filter(host => plan.stages.some(stage => stage.work[host]?.some(isChange)))
  const written = (await openWritten(input)).reverse()
  const ends = new Map<string, RolledBack>(hosts.map(host => [host, { end: 'stopped', back: 0 }]))
  const stage = { play: 1, stage: 1, name: `put back what run ${input.run} did`, hosts, batch: 1, batches: 1, changes: hosts.length }
  await emit({ type: 'stage-started', ...stage })
  const started = performance.now()
  const ofKeys = new Map<string, RolledBack>()
  if (!stop.raised) for (const key of written.filter(hadAnotherValue)) await undoWrite(input, key, ofKeys)
  await rollBackHosts(input, hosts, ends)
  const open = hosts.filter(host => ends.get(host)!.end !== 'done')
  addTo(ends, ofKeys)
  await undoRest(
    input,
    written.filter(each => !hadAnotherValue(each)),
    open,
    ends,
  )
  await emit({ type: 'stage-ended', play: 1, stage: 1, ms: performance.now() - started })
  const unreachable = new Set(input.unreachable)
  for (const host of hosts) if (!unreachable.has(host)) await emit({ type: 'host-ended', host, end: ends.get(host)!.end })
  return ends
}

async function rollBackHosts(input: RollbackInput, hosts: readonly string[], ends: Map<string, RolledBack>): Promise<void> {
  const { sessions, forks, stop } = input
  await eachHost(
    hosts.filter(host => sessions.has(host)),
    forks,
    async host => {
      if (!stop.raised) ends.set(host, await rollBackHost(input, host))
    },
  )
}

function addTo(ends: Map<string, RolledBack>, more: ReadonlyMap<string, RolledBack>): void {
  for (const [host, { end, back }] of more) {
    const own = ends.get(host) ?? { end: 'done', back: 0 }
    ends.set(host, { end: own.end === 'done' ? end : own.end, back: own.back + back })
  }
}

/** @param input.plan of its things those that are to be put back; @param input.keepsStore the run goes on with others */
export async function rollBackHost(input: RollbackInput & { keepsStore?: boolean }, host: string): Promise<RolledBack> {
  const { plan, run, owner, sessions, emit } = input
  const session = sessions.get(host)!
  const { text, nonce } = undoProgramOf(plan.hosts[host]!, run, plan.salt, input.keepsStore)
  const lines = new ProgramLines(nonce)
  try {
    await lockHost(session, owner)
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    await emit({ type: 'host-refused', host, error: reportOf(error) })
    return { end: 'refused', back: 0 }
  }
  try {
    await session.request(text, { purpose: 'program', timeoutMs: 0, quietMs, onStdout: lines.push })
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    return lost(input, host, error)
  }
  return lines.all.some(({ type }) => type === 'end') || lines.all.at(-1)?.type === 'stopped'
    ? told(input, host, lines.all)
    : lost(input, host, new Error('the program was ended on the host'))
}

/** As a step of a run: stopping a daemon may take its time. */
const quietMs = 300_000

async function lost({ emit, run }: RollbackInput, host: string, cause: Error): Promise<RolledBack> {
  const error = new UndoLostError(host, run, { cause })
  await emit({
    type: 'item-failed',
    host,
    item: `undo.${host}`,
    role: 'rollback',
    task: 'Put things back',
    key: host,
    ms: 0,
    error: reportOf(error),
  })
  return { end: 'unknown', back: 0 }
}

async function told({ plan, emit }: RollbackInput, host: string, lines: readonly ProgramLine[]): Promise<RolledBack> {
  const things = undoable(plan.hosts[host]!)
  const named = (index: string, { key }: PlannedThing) => ({
    host,
    item: `undo.${host}.${index}`,
    role: 'rollback',
    task: `Put back ${key}`,
    key,
  })
  const result: RolledBack = { end: 'done', back: 0 }
  for (const line of lines) {
    if (line.type !== 'back' && line.type !== 'moved' && line.type !== 'failed') continue
    const thing = things[Number(line.item)]!
    if (line.type === 'back') {
      result.back++
      await emit({ type: 'item-changed', ...named(line.item, thing), ms: 0 })
      continue
    }
    result.end = 'failed'
    const error =
      line.type === 'moved'
        ? new LeftAloneError(host, thing.key, printable(line.now))
        : new NotPutBackError(host, thing.key, printable(line.words.trim()))
    await emit({ type: 'item-failed', ...named(line.item, thing), ms: 0, error: reportOf(error) })
  }
  return result
}
