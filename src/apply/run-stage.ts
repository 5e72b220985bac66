import { NetplayError, reportOf } from '../errors.js'
import type { HostEnd } from '../events.js'
import type { ClusterItem, GateItem, HostItem, Item, Stage } from '../plan/plan.js'
import type { Verdict } from '../resources/resource.js'
import { limiter } from '../transport/each-host.js'
import { ConnectionLostError } from '../transport/errors.js'
import type { ApplyInput, HostOutcome } from './apply.js'
import { Barriers } from './barrier.js'
import { writeAll } from './cluster-write.js'
import { ClusterMovedError, GateFailedError, ProgramLostError } from './errors.js'
import { judge } from './gate.js'
import { runProgram } from './run-program.js'
import { gateKey, segmentsOf, stageIsOver, type Segment } from './stage.js'

/** The host goes no further because the run or the batch ends, not because anything went wrong on it. */
class Stopped extends Error {}

export interface StageResult {
  hosts: Map<string, HostOutcome>
  /** a write to the cluster failed: later stages were planned on it */
  clusterFailed: boolean
}

/** All hosts of one stage, side by side, each through its segments in task order. */
export async function runStage(input: ApplyInput, stage: Stage, doneBefore: string[]): Promise<StageResult> {
  return new StageRun(input, stage, doneBefore).run()
}

class StageRun {
  private readonly outcomes = new Map<string, HostOutcome>()
  private readonly written = new Map<string, PromiseWithResolvers>()
  private readonly barriers: Barriers
  private readonly limit: ReturnType<typeof limiter>
  private failed = 0
  private over = false
  private clusterFailed = false

  constructor(
    private readonly input: ApplyInput,
    private readonly stage: Stage,
    private readonly doneBefore: string[],
  ) {
    this.limit = limiter(input.forks)
    const gates = new Map(stage.hosts.map(host => [host, new Set(this.work(host).filter(isPlayGate).map(gateKey))]))
    this.barriers = new Barriers(gates, (gate, hosts) => this.judgePlayGate(gate, hosts))
    for (const item of stage.hosts.flatMap(host => this.work(host)))
      if (item.type === 'cluster') this.written.set(item.id, promiseWithResolvers())
  }

  async run(): Promise<StageResult> {
    await Promise.all(this.stage.hosts.map(host => this.host(host)))
    return { hosts: this.outcomes, clusterFailed: this.clusterFailed }
  }

  private work(host: string): Item[] {
    return this.stage.work[host] ?? []
  }

  private async host(host: string): Promise<void> {
    const outcome: HostOutcome = { ok: 0, changed: 0, end: 'done' }
    this.outcomes.set(host, outcome)
    try {
      for (const segment of segmentsOf(this.work(host))) {
        if (this.over || this.input.stop.raised) throw new Stopped()
        await this.segment(host, segment, outcome)
      }
    } catch (error) {
      if (!(error instanceof Stopped) && !(error instanceof NetplayError)) throw error
      outcome.end = endOf(error)
      if (error instanceof NetplayError) {
        outcome.error = error
        this.failed++
        this.over ||= stageIsOver(this.stage, this.failed, this.stage.hosts.length)
      }
    } finally {
      this.barriers.leave(host)
      for (const item of this.work(host)) if (item.type === 'cluster') this.written.get(item.id)!.reject(new Stopped())
    }
  }

  private async segment(host: string, segment: Segment, outcome: HostOutcome): Promise<void> {
    if (segment.type === 'program') return this.limit(() => runProgram(this.input, host, segment.items, outcome))
    const { item } = segment
    if (item.type === 'cluster') return this.told(host, item, outcome, () => this.writeCluster(host, item))
    if (item.type === 'await') return this.told(host, item, outcome, () => this.writtenBy(item.of))
    return this.told(host, item, outcome, () => this.gate(host, item))
  }

  /** The host that writes it may be left out of this run, or have failed before: then it is not written. */
  private writtenBy(item: string): Promise<void> {
    return this.written.get(item)?.promise ?? Promise.reject(new Stopped())
  }

  private async writeCluster(host: string, item: ClusterItem): Promise<void> {
    if (item.action === 'none') return
    try {
      const etcd = await this.input.etcd.get(item.cluster, [host, ...this.stage.hosts])
      const written = await writeAll(this.input.sessions.get(host)!, etcd, item.writes)
      if (written !== 'done') throw new ClusterMovedError(item.key, written.moved)
      this.written.get(item.id)!.resolve()
    } catch (error) {
      this.clusterFailed = true
      throw error
    }
  }

