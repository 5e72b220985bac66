import { actionOf, type ThingKey } from '../change.js'
import { formatOrigin, InputError, NetplayError } from '../errors.js'
import { shownOrigin } from '../playbook/role-error.js'
import type { GateTask, ResourceTask, Slot } from '../resources/resource.js'
import type { DraftCheck, DraftTask, HostDraft, StageDraft } from './draft.js'
import type { Observed } from './observe.js'
import type { GateItem, HostItem, Item, PlanHost, PlannedCheck, PlannedWarning, Stage } from './plan.js'
import { judgePrecondition, preconditionError } from './precondition.js'
import { ClusterPredictions, type ItemBase } from './predict-cluster.js'
import { inOrder, Results } from './results.js'
import { Things } from './things.js'
import { Overlay } from './world.js'

export interface Refusal {
  role?: string
  task?: string
  origin?: string
  error: NetplayError
}

interface HostView {
  world: Overlay
  things: Things
  slots: Map<string, Slot>
  adopt: string[]
}

/** Walks the stages in order and predicts: what each task finds, changes and leaves, on each host and in the cluster. */
export class Predictions {
  readonly refused = new Map<string, Refusal>()
  private readonly warned = new Map<string, Set<string>>()
  private readonly hosts = new Map<string, HostView>()
  private readonly cluster: ClusterPredictions
  private readonly results = new Results()
  /** a stage so far changes something */
  private hasChanges = false

  constructor(private readonly observed: Observed) {
    this.cluster = new ClusterPredictions(observed)
  }

  /** keys of etcd that an item writes after having read them */
  get written(): ReadonlySet<ThingKey> {
    return this.cluster.written
  }

  stage({ play, batch, batches, hosts, work, hold, unreached = 0, calledOff }: StageDraft, index: number): Stage {
    const planned: Record<string, Item[]> = {}
    for (const host of hosts) {
      if (this.refused.has(host) || !this.observed.answers.has(host)) continue
      const items = this.host(host, work.get(host)!, `s${index}.${host}`, play.index)
      if (items !== undefined) planned[host] = items
    }
    this.hasChanges ||= Object.values(planned).some(items =>
      items.some(item => item.type === 'await' || ('action' in item && item.action !== 'none')),
    )
    // With nothing changed so far there is nothing to gate; a stage that changes nothing itself gates what earlier ones did.
    const leftOut: Record<string, GateItem[]> = {}
    if (!this.hasChanges)
      for (const [host, items] of Object.entries(planned)) {
        planned[host] = items.filter(item => item.type !== 'gate')
        const gates = items.filter((item): item is GateItem => item.type === 'gate' && item.scope === 'play')
        if (batch < batches && gates.length > 0) leftOut[host] = gates
      }
    return {
      index,
      play: play.index,
      name: play.name,
      batch,
      batches,
      hosts: Object.keys(planned),
      // Whoever fails within a hold ends it for all.
      anyErrorsFatal: hold !== undefined || (play.anyErrorsFatal ?? false),
      ...(hold === undefined ? {} : { hold }),
      ...(play.maxFailPercentage === undefined
        ? {}
        : { maxFailPercentage: play.maxFailPercentage, ...(unreached > 0 ? { unreached } : {}) }),
      ...(calledOff === undefined ? {} : { calledOff }),
      work: planned,
      ...(Object.keys(leftOut).length === 0 ? {} : { leftOut }),
      preconditions: Object.fromEntries(Object.keys(planned).map(host => [host, askedAgain(work.get(host)!)])),
    }
  }

  /** Of hosts that are planned; what is odd on a refused host is told with its refusal, or when it is mended. */
  warnings(): PlannedWarning[] {
    return [...this.warned].flatMap(([message, hosts]) => {
      const planned = [...hosts].filter(host => !this.refused.has(host))
      return planned.length === 0 ? [] : [{ hosts: planned, message }]
    })
  }

  /** What the plan keeps of a host besides its items. */
  hostPart(host: string): Omit<PlanHost, 'connection'> {
    const view = this.hosts.get(host)
    const skipped = this.results.skippedOn(host)
    return {
      things: view?.things.rendered() ?? [],
      slots: [...(view?.slots.values() ?? [])],
      adopt: view?.adopt ?? [],
      ...(skipped === 0 ? {} : { skipped }),
    }
  }

