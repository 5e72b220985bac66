import type { NetplayError } from '../errors.js'
import type { Emit } from '../events.js'
import type { PlannedHold, Stage } from '../plan/plan.js'
import { heldAgreement, type AgreementParams } from '../resources/held-routes-check.js'
import { comparedWords, parseHeldRoutes } from '../resources/held-routes-compare.js'
import type { Verdict } from '../resources/resource.js'
import type { ApplyInput, HostOutcome, StopSignal } from './apply.js'
import { GateFailedError } from './errors.js'
import { judge } from './gate.js'
import { extendHold, heldLines, onEach, releaseHold } from './hold-on-hosts.js'
import { putBackHeld } from './hold-undo.js'

/** Runs one stage. @returns whether the run ends there */
export type OneStage = (input: ApplyInput, stage: Stage, hosts: Map<string, HostOutcome>) => Promise<boolean>

export interface HeldInput {
  input: ApplyInput
  /** name of the hold */
  hold: string
  /** of the hold: armed first, compared and released last */
  stages: readonly Stage[]
  hosts: Map<string, HostOutcome>
  oneStage: OneStage
}

/** Stages in order, those of one hold together. */
export function heldTogether(stages: readonly Stage[]): { hold: string | undefined; stages: Stage[] }[] {
  const groups: { hold: string | undefined; stages: Stage[] }[] = []
  for (const stage of stages) {
    const last = groups.at(-1)
    if (last !== undefined && last.hold === stage.hold?.name) last.stages.push(stage)
    else groups.push({ hold: stage.hold?.name, stages: [stage] })
  }
  return groups
}

/**
 * Plays while the data path is held. All well: compared, then released. Else what they did is put back while the path is still held, unless it may
 * stay; then main and held routes must become equal, and only then it is released. If they do not, it stays held until the timers end it.
 * @returns whether the run ends here
 */
export async function runHeld(held: HeldInput): Promise<boolean> {
  return new Held(held).run()
}

class Held {
  private readonly input: ApplyInput
  private readonly begun = new Set<string>()
  private readonly planned: PlannedHold
  private armed: string[] = []
  private endsMs = 0

  constructor(private readonly held: HeldInput) {
    const { input, hold } = held
    this.planned = input.plan.holds![hold]!
    this.input = { ...input, emit: this.noting(input.emit) }
  }

  async run(): Promise<boolean> {
    const { stages, hosts, oneStage } = this.held
    let isOver = this.stop.raised
    for (const stage of stages) {
      if (stage.hold!.does === 'release' && !isOver) return this.release(stage)
      isOver ||= (await oneStage(this.input, stage, hosts)) || this.stop.raised
      if (stage.hold!.does === 'arm') await this.sayArmed(stage)
      if (isOver) break
    }
    await this.endEarly()
    return true
  }

  private get stop(): StopSignal {
    return this.held.input.stop
  }

  /** All is equal, so nothing is lost by it: not asked to stop any more. */
  private async release(stage: Stage): Promise<boolean> {
    const routes = await this.routes(this.armed)
    const isOver = await this.held.oneStage({ ...this.input, stop: never }, stage, this.held.hosts)
    await this.say(isOver ? 'left' : 'released', routes)
    return isOver || this.stop.raised
  }

  private async sayArmed({ hosts }: Stage) {
    const { input, hold } = this.held
    this.armed = hosts.filter(host => this.held.hosts.get(host)!.end === 'done')
    this.endsMs = Date.now() + this.planned.timeoutSeconds * 1000
    const routes = await this.routes(this.armed)
    const count = [...routes.values()].reduce((sum, { total }) => sum + total, 0)
    await input.emit({ type: 'hold-armed', hold, hosts: this.armed, routes: count, until: new Date(this.endsMs).toISOString() })
  }

