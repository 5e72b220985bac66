import type { ThingKey } from '../change.js'
import { RequirementError } from '../resources/errors.js'
import type { ResourceTask } from '../resources/resource.js'
import type { PlannedThing } from './plan.js'

/** What the plan does to one thing of one host: its states, first observed, then after each task that changes it. */
interface History {
  task: ResourceTask
  states: unknown[]
  /** who set which field to what, to tell two tasks that contradict each other */
  setBy: Map<string, { title: string; after: string }>
}

/** Fields that say what happens, not what a thing should be: a daemon may be restarted in two plays, each time for another reason. */
const happenings: ReadonlySet<string> = new Set(['restart', 'reload'])

/** Collects the things of one host while its tasks are planned, and renders how each is kept and put back. */
export class Things {
  private readonly histories = new Map<ThingKey, History>()

  /** The state before any task; later calls for the same thing are ignored. */
  observe(key: ThingKey, task: ResourceTask, state: unknown): void {
    if (!this.histories.has(key)) this.histories.set(key, { task, states: [state], setBy: new Map() })
  }

  /** @throws {RequirementError} two tasks set one field of one thing differently */
  change(key: ThingKey, task: ResourceTask, fields: { field: string; after: string }[], state: unknown): void {
    const history = this.histories.get(key)!
    for (const { field, after } of fields.filter(each => !happenings.has(each.field))) {
      const earlier = history.setBy.get(field)
      if (earlier !== undefined && earlier.after !== after)
        throw new RequirementError(
          `"${earlier.title}" and "${task.title}" want ${field} of ${key} differently`,
          'Let one task say what this thing should be; nothing was changed on this host.',
        )
      history.setBy.set(field, { title: task.title, after })
    }
    history.states.push(state)
  }

  rendered(): PlannedThing[] {
    return [...this.histories].map(([key, { task, states }]) => {
      const { thing, kind } = task.kind
      const [first, ...chain] = states
      const { text, batch } = thing.fingerprintText(key, first)
      const save = chain.length > 0 ? thing.save?.(key, first) : undefined
      const undo = chain.length > 0 ? thing.undo(key, first, chain) : {}
      return {
        key,
        kind,
        chain: states.map(state => thing.fingerprint(state)).filter((fingerprint, i, all) => fingerprint !== all[i - 1]),
        fingerprintText: { text, ...(batch === undefined ? {} : { batch }) },
        ...(save === undefined ? {} : { save: save.text }),
        ...(thing.looksItself === undefined ? {} : { looksItself: true as const }),
        undo: Object.fromEntries(Object.entries(undo).flatMap(([phase, shell]) => (shell === undefined ? [] : [[phase, String(shell)]]))),
      }
    })
  }
}