  private host(host: string, draft: HostDraft, prefix: string, play: number): Item[] | undefined {
    const view = this.view(host)
    let at: DraftTask | undefined
    try {
      if (draft.error !== undefined) throw draft.error.cause
      for (const precondition of draft.preconditions) this.judge(host, precondition)
      return inOrder(draft).flatMap((next, i) => {
        if (!('task' in next)) {
          this.results.skip(play, next.of ?? [host], next)
          return []
        }
        at = next
        const { control } = next
        if (control === undefined) return [this.item(host, view, next, `${prefix}.${i + 1}`)]
        const of = control.of ?? [host]
        if (control.decide?.(this.results.of(of[0]!)) === false) {
          this.results.skip(play, of, control)
          return []
        }
        const item = this.item(host, view, next, `${prefix}.${i + 1}`)
        this.results.run(play, of, control, 'action' in item && item.action !== 'none')
        return [item]
      })
    } catch (error) {
      if (!(error instanceof NetplayError)) throw error
      // What is wrong on the controller is wrong for every host: it ends the run.
      if (error instanceof InputError && at !== undefined) throw positioned(error, at.task)
      const role = at?.role.name ?? draft.error?.role
      this.refused.set(host, {
        ...(role === undefined ? {} : { role }),
        ...(at === undefined ? {} : { task: at.task.title, origin: formatOrigin(at.task.origin) }),
        error,
      })
      return undefined
    }
  }

  private item(host: string, view: HostView, { role, task }: DraftTask, id: string): Item {
    const base = { id, role: role.name, task: task.title }
    if (task.type === 'gate') return gateItem(base, task)
    const item = task.type === 'cluster' ? this.cluster.item(host, view.world, base, task) : this.hostItem(host, view, base, task)
    return 'action' in item && item.action !== 'none' ? { ...item, origin: formatOrigin(task.origin) } : item
  }

  private hostItem(host: string, view: HostView, base: ItemBase, task: ResourceTask): HostItem {
    const { kind, desired } = task
    const { world, things } = view
    const key = kind.key(desired)
    const own = this.answerOf(host, task, key)
    const observed = world.has(key) ? world.state(key) : own
    things.observe(key, task, observed)
    const changes = kind.diff(desired, observed, world)
    const after = changes.length === 0 ? observed : kind.after(desired, observed, world)
    const adopt = kind.adopt?.(desired, own, world)
    if (adopt !== undefined) view.adopt.push(adopt.text)
    const expects = kind.thing.fingerprint(observed)
    const fixed = {
      ...base,
      type: 'host' as const,
      kind: kind.kind,
      key,
      expects,
      changes,
      ...(task.as === undefined ? {} : { as: task.as }),
    }
    world.set(key, after)
    if (changes.length === 0) return { ...fixed, action: 'none', steps: [], slots: [] }
    // The steps see the world as it is when they run: before this task.
    const before = new Overlay(world.salt, source => world.source(source), world)
    before.set(key, observed)
    const slots = kind.slots?.(desired, before) ?? []
    for (const slot of slots) view.slots.set(slot.name, slot)
    things.change(
      key,
      task,
      changes.map(({ field, after: to }) => ({ field, after: JSON.stringify(to) })),
      after,
    )
    const becomes = kind.thing.fingerprint(after)
    return {
      ...fixed,
      action: kind.action?.(desired, observed, changes) ?? actionOf(changes),
      ...(becomes === expects ? {} : { becomes }),
      steps: kind.steps(desired as never, observed, before).map(String),
      slots: slots.map(({ name }) => name),
    }
  }

  /** What the probe of this very task found: units judge their own inputs, whoever asked about the unit first. */
  private answerOf(host: string, { kind, desired }: ResourceTask, key: string): unknown {
    const text = kind.probe(desired, this.observed.sources).text
    const section = this.observed.answers.get(host)?.get(text)
    if (section === undefined) throw new RangeError(`${key} was not probed on ${host}`)
    return kind.parse(section.output, desired)
  }

  private judge(host: string, { check }: DraftCheck): void {
    const { answers, clusters } = this.observed
    const verdict = judgePrecondition(check, { host, hosts: [...answers.keys()], answers: answers.get(host)!, clusters })
    if (!verdict.holds) throw preconditionError(host, check.title, verdict, 'Nothing was changed on any host.')
    if (verdict.warning === undefined) return
    const message = `${check.title}: ${verdict.warning}`
    this.warned.set(message, (this.warned.get(message) ?? new Set()).add(host))
  }

  private view(host: string): HostView {
    const { sources } = this.observed
    const known = this.hosts.get(host) ?? {
      world: new Overlay(sources.salt, source => sources.source(source), this.cluster.world),
      things: new Things(),
      slots: new Map<string, Slot>(),
      adopt: [],
    }
    this.hosts.set(host, known)
    return known
  }
}

/** What looks at nothing but parameters and facts would say the same again. */
const askedAgain = ({ preconditions }: HostDraft): PlannedCheck[] =>
  preconditions.flatMap(({ role, check: { title, kind, params } }) =>
    kind.probe === undefined && kind.clusterReads === undefined ? [] : [{ role: role.name, title, kind: kind.kind, params }],
  )

const positioned = (error: InputError, { title, origin }: DraftTask['task']): InputError =>
  error.details.origin === undefined
    ? new InputError(`${title}: ${error.problem}`, { ...error.details, origin: shownOrigin(origin), next: error.next, cause: error })
    : error

const gateItem = (base: ItemBase, { check, timeoutMs }: GateTask): GateItem => ({
  ...base,
  type: 'gate',
  scope: check.kind.scope,
  check: { kind: check.kind.kind, params: check.params },
  timeoutMs,
})
