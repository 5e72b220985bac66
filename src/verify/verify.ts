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

export interface VerifyResult {
  held: number
  judged: number
  /** hosts on which a check does not hold */
  failed: Set<string>
}

/** The roles' health checks, one after another, on all their hosts at once. */
export async function verifyHosts({ checks, sessions, etcd, forks, timeoutMs = 15_000, emit }: VerifyInput): Promise<VerifyResult> {
  const result: VerifyResult = { held: 0, judged: 0, failed: new Set() }
  for (const { title, kind, params } of checks) {
    const reached = new Map([...params].filter(([host]) => sessions.has(host)))
    const verdicts = await judge({ title, kind, params: reached, sessions, etcd, forks, timeoutMs })
    for (const [host, verdict] of verdicts) {
      result.judged++
      if (verdict.holds) result.held++
      else result.failed.add(host)
      await emit({ type: 'check-judged', check: title, host, ...verdict })
    }
  }
  return result
}