  private async endEarly() {
    const { stages, hosts, input, hold } = this.held
    const reason = this.reason()
    const mayStay = this.mayStay()
    // Hosts whose arming failed may hold in part.
    const all = stages[0]!.hosts
    const { reached, holding } = await extendHold(input, this.planned, all)
    this.endsMs = Date.now() + this.planned.timeoutSeconds * 1000
    const changes = stages.filter(stage => stage.hold!.does === 'change' && itemsIn(stage).some(id => this.begun.has(id)))
    if (!mayStay && changes.length > 0) {
      await input.emit({ type: 'hold-undoing', hold, hosts: this.armed, ...reason })
      await putBackHeld({ ...this.input, stop: never }, changes, this.begun, hosts)
    }
    const disagreeing = await this.untilEqual(holding)
    const routes = await this.routes(reached)
    if (disagreeing.length > 0) return this.say('left', routes, reason)
    const released = await releaseHold(input, this.planned, reached)
    const isAll = released.length === reached.length && reached.length === all.length
    return this.say(!isAll ? 'left' : mayStay ? 'kept' : 'undone', routes, reason)
  }

  /** Nobody failed in a way that what was done must go. */
  private mayStay(): boolean {
    const errors = this.errors()
    return !this.stop.raised && errors.length > 0 && errors.every(({ error }) => error instanceof GateFailedError && error.stops)
  }

  private errors(): { host: string; error: NetplayError }[] {
    const { stages, hosts } = this.held
    const of = new Set(stages.flatMap(stage => stage.hosts))
    return [...hosts].flatMap(([host, { error }]) => (of.has(host) && error !== undefined ? [{ host, error }] : []))
  }

  private reason(): { reason?: string } {
    const [first] = this.errors()
    if (first !== undefined) return { reason: `${first.host}: ${first.error.message}` }
    return this.stop.raised ? { reason: 'the run was interrupted' } : {}
  }

  /** @returns hosts where main and held routes are not equal at the end; the gate's own deadline counts */
  private async untilEqual(hosts: readonly string[]): Promise<string[]> {
    const { input, stages } = this.held
    const gate = stages
      .flatMap(stage => Object.values(stage.work).flat())
      .find(item => item.type === 'gate' && item.check.kind === heldAgreement.kind)
    const params = gate?.type === 'gate' ? (gate.check.params as AgreementParams) : { words: this.planned.words }
    const verdicts = await judge({
      title: 'Held routes are in main again',
      kind: heldAgreement,
      params: new Map(hosts.map(host => [host, params])),
      sessions: input.sessions,
      etcd: input.etcd,
      forks: input.forks,
      timeoutMs: gate?.type === 'gate' ? gate.timeoutMs : 120_000,
    })
    return hosts.filter(host => !isEqual(verdicts.get(host)))
  }

  /** Held routes of each host, and how many of them main has. */
  private async routes(hosts: readonly string[]): Promise<Map<string, Counted>> {
    const found = await onEach(this.held.input, hosts, async session => {
      const routes = parseHeldRoutes(await heldLines(session, this.planned))
      return { total: routes.length, equal: routes.filter(({ found: how }) => how === 'same').length, words: comparedWords(routes) }
    })
    return found
  }

  private async say(end: 'released' | 'undone' | 'kept' | 'left', routes: ReadonlyMap<string, Counted>, reason: { reason?: string } = {}) {
    const { input, hold } = this.held
    const counted = [...routes.values()]
    const sum = (field: 'total' | 'equal') => counted.reduce((total, each) => total + each[field], 0)
    const differing = [...routes].flatMap(([host, { equal, total, words }]) => (equal === total ? [] : [{ host, words }]))
    await input.emit({
      type: 'hold-ended',
      hold,
      end,
      hosts: this.armed,
      routes: sum('total'),
      equal: sum('equal'),
      differing,
      ...reason,
      ...(end === 'left' ? { until: new Date(this.endsMs).toISOString() } : {}),
    })
  }

  /** What never began in the cluster is not ours to undo. */
  private readonly noting =
    (emit: Emit): Emit =>
    async event => {
      if (event.type === 'item-started') this.begun.add(event.item)
      await emit(event)
    }
}

interface Counted {
  total: number
  equal: number
  words: string
}

const isEqual = (verdict: Verdict | undefined) => verdict?.holds === true

const itemsIn = ({ work }: Stage) => Object.values(work).flatMap(items => items.map(({ id }) => id))

const never: StopSignal = { raised: false, onRaised: () => undefined }
