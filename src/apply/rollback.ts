import { NetplayError, printable, reportOf } from '../errors.js'
import type { Emit, HostEnd } from '../events.js'
import type { ClusterWrite } from '../calico.js'
import type { ClusterEtcd, EtcdPool } from '../plan/etcd-pool.js'
import { isChange, itemsOf, type ClusterItem, type Plan, type PlannedThing } from '../plan/plan.js'
import { eachHost } from '../transport/each-host.js'
import type { Session } from '../transport/session.js'
import type { StopSignal } from './apply.js'
import { undoOne } from './cluster-write.js'
import { LeftAloneError, NotPutBackError, UndoLostError } from './errors.js'
import { lockHost } from './lock.js'
import { ProgramLines, type ProgramLine } from './program-line.js'
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
 * Put back what a run did, wherever it got to. Hosts first; then what it wrote to the cluster, and only while that is still what it wrote, and
 * only when every host is back: a host never runs without what the cluster tells it.
 */
export async function rollBack(input: RollbackInput): Promise<Map<string, RolledBack>> {
  const { plan, sessions, forks, stop, emit } = input
  const hosts = Object.keys(plan.hosts).filter(host => plan.stages.some(stage => stage.work[host]?.some(isChange)))
  const cluster = await openWritten(input)
  const ends = new Map<string, RolledBack>(hosts.map(host => [host, { end: 'stopped', back: 0 }]))
  const stage = { play: 1, stage: 1, name: `put back what run ${input.run} did`, hosts, batch: 1, batches: 1, changes: hosts.length }
  await emit({ type: 'stage-started', ...stage })
  const started = performance.now()
  await eachHost(
    hosts.filter(host => sessions.has(host)),
    forks,
    async host => {
      if (!stop.raised) ends.set(host, await rollBackHost(input, host))
    },
  )
  const unreachable = new Set(input.unreachable)
  const open = hosts.filter(host => unreachable.has(host) || ends.get(host)!.end !== 'done')
  if (open.length === 0) for (const written of cluster.reverse()) await undoWrite(input, written, ends)
  else
    for (const { item } of cluster)
      await emit({ type: 'warning', message: `${item.key} in etcd is left as it is, because ${open.join(', ')} may still need it` })
  await emit({ type: 'stage-ended', play: 1, stage: 1, ms: performance.now() - started })
  for (const host of hosts) if (!unreachable.has(host)) await emit({ type: 'host-ended', host, end: ends.get(host)!.end })
  return ends
}

export interface Written {
  host: string
  item: ClusterItem
  etcd: ClusterEtcd
}

/** Opened before any host is touched: credentials may be among what is put back. */
export async function openWritten({ plan, begun, etcd }: RollbackInput): Promise<Written[]> {
  const items = itemsOf(plan).flatMap(({ host, item }) =>
    item.type === 'cluster' && item.undo.length > 0 && begun.has(item.id) ? [{ host, item }] : [],
  )
  return Promise.all(
    items.map(async ({ host, item }) => ({ host, item, etcd: await etcd.get(item.cluster, [host, ...Object.keys(plan.hosts)]) })),
  )
}

export async function undoWrite(
  { emit, sessions }: Pick<RollbackInput, 'emit' | 'sessions'>,
  { host, item, etcd }: Written,
  ends: Map<string, RolledBack>,
) {
  const named = { host, item: item.id, role: item.role, task: `Put back ${item.key}`, key: item.key }
  const started = performance.now()
  const end = ends.get(host) ?? { end: 'done', back: 0 }
  ends.set(host, end)
  await emit({ type: 'item-started', ...named, action: 'change' })
  try {
    const through = [host, ...sessions.keys()].flatMap(name => sessions.get(name) ?? [])
    const back = await Promise.all(item.undo.map(write => putBack(host, through, etcd, write)))
    if (back.includes(true)) end.back++
    await emit({ type: back.includes(true) ? 'item-changed' : 'item-ok', ...named, ms: performance.now() - started })
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    end.end = 'failed'
    await emit({ type: 'item-failed', ...named, ms: performance.now() - started, error: reportOf(error) })
  }
}

/** @returns false: it was as before, so the run never got to write it. @throws {LeftAloneError} it is somebody else's by now */
async function putBack(host: string, through: readonly Session[], etcd: ClusterEtcd, write: ClusterWrite): Promise<boolean> {
  const result = await undoOne(through, etcd, write)
  if (typeof result === 'object') throw new LeftAloneError(host, write.key, result.moved)
  return result === 'written'
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
