import { NetplayError, reportOf } from '../errors.js'
import type { Emit, HostEnd } from '../events.js'
import { stagesToBegin } from '../plan/called-off.js'
import type { EtcdPool } from '../plan/etcd-pool.js'
import { isChange, type Plan, type Stage } from '../plan/plan.js'
import type { SourceTable } from '../plan/sources.js'
import type { CheckKind } from '../resources/resource.js'
import type { Session } from '../transport/session.js'
import { eachHost } from '../transport/each-host.js'
import { ConnectionLostError } from '../transport/errors.js'
import { leaveHost, takeHost } from './begin.js'
import { heldTogether, runHeld } from './hold.js'
import { brokenBefore } from './preconditions.js'
import { runStage } from './run-stage.js'
import { stageIsOver, type HostResult } from './stage.js'
import { confirmSources } from './upload.js'

export interface ApplyInput {
  plan: Plan
  run: string
  /** who runs what, told to whoever comes second on a host */
  owner: string
  sessions: ReadonlyMap<string, Session>
  etcd: EtcdPool
  sources: SourceTable
  /** the check kinds of the roles in the plan */
  checkKind(role: string, kind: string): CheckKind<unknown>
  /** raised by Ctrl-C: steps under way end, no others start */
  stop: StopSignal
  forks: number
  emit: Emit
}

export interface StopSignal {
  readonly raised: boolean
  /** called once, when it is raised */
  onRaised(listener: () => void): void
}

export interface Outcome {
  /** hosts of the plan, each with how it ended and what was counted */
  hosts: Map<string, HostOutcome>
  /** a stage was cut short, so later stages did not run */
  cutShort: boolean
}
export interface HostOutcome extends HostResult {
  end: HostEnd
}

/** Carry out a plan and nothing else: stages one after another, hosts of a stage side by side. */
export async function applyPlan(input: ApplyInput): Promise<Outcome> {
  const { plan, sources, emit } = input
  confirmSources(plan, sources)
  const hosts = new Map<string, HostOutcome>(Object.keys(plan.hosts).map(host => [host, { ok: 0, changed: 0, end: 'done' }]))
  const changing = hostsThatChange(plan)
  await take(input, changing, hosts)
  let cutShort = input.stop.raised
  const begun = stagesToBegin(plan)
  for (const { hold, stages } of heldTogether(begun)) {
    if (cutShort) break
    const run = hold === undefined ? inOrder(input, stages, hosts) : runHeld({ input, hold, stages, hosts, oneStage })
    cutShort = (await run) || input.stop.raised
  }
  cutShort ||= begun.length < plan.stages.length
  if (cutShort) markStopped(plan, hosts)
  // Also where nothing was to do, or the end is unknown: contents that a killed run brought stay on no host for ever.
  await eachHost(hosts.keys(), input.forks, async host => {
    await leaveHost(input.sessions.get(host)!, input.run).catch(() => undefined)
  })
  for (const [host, { end, error }] of hosts)
    await emit({ type: 'host-ended', host, end, ...(error === undefined ? {} : { error: reportOf(error) }) })
  return { hosts, cutShort }
}

/** @returns whether the run ends here */
async function inOrder(input: ApplyInput, stages: readonly Stage[], hosts: Map<string, HostOutcome>): Promise<boolean> {
  for (const stage of stages) if ((await oneStage(input, stage, hosts)) || input.stop.raised) return true
  return false
}

const hostsThatChange = (plan: Plan): string[] =>
  Object.keys(plan.hosts).filter(host => plan.stages.some(stage => stage.work[host]?.some(isChange)))

async function take(input: ApplyInput, changing: string[], hosts: Map<string, HostOutcome>) {
  await eachHost(changing, input.forks, async host => {
    try {
      await takeHost(input, input.sessions.get(host)!, input.plan.hosts[host]!)
    } catch (error) {
      if (!(error instanceof NetplayError)) throw error
      Object.assign(hosts.get(host)!, { end: error instanceof ConnectionLostError ? 'unreachable' : 'refused', error })
    }
  })
}

/** @returns whether the run ends here */
async function oneStage(input: ApplyInput, stage: Stage, hosts: Map<string, HostOutcome>): Promise<boolean> {
  // A host that failed in one play is left out of all later ones.
  const live = stage.hosts.filter(host => hosts.get(host)!.end === 'done')
  const left = { ...stage, hosts: live }
  const { emit } = input
  const started = performance.now()
  const { play, index, name, batch, batches } = stage
  await emit({ type: 'stage-started', play, stage: index, name, hosts: live, batch, batches, changes: changesIn(left) })
  const broken = await again(input, left, hosts)
  const begun = {
    ...left,
    hosts: stageIsOver(stage, broken, stage.hosts.length) ? [] : live.filter(host => hosts.get(host)!.end === 'done'),
  }
  const doneBefore = input.plan.stages
    .filter(earlier => isWork(stage) && isWork(earlier) && earlier.play === play && earlier.batch < batch)
    .flatMap(earlier => earlier.hosts)
  const result = await runStage(
    input,
    begun,
    doneBefore.filter(host => hosts.get(host)!.end === 'done'),
  )
  for (const [host, outcome] of result.hosts) {
    const known = hosts.get(host)!
    hosts.set(host, { ...known, ...outcome, ok: known.ok + outcome.ok, changed: known.changed + outcome.changed })
  }
  await emit({ type: 'stage-ended', play, stage: index, ms: performance.now() - started })
  const failed = stage.hosts.filter(host => hosts.get(host)!.end !== 'done').length
  return result.clusterFailed || (stage.hosts.length > 0 && failed === stage.hosts.length) || stageIsOver(stage, failed, stage.hosts.length)
}

/**
 * What the stage needs was judged when the plan was made; since then earlier stages have changed things. The first that changes anything comes
 * right after the plan, or after its preflight.
 * @returns how many hosts it does not begin on, because a precondition no longer holds there
 */
async function again(input: ApplyInput, stage: Stage, hosts: Map<string, HostOutcome>): Promise<number> {
  const isFirst = !input.plan.stages.some(earlier => earlier.index < stage.index && changesIn(earlier) > 0)
  const changing = stage.hosts.filter(host => stage.work[host]?.some(isChange))
  if (isFirst || input.stop.raised) return 0
  const broken = await brokenBefore(stage, changing, input)
  for (const [host, error] of broken)
    Object.assign(hosts.get(host)!, { end: error instanceof ConnectionLostError ? 'unreachable' : 'failed', error })
  return broken.size
}

/** What a hold does around the plays is no part of theirs. */
const isWork = ({ hold }: Stage) => hold === undefined || hold.does === 'change'

const changesIn = ({ hosts, work }: Stage) => hosts.flatMap(host => work[host] ?? []).filter(isChange).length

/** Hosts that had more to do: they are as planned up to where they got, and nothing is half done there. */
function markStopped(plan: Plan, hosts: Map<string, HostOutcome>) {
  for (const [host, outcome] of hosts) {
    const planned = plan.stages.flatMap(stage => stage.work[host] ?? []).length
    if (outcome.end === 'done' && outcome.ok < planned) outcome.end = 'stopped'
  }
}
