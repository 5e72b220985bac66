import { NetplayError } from '../errors.js'
import { askAll } from '../plan/ask.js'
import { clusterName, type EtcdPool } from '../plan/etcd-pool.js'
import type { CheckKinds } from '../plan/make.js'
import { etcdThing, readViews, type ClusterView } from '../plan/observe.js'
import { itemsOf, type ClusterItem, type Plan, type PlanHost, type PlannedCheck } from '../plan/plan.js'
import type { SeenOfHost } from '../plan/precondition.js'
import { etcdState } from '../resources/etcd-key.js'
import { sh, ShellText } from '../shell.js'
import { eachHost } from '../transport/each-host.js'
import type { Session } from '../transport/session.js'
import { isStanding, movedFields } from './cluster-write.js'
import { ClusterMovedError, MovedError } from './errors.js'
import { appliedMark } from './host-folders.js'
import { clusterReadsOf, firstBroken, preconditionsOf, textsOf } from './preconditions.js'

export interface PreflightInput {
  plan: Plan
  sessions: ReadonlyMap<string, Session>
  etcd: EtcdPool
  forks: number
  /** the checks behind the plan's preconditions */
  checkKind: CheckKinds
}

export interface Preflight {
  /** hosts that remember this plan */
  used: string[]
  /** hosts that are not as the plan found them, where a precondition no longer holds, or that could not be asked */
  refused: Map<string, NetplayError>
  /** keys of the cluster that are not as the plan found them */
  moved: NetplayError[]
}

/**
 * Is everything still as the plan found it? Every thing of the plan is compared, also where nothing is to change, every key that it was made
 * from, and every precondition is judged again: one request a host, and one look at etcd. Nothing is written.
 */
export async function preflight(input: PreflightInput): Promise<Preflight> {
  const { plan, sessions, forks, checkKind } = input
  const used: string[] = []
  const refused = new Map<string, NetplayError>()
  const hosts = Object.keys(plan.hosts).filter(host => sessions.has(host))
  const preconditions = new Map(hosts.map(host => [host, preconditionsOf(plan, host)]))
  const answers = new Map<string, SeenOfHost['answers']>()
  const [moved, clusters] = await Promise.all([
    movedKeys(input),
    readAgain(input, preconditions),
    eachHost(hosts, forks, async host => {
      try {
        const texts = textsOf(preconditions.get(host)!, host, checkKind)
        const found = await compare(plan.id, plan.hosts[host]!, sessions.get(host)!, texts)
        answers.set(host, found.answers)
        if (found.used) used.push(host)
        if (found.moved.length > 0) refused.set(host, new MovedError(host, found.moved))
      } catch (error) {
        if (!(error instanceof NetplayError)) throw error
        refused.set(host, error)
      }
    }),
  ])
  for (const host of hosts) {
    const own = answers.get(host)
    if (own === undefined) continue
    const seen = { host, hosts, answers: own, clusters }
    const broken = firstBroken(preconditions.get(host)!, seen, checkKind, 'It held when the plan was made. Nothing was written there.')
    if (broken !== undefined && !refused.has(host)) refused.set(host, broken)
  }
  return { used, refused, moved: [...moved, ...movedReads(plan, clusters)] }
}

async function compare(plan: string, { things }: PlanHost, session: Session, asked: readonly ShellText[]) {
  const isUsed = sh`if [ -e ${appliedMark(plan)} ]; then echo used; fi`
  const prints = things.map(({ fingerprintText: { text, batch } }) => new ShellText(text, batch))
  const [mark, ...sections] = await askAll(session, [isUsed, ...prints, ...asked], 'preflight')
  const moved = things.flatMap(({ key, chain }, i) => {
    const now = sections[i]!.output.toString().trim()
    return now === chain[0] ? [] : [{ key, planned: chain[0]!, now }]
  })
  const answers = new Map(asked.map(({ text }, i) => [text, sections[things.length + i]!]))
  return { used: mark!.output.toString().trim() === 'used', moved, answers }
}

/** All that preconditions and the plan itself want to know of etcd, in one read a cluster. */
async function readAgain({ plan, etcd, checkKind }: PreflightInput, preconditions: ReadonlyMap<string, PlannedCheck[]>) {
  const anyHost = Object.keys(plan.hosts)
  const keys = plan.reads.flatMap(({ cluster, key }) => anyHost.map(host => ({ host, cluster, reads: [{ key }] })))
  return readViews(etcd, [...clusterReadsOf(preconditions, checkKind), ...keys])
}

/** Compared by meaning: who writes the same again has moved nothing. */
const movedReads = ({ reads }: Plan, clusters: ReadonlyMap<string, ClusterView>): NetplayError[] =>
  reads.flatMap(({ cluster, key, digest }) => {
    const { values = [], error } = clusters.get(clusterName(cluster)) ?? {}
    if (error instanceof NetplayError) return [error]
    if (error !== undefined) throw error
    const now = values.find(value => value.key === key) ?? { key, value: null, revision: 0 }
    return etcdState(now).digest === digest ? [] : [new ClusterMovedError(etcdThing(cluster, key))]
  })

/** Of several writes of one key only the first is about what is there now. */
async function movedKeys({ plan, etcd }: PreflightInput): Promise<NetplayError[]> {
  const written = new Map<string, { host: string; item: ClusterItem }>()
  for (const { host, item } of itemsOf(plan))
    if (item.type === 'cluster' && item.action !== 'none' && !written.has(item.key)) written.set(item.key, { host, item })
  const found = [...written.values()].map(async ({ host, item: { key, cluster, writes } }) => {
    try {
      const connection = await etcd.get(cluster, [host, ...Object.keys(plan.hosts)])
      const values = await connection.read(writes.map(write => ({ key: write.key })))
      const moved = writes.flatMap((write, i) => (isStanding(write, values[i]!) ? [] : [movedFields(write, values[i]!)]))
      return moved.length === 0
        ? []
        : [
            new ClusterMovedError(
              key,
              moved.find(words => words !== undefined),
            ),
          ]
    } catch (error) {
      if (!(error instanceof NetplayError)) throw error
      return [error]
    }
  })
  return (await Promise.all(found)).flat()
}
