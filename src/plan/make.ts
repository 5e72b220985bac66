import { randomBytes, randomUUID } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { resolve } from 'node:path'
import type { NetplayError } from '../errors.js'
import { reportOf } from '../errors.js'
import type { Emit } from '../events.js'
import type { Playbook } from '../playbook/model.js'
import type { CheckKind } from '../resources/resource.js'
import type { Session } from '../transport/session.js'
import type { OpenVault } from '../vaulted.js'
import { version } from '../version.js'
import { draftStages, type StageDraft } from './draft.js'
import { neededHolds, plannedHolds, timersThatCameFirst, withoutIdleHolds } from './hold.js'
import type { EtcdPool } from './etcd-pool.js'
import { allFacts, probeHosts, readClusters, type Looked, type Lost, type Observed } from './observe.js'
import { Predictions } from './predict.js'
import { plannedReads } from './reads.js'
import type { Plan, PlannedRole, PlanSource } from './plan.js'
import { resolveSources, type SourceTable } from './sources.js'
import { plannedEvents, planMade } from './tell.js'
import type { WorksAs } from './work-as.js'

export interface PlanInput {
  playbook: Playbook
  /** open sessions of the hosts that could be reached, in inventory order */
  sessions: ReadonlyMap<string, Session>
  /** of hosts that were asked while others were still connecting */
  looked?: Looked
  /** how each host was reached, without secrets: kept in the plan */
  connections: ReadonlyMap<string, Record<string, unknown>>
  /** default: everything as whom the host's shell is of */
  worksAs?: WorksAs
  /** opens what is encrypted on the controller; default: nothing can be opened */
  openVault?: OpenVault
  etcd: EtcdPool
  options: { tags: string[]; skipTags: string[] }
  source: PlanSource
  forks: number
  emit: Emit
}

export interface MadePlan {
  plan: Plan
  /** hosts that cannot be planned: a requirement or precondition does not hold there */
  refused: Map<string, NetplayError>
  /** hosts that stopped answering while they were looked at */
  lost: Lost
  /** contents on the controller that the plan's slots mean */
  sources: SourceTable
  /** the checks behind the plan's gates and preconditions, by role and kind */
  checkKind: CheckKinds
  /** the roles' health checks, each with the hosts that it is judged on */
  checks: HealthCheck[]
}

/** One check of a role on the hosts of its play. */
export interface HealthCheck {
  role: string
  title: string
  kind: CheckKind<unknown>
  params: Map<string, unknown>
}

export type CheckKinds = (role: string, kind: string) => CheckKind<unknown>

/** plays x hosts -> Plan: facts, probes, prediction. Two requests a host, and nothing is written anywhere. */
export async function makePlan(input: PlanInput): Promise<MadePlan> {
  const started = performance.now()
  const { facts, lost } = await allFacts(input)
  const drafts = draftStages(input, facts)
  const salt = randomBytes(16).toString('hex')
  const sources = await resolveSources(drafts.flatMap(sourcesOf), { dir: input.playbook.dir, salt, openVault: input.openVault })
  const [answers, clusters] = await Promise.all([probeHosts(input, drafts, sources, lost), readClusters(input, drafts)])
  await sayLost(input.emit, lost)

  const { predictions, stages, kept } = await predicted(drafts, { facts, answers, clusters, sources }, input.emit)
  const hosts = [...facts.keys()].filter(host => answers.has(host) && !predictions.refused.has(host))
  const holds = plannedHolds(kept)
  const { absent } = input.playbook
  const plan: Plan = {
    format: 1,
    netplay: version,
    id: randomUUID(),
    madeAt: new Date().toISOString(),
    madeBy: `${userInfo().username}@${hostname()}`,
    salt,
    source: input.source,
    roles: rolesOf(input.playbook),
    hosts: Object.fromEntries(hosts.map(host => [host, { connection: input.connections.get(host) ?? {}, ...predictions.hostPart(host) }])),
    plays: input.playbook.plays.map(({ index, name, hosts }) => ({ index, name, hosts: hosts.map(host => host.name) })),
    stages,
    ...(holds === undefined ? {} : { holds }),
    ...(absent.length === 0 ? {} : { absent: Object.fromEntries(absent.map(({ name, reason }) => [name, reason])) }),
    reads: plannedReads(kept, new Set(hosts), clusters, predictions.written),
    warnings: predictions.warnings(),
  }
  await sayPlan(input.emit, plan, predictions, performance.now() - started)
  return {
    plan,
    refused: new Map([...predictions.refused].map(([host, { error }]) => [host, error])),
    lost,
    sources,
    checkKind: checkKindsOf(drafts),
    checks: healthChecks(drafts),
  }
}

