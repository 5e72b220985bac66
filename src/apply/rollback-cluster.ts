import { isCalicoWrite, type ClusterWrite } from '../calico.js'
import { NetplayError, reportOf } from '../errors.js'
import { itemsOf, type ClusterItem } from '../plan/plan.js'
import type { ClusterEtcd } from '../plan/etcd-pool.js'
import type { Session } from '../transport/session.js'
import { undoOne } from './cluster-write.js'
import { LeftAloneError } from './errors.js'
import type { RollbackInput, RolledBack } from './rollback.js'

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

/** Put back what waits for the hosts. @param open hosts that are not back */
export async function undoRest(input: RollbackInput, written: readonly Written[], open: readonly string[], ends: Map<string, RolledBack>) {
  if (open.length === 0) for (const each of written) await undoWrite(input, each, ends)
  else
    for (const { item } of written)
      await input.emit({ type: 'warning', message: `${item.key} in etcd is left as it is, because ${open.join(', ')} may still need it` })
}

/** Neither made nor taken away by the run. What calico keeps is read all the time, not at a start. */
export const hadAnotherValue = ({ item }: Written): boolean =>
  item.undo.every(write => !isCalicoWrite(write) && write.value !== null && typeof write.ifValue === 'string')
