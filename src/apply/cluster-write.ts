import { isCalicoWrite, type CalicoWrite, type ClusterWrite } from '../calico.js'
import { printable } from '../errors.js'
import type { EtcdValue, EtcdWrite } from '../etcd.js'
import type { ClusterEtcd } from '../plan/etcd-pool.js'
import { judgedCalico } from '../resources/calico-judged.js'
import { ConnectionLostError } from '../transport/errors.js'
import { stands } from '../transport/etcd-connection.js'
import type { Session } from '../transport/session.js'
import { CalicoctlError } from './calico-errors.js'
import { keepingOthers, writeCalico, writeWithoutCalicoctl } from './calico-write.js'

/** `as-wanted`: somebody, or an earlier try, had written it already. `moved`: it is neither as planned nor as wanted, but this; nothing was written. */
export type Written = 'written' | 'as-wanted' | { moved: string }

/** The writes of one item: those of etcd in one transaction, those of calico one after another. @param session of the host that programs run on */
export async function writeAll(session: Session, etcd: ClusterEtcd, writes: readonly ClusterWrite[]): Promise<'done' | { moved?: string }> {
  const plain = writes.filter((write): write is EtcdWrite => !isCalicoWrite(write))
  if (plain.length > 0 && !(await etcd.write(plain)).done) return {}
  for (const write of writes.filter(isCalicoWrite)) {
    const written = await writeCalico(session, etcd, write)
    if (typeof written === 'object') return written
  }
  return 'done'
}

/**
 * Put one write back. Where the run itself brought calicoctl, and it is gone by now, etcd is written as calicoctl would have.
 * @param through hosts that programs may run on, the one that wrote first; one that is lost is followed by the next
 */
export async function undoOne(through: readonly Session[], etcd: ClusterEtcd, write: ClusterWrite): Promise<Written> {
  if (!isCalicoWrite(write)) return undoEtcd(etcd, write)
  const written = await undoCalico(through, etcd, write)
  const gentler = typeof written === 'object' ? keepingOthers(write) : undefined
  return gentler === undefined ? written : undoCalico(through, etcd, gentler)
}

async function undoCalico([session, ...others]: readonly Session[], etcd: ClusterEtcd, write: CalicoWrite): Promise<Written> {
  if (session === undefined) return writeWithoutCalicoctl(etcd, write)
  try {
    return await writeCalico(session, etcd, write)
  } catch (error) {
    if (error instanceof ConnectionLostError) return undoCalico(others, etcd, write)
    if (!(error instanceof CalicoctlError) || !error.isGone) throw error
    return writeWithoutCalicoctl(etcd, write)
  }
}

async function undoEtcd(etcd: ClusterEtcd, write: EtcdWrite): Promise<Written> {
  const result = await etcd.write([write])
  if (result.done) return 'written'
  const now = result.moved[0]!.value
  return now === write.value ? 'as-wanted' : { moved: printable(now ?? 'absent') }
}

/** What is no longer as a write was planned on it, for people; `undefined`: all that is known is that it moved. */
export function movedFields(write: ClusterWrite, now: EtcdValue): string | undefined {
  const judged = isCalicoWrite(write) ? judgedCalico(write, now) : undefined
  if (judged?.found === 'after') return 'by now it is as this plan wants it'
  return judged?.found === 'moved' && judged.fields.length > 0 ? printable(judged.fields.join('; ')) : undefined
}

/** Whether what a write was planned on is still there. */
export function isStanding(write: ClusterWrite, now: EtcdValue): boolean {
  if (!isCalicoWrite(write)) return stands(write, now)
  const { found } = judgedCalico(write, now)
  // What calico/node makes during the run may be there by now, as wanted even, or not yet.
  return found === 'before' || (write.before === undefined && (found === 'missing' || found === 'after'))
}