/** Predicted with every hold first: one that nothing of its plays needs is left out, and the rest is as if it were not there. */
async function predicted(drafts: StageDraft[], observed: Observed, emit: Emit) {
  const all = predictionOf(drafts, observed)
  for (const message of timersThatCameFirst(all.stages)) await emit({ type: 'warning', message })
  const kept = withoutIdleHolds(drafts, neededHolds(all.stages))
  return { kept, ...(kept.length === drafts.length ? all : predictionOf(kept, observed)) }
}

function predictionOf(drafts: readonly StageDraft[], observed: Observed) {
  const predictions = new Predictions(observed)
  return { predictions, stages: drafts.map((draft, index) => predictions.stage(draft, index + 1)) }
}

const checkKindsOf = (drafts: StageDraft[]): CheckKinds => {
  const work = drafts.flatMap(draft => [...draft.work.values()])
  const gates = work.flatMap(({ tasks }) => tasks.flatMap(({ role, task }) => (task.type === 'gate' ? [{ role, check: task.check }] : [])))
  const checks = [...gates, ...work.flatMap(({ preconditions }) => preconditions)]
  const kinds = new Map(checks.map(({ role, check: { kind } }) => [`${role.name} ${kind.kind}`, kind as CheckKind<unknown>]))
  return (role, kind) => kinds.get(`${role} ${kind}`)!
}

function healthChecks(drafts: StageDraft[]): HealthCheck[] {
  const found = new Map<string, HealthCheck>()
  for (const { play, work } of drafts)
    for (const [host, { checks }] of work)
      for (const { role, check } of checks) {
        const name = `${play.index} ${role.name} ${check.kind.kind} ${check.title}`
        const known = found.get(name) ?? {
          role: role.name,
          title: check.title,
          kind: check.kind,
          params: new Map<string, unknown>(),
        }
        found.set(name, known)
        known.params.set(host, check.params)
      }
  return [...found.values()]
}

const sourcesOf = ({ work }: StageDraft) =>
  [...work.values()].flatMap(({ tasks }) =>
    tasks.flatMap(({ task }) => (task.type === 'resource' ? (task.kind.sources?.(task.desired) ?? []) : [])),
  )

const rolesOf = (playbook: Playbook): PlannedRole[] => {
  const roles = playbook.plays.flatMap(play => play.roles.map(use => use.role))
  return [...new Map(roles.map(({ name, file, digest, shipped }) => [file, { name, file: resolve(file), digest, shipped }])).values()]
}

async function sayLost(emit: Emit, lost: Lost) {
  for (const [host, error] of lost) await emit({ type: 'host-unreachable', host, error: reportOf(error) })
}

async function sayPlan(emit: Emit, plan: Plan, predictions: Predictions, ms: number) {
  for (const event of plannedEvents(plan)) await emit(event)
  for (const [host, { role, task, origin, error }] of predictions.refused)
    await emit({
      type: 'host-refused',
      host,
      ...(role === undefined ? {} : { role }),
      ...(task === undefined ? {} : { task }),
      ...(origin === undefined ? {} : { origin }),
      error: reportOf(error),
    })
  await emit(planMade(plan, ms))
}