  private async gate(host: string, item: GateItem): Promise<void> {
    const verdict = item.scope === 'play' ? await this.barriers.arrive(gateKey(item), host) : (await this.judgeGate(item, [host])).get(host)
    if (verdict?.holds === true) return
    if (this.input.stop.raised) throw new Stopped()
    const { reason, evidence, next, stops = false } = verdict ?? notJudged
    throw new GateFailedError(host, item.task, reason, item.timeoutMs, evidence, next, stops)
  }

  private judgePlayGate(gate: string, hosts: string[]): Promise<Map<string, Verdict>> {
    const item = this.work(hosts[0]!)
      .filter(isPlayGate)
      .find(candidate => gateKey(candidate) === gate)!
    return this.judgeGate(item, hosts)
  }

  /** Hosts that this play already did are looked at as well: a batch that breaks them must not pass. */
  private async judgeGate(item: GateItem, hosts: string[]): Promise<Map<string, Verdict>> {
    const earlier = item.scope === 'play' ? this.doneBefore : []
    const own = (host: string) => this.paramsOf(item, host)
    const kind = this.input.checkKind(item.role, item.check.kind)
    const verdicts = await judge({
      title: item.task,
      kind,
      params: new Map([...earlier, ...hosts].map(host => [host, own(host)])),
      sessions: this.input.sessions,
      etcd: this.input.etcd,
      forks: this.input.forks,
      timeoutMs: item.timeoutMs,
      stopped: () => this.input.stop.raised,
      onWaiting: (host, reason, elapsedMs) => {
        if (hosts.includes(host))
          void this.input.emit({
            type: 'item-progress',
            host,
            item: this.idOf(item, host),
            text: reason,
            done: elapsedMs,
            total: item.timeoutMs,
            unit: 'ms',
          })
      },
    })
    const broken = earlier.find(host => verdicts.get(host)?.holds !== true)
    const verdict = broken === undefined ? undefined : verdicts.get(broken)
    if (broken === undefined || verdict === undefined || verdict.holds) return verdicts
    return new Map(hosts.map(host => [host, { ...verdict, reason: `${broken}, done before: ${verdict.reason}` }]))
  }

  private paramsOf(item: GateItem, host: string): unknown {
    const stages = this.input.plan.stages.filter(({ play }) => play === this.stage.play)
    const items = stages.flatMap(({ work, leftOut }) => [...(work[host] ?? []), ...(leftOut?.[host] ?? [])])
    return items.filter(isGate).find(candidate => gateKey(candidate) === gateKey(item))?.check.params ?? item.check.params
  }

  private idOf(item: GateItem, host: string): string {
    return (
      this.work(host)
        .filter(isGate)
        .find(candidate => gateKey(candidate) === gateKey(item))?.id ?? item.id
    )
  }

  /** Says that an item begins and how it ended, and counts it. */
  private async told(host: string, item: Exclude<Item, HostItem>, outcome: HostOutcome, body: () => Promise<void>): Promise<void> {
    const { id, role, task } = item
    const key = item.type === 'gate' ? `gate:${item.check.kind}` : item.key
    const action = item.type === 'cluster' ? item.action : 'none'
    const named = { host, item: id, role, task, key }
    const started = performance.now()
    await this.input.emit({ type: 'item-started', ...named, action })
    try {
      await body()
    } catch (error) {
      if (error instanceof NetplayError)
        await this.input.emit({
          type: 'item-failed',
          ...named,
          ...(item.origin === undefined ? {} : { origin: item.origin }),
          ms: performance.now() - started,
          error: reportOf(error),
        })
      throw error
    }
    outcome.ok++
    if (action !== 'none') outcome.changed++
    await this.input.emit({ type: action === 'none' ? 'item-ok' : 'item-changed', ...named, ms: performance.now() - started })
  }
}

const notJudged: Extract<Verdict, { holds: false }> = { holds: false, reason: 'it was not judged' }

const isGate = (item: Item): item is GateItem => item.type === 'gate'
const isPlayGate = (item: Item): item is GateItem => item.type === 'gate' && item.scope === 'play'

const endOf = (error: Error): HostEnd => {
  if (error instanceof Stopped) return 'stopped'
  return error instanceof ProgramLostError || error instanceof ConnectionLostError ? 'unknown' : 'failed'
}

interface PromiseWithResolvers {
  promise: Promise<void>
  resolve(): void
  reject(reason: unknown): void
}
const promiseWithResolvers = (): PromiseWithResolvers => {
  const made = {} as PromiseWithResolvers
  made.promise = new Promise<void>((resolve, reject) => Object.assign(made, { resolve, reject }))
  // Nobody may be waiting for it.
  made.promise.catch(() => undefined)
  return made
}
