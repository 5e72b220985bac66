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
  /** how long a check may take to come to hold; default 15 000 */
  timeoutMs?: number
  emit: Emit
}

/** Checks that held and that did not, on one host. */
export interface Judged {
  held: number
  failed: number
}

/** The roles' health checks, one after another, on all their hosts at once. @returns counts of every host that was judged */
export async function verifyHosts({ checks, sessions, etcd, forks, timeoutMs = 15_000, emit }: VerifyInput): Promise<Map<string, Judged>> {
  const judged = new Map<string, Judged>()
  for (const { title, kind, params } of checks) {
    const reached = new Map([...params].filter(([host]) => sessions.has(host)))
    const verdicts = await judge({ title, kind, params: reached, sessions, etcd, forks, timeoutMs })
    for (const [host, verdict] of verdicts) {
      const counts = judged.get(host) ?? { held: 0, failed: 0 }
      judged.set(host, counts)
      counts[verdict.holds ? 'held' : 'failed']++
      await emit({ type: 'check-judged', check: title, host, ...verdict })
    }
  }
  return judged
}
