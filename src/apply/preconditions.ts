import { setTimeout as sleep } from 'node:timers/promises'
import { NetplayError } from '../errors.js'
import { askAll } from '../plan/ask.js'
import type { EtcdPool } from '../plan/etcd-pool.js'
import { readViews } from '../plan/observe.js'
import type { CheckKinds } from '../plan/make.js'
import type { Plan, PlannedCheck, Stage } from '../plan/plan.js'
import { judgePrecondition, preconditionError, probeOf, type SeenOfHost } from '../plan/precondition.js'
import type { ShellText } from '../shell.js'
import { eachHost } from '../transport/each-host.js'
import type { Session } from '../transport/session.js'

interface Asking {
  sessions: ReadonlyMap<string, Session>
  etcd: EtcdPool
  checkKind: CheckKinds
  forks: number
}

/** Each different precondition of a host, over all stages. */
export function preconditionsOf({ stages }: Pick<Plan, 'stages'>, host: string): PlannedCheck[] {
  const all = stages.flatMap(({ preconditions }) => preconditions?.[host] ?? [])
  return [...new Map(all.map(check => [JSON.stringify(check), check])).values()]
}

/** What these preconditions ask the host, each different text once. */
export function textsOf(checks: readonly PlannedCheck[], host: string, checkKind: CheckKinds): ShellText[] {
  const texts = checks.flatMap(({ role, kind, params }) => probeOf({ kind: checkKind(role, kind), params }, host) ?? [])
  return [...new Map(texts.map(text => [text.text, text])).values()]
}

/** What they want to know of etcd. */
export const clusterReadsOf = (byHost: ReadonlyMap<string, PlannedCheck[]>, checkKind: CheckKinds) =>
  [...byHost].flatMap(([host, checks]) =>
    checks.flatMap(({ role, kind, params }) => (checkKind(role, kind).clusterReads?.(params) ?? []).map(each => ({ host, ...each }))),
  )

/** @returns what is told of the first one that does not hold. @param leftAs what was written until now */
export function firstBroken(
  checks: readonly PlannedCheck[],
  seen: SeenOfHost,
  checkKind: CheckKinds,
  leftAs: string,
): NetplayError | undefined {
  for (const { role, title, kind, params } of checks)
    try {
      const verdict = judgePrecondition({ kind: checkKind(role, kind), params }, seen)
      if (!verdict.holds) return preconditionError(seen.host, title, verdict, leftAs)
    } catch (error) {
      if (!(error instanceof NetplayError)) throw error
      return error
    }
  return undefined
}

/** What an earlier stage restarted may take a moment to answer. */
const patienceMs = 10_000
const pauseMs = 1_000

/**
 * Do the preconditions of a stage still hold, now that earlier stages are done? One request a host, and one look at etcd. Asked on hosts that the
 * stage changes something on: the others have nothing to lose. What does not hold is asked again for a while.
 * @returns what is wrong, by host
 */
export async function brokenBefore(stage: Stage, changing: readonly string[], asking: Asking): Promise<Map<string, NetplayError>> {
  const started = performance.now()
  let open = new Map(changing.map(host => [host, stage.preconditions?.[host] ?? []] as const).filter(([, checks]) => checks.length > 0))
  for (;;) {
    const broken = await look(open, asking)
    if (broken.size === 0 || performance.now() - started + pauseMs > patienceMs) return broken
    open = new Map([...open].filter(([host]) => broken.has(host)))
    await sleep(pauseMs)
  }
}

async function look(byHost: ReadonlyMap<string, PlannedCheck[]>, { sessions, etcd, checkKind, forks }: Asking) {
  const broken = new Map<string, NetplayError>()
  const answers = new Map<string, SeenOfHost['answers']>()
  const [clusters] = await Promise.all([
    readViews(etcd, clusterReadsOf(byHost, checkKind)),
    eachHost([...byHost], forks, async ([host, checks]) => {
      try {
        answers.set(host, await askedOf(sessions.get(host)!, textsOf(checks, host, checkKind)))
      } catch (error) {
        if (!(error instanceof NetplayError)) throw error
        broken.set(host, error)
      }
    }),
  ])
  for (const [host, own] of answers) {
    const seen = { host, hosts: [...sessions.keys()], answers: own, clusters }
    const error = firstBroken(byHost.get(host)!, seen, checkKind, 'What earlier plays did there stands; this one wrote nothing there.')
    if (error !== undefined) broken.set(host, error)
  }
  return broken
}

async function askedOf(session: Session, texts: readonly ShellText[]): Promise<SeenOfHost['answers']> {
  const sections = texts.length === 0 ? [] : await askAll(session, texts, 'preconditions')
  return new Map(texts.map(({ text }, i) => [text, sections[i]!]))
}
