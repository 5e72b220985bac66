import { judge } from '../apply/gate.js'
import type { Emit } from '../events.js'
import type { EtcdPool } from '../plan/etcd-pool.js'
import type { HealthCheck } from '../plan/make.js'
import type { Session } from '../transport/session.js'

export interface VerifyInput {
  checks: readonly HealthCheck[]
  sessions: ReadonlyMap<string, Session>
  etcd: EtcdPool
  forks: number
  /** how long checks that do not hold are waited for, all of them together; default 15 000 */
  timeoutMs?: number
  emit: Emit
}

/** Checks that held and that did not, on one host. */
export interface Judged {
  held: number
  failed: number
}

/** What one check is waited for where others have taken all the time: nothing of a network is still on its way then, but a packet can be lost. */
const leastMs = 5_000

/** The roles' health checks, one after another, on all their hosts at once. @returns counts of every host that was judged */
export async function verifyHosts({ checks, sessions, etcd, forks, timeoutMs = 15_000, emit }: VerifyInput): Promise<Map<string, Judged>> {
  const judged = new Map<string, Judged>()
  let leftMs = timeoutMs
  for (const { title, kind, params } of checks) {
    const reached = new Map([...params].filter(([host]) => sessions.has(host)))
    const started = performance.now()
    const verdicts = await judge({ title, kind, params: reached, sessions, etcd, forks, timeoutMs: leftMs })
    if ([...verdicts.values()].some(({ holds }) => !holds))
      leftMs = Math.max(leftMs - (performance.now() - started), Math.min(timeoutMs, leastMs))
    for (const [host, verdict] of verdicts) {
      const counts = judged.get(host) ?? { held: 0, failed: 0 }
      judged.set(host, counts)
      counts[verdict.holds ? 'held' : 'failed']++
      await emit({ type: 'check-judged', check: title, host, ...verdict })
    }
  }
  return judged
}
