import type { ThingKey } from '../change.js'
import { NetplayError } from '../errors.js'
import type { EtcdCluster, EtcdRead, EtcdValue } from '../etcd.js'
import type { Emit } from '../events.js'
import { factsScript } from '../facts/facts-script.js'
import { parseFacts, type Facts } from '../facts/facts.js'
import type { Section } from '../resources/probe-script.js'
import type { Sources, Task } from '../resources/resource.js'
import type { ShellText } from '../shell.js'
import { eachHost } from '../transport/each-host.js'
import type { Session } from '../transport/session.js'
import { askAll } from './ask.js'
import type { HostDraft, StageDraft } from './draft.js'
import { clusterName, type EtcdPool } from './etcd-pool.js'
import type { PlanInput } from './make.js'
import { thereProbe } from './on-host.js'
import { probeOf } from './precondition.js'

/** A host that stopped answering while it was looked at; nothing was written on it. */
export type Lost = Map<string, NetplayError>

/** What hosts said of themselves so far, and those that stopped answering meanwhile. */
export interface Looked {
  facts: Map<string, Facts>
  lost: Lost
}

export const nothingSeen = (): Looked => ({ facts: new Map(), lost: new Map() })

/** The first of the two requests of a check. It needs nothing of any other host: it may be made as soon as a session is open. */
export async function readFacts(session: Session, { facts, lost }: Looked, emit: Emit): Promise<void> {
  const { host } = session
  const started = performance.now()
  const found = await orLost(host, lost, async () => parseFacts((await session.request(factsScript, { purpose: 'facts' })).stdout))
  if (found === undefined) return
  const ms = performance.now() - started
  facts.set(host, { ...found, clockOffset: offsetOf(found.clockMs, started, ms) })
  await emit({ type: 'host-facts', host, ms })
}

/** The host looked at its clock some time between question and answer: taken as the middle, known to within half. */
const offsetOf = (clockMs: number, startedMs: number, ms: number) => ({
  aheadMs: clockMs - (performance.timeOrigin + startedMs + ms / 2),
  plusMinusMs: ms / 2,
})

/** Facts of all hosts, asked where they are not known yet. Roles iterate over peers: the order is the inventory's, not that of the answers. */
export async function allFacts({ sessions, forks, emit, looked }: PlanInput): Promise<Looked> {
  const { facts, lost } = looked ?? nothingSeen()
  const open = [...sessions].filter(([host]) => !facts.has(host) && !lost.has(host))
  await eachHost(open, forks, ([, session]) => readFacts(session, { facts, lost }, emit))
  return { facts: new Map([...sessions.keys()].flatMap(host => (facts.has(host) ? [[host, facts.get(host)!]] : []))), lost }
}

/** What a host answered, by the text that was asked. */
export type Answers = Map<string, Section>

/** The second request: the probes of all tasks and preconditions of all stages, each different text once. */
export async function probeHosts(input: PlanInput, drafts: StageDraft[], sources: Sources, lost: Lost): Promise<Map<string, Answers>> {
  const answers = new Map<string, Answers>()
  const hosts = [...new Set(drafts.flatMap(draft => draft.hosts))]
  await eachHost(hosts, input.forks, async host => {
    const started = performance.now()
    const texts = textsOf(
      drafts.flatMap(draft => draft.work.get(host) ?? []),
      host,
      sources,
    )
    const sections = await orLost(host, lost, () =>
      texts.length === 0 ? Promise.resolve([]) : askAll(input.sessions.get(host)!, texts, 'probes'),
    )
    if (sections === undefined) return
    answers.set(host, new Map(texts.map((text, i) => [text.text, sections[i]!])))
    await input.emit({ type: 'host-probed', host, ms: performance.now() - started })
  })
  return answers
}

const textsOf = (drafts: HostDraft[], host: string, sources: Sources): ShellText[] => {
  const texts = drafts.flatMap(draft => [
    ...draft.tasks.flatMap(({ task }) => {
      if (task.type === 'resource') return [task.kind.probe(task.desired, sources)]
      return task.type === 'cluster' ? (task.kind.onHost?.(task.desired) ?? []).map(thereProbe) : []
    }),
    ...draft.preconditions.flatMap(({ check }) => probeOf(check, host) ?? []),
  ])
  return [...new Map(texts.map(text => [text.text, text])).values()]
}

/** Values of one cluster, read once a run; `error` when it could not be read. */
export interface ClusterView {
  cluster: EtcdCluster
  values: EtcdValue[]
  error?: Error
}

/** All that a plan is made from. */
export interface Observed {
  facts: ReadonlyMap<string, Facts>
  answers: ReadonlyMap<string, Answers>
  clusters: ReadonlyMap<string, ClusterView>
  sources: Sources
}

/** Everything that tasks and preconditions want to know of etcd, read beside the probes. */
export const readClusters = ({ etcd }: PlanInput, drafts: StageDraft[]): Promise<Map<string, ClusterView>> =>
  readViews(
    etcd,
    drafts.flatMap(({ work }) => [...work].flatMap(([host, own]) => readsOf(own).map(each => ({ host, ...each })))),
  )

/** One read of each cluster, whoever asks for what: through the hosts that ask. */
export async function readViews(
  etcd: EtcdPool,
  asked: readonly { host: string; cluster: EtcdCluster; reads: readonly EtcdRead[] }[],
): Promise<Map<string, ClusterView>> {
  const wanted = new Map<string, { cluster: EtcdCluster; reads: Map<string, EtcdRead>; hosts: Set<string> }>()
  for (const { host, cluster, reads } of asked) {
    const name = clusterName(cluster)
    const entry = wanted.get(name) ?? { cluster, reads: new Map<string, EtcdRead>(), hosts: new Set<string>() }
    wanted.set(name, entry)
    entry.hosts.add(host)
    for (const read of reads) entry.reads.set(`${read.prefix ?? false} ${read.key}`, read)
  }
  const views = [...wanted].map(async ([name, { cluster, reads, hosts }]): Promise<[string, ClusterView]> => {
    try {
      const connection = await etcd.get(cluster, [...hosts])
      return [name, { cluster, values: await connection.read([...reads.values()]) }]
    } catch (error) {
      return [name, { cluster, values: [], error: error as Error }]
    }
  })
  return new Map(await Promise.all(views))
}

/** Reads of a host's tasks and preconditions, by cluster. */
export const readsOf = (work: HostDraft): { cluster: EtcdCluster; reads: EtcdRead[] }[] => [
  ...work.tasks.flatMap(({ task }) => taskReads(task)),
  ...work.preconditions.flatMap(({ check }) => check.kind.clusterReads?.(check.params as never) ?? []),
]

export const taskReads = (task: Task): { cluster: EtcdCluster; reads: EtcdRead[] }[] => {
  if (task.type === 'cluster') return [{ cluster: task.kind.cluster(task.desired), reads: task.kind.reads(task.desired) }]
  return task.type === 'resource' ? (task.kind.clusterReads?.(task.desired) ?? []) : []
}

/** The key under which the state of an etcd key is found in the world. */
export const etcdThing = (cluster: EtcdCluster, key: string): ThingKey => `etcd${cluster.api === 'v2' ? 2 : 3}:${key}`

async function orLost<T>(host: string, lost: Lost, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    lost.set(host, error)
    return undefined
  }
}
