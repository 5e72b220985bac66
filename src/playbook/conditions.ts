import type { Variables } from '../inventory/model.js'
import { condition } from '../templates/evaluate.js'
import { UndefinedVariable, type Scope } from '../templates/scope.js'
import { errorAt } from '../error-at.js'
import type { Condition } from './written-task.js'

/** What is known of a task that was registered, before it runs: a plan says what changes. `results`: of each item of its loop. */
export interface TaskResult {
  changed: boolean
  skipped: boolean
  failed: false
  unreachable: false
  results?: TaskResult[]
}
export type Registered = ReadonlyMap<string, TaskResult>

/** Asked while the plan is made, when it is known what the tasks before will change. */
export type Decide = (registered: Registered) => boolean

/**
 * Conditions on variables are decided at once, those on results of tasks when these are predicted.
 * @param names that tasks of the play or of one before it register
 * @returns true, false, or a question for later
 * @throws InputError where the condition stands
 */
export function decided(conditions: readonly Condition[], scope: () => Scope, names: ReadonlySet<string>): boolean | Decide {
  const later: Condition[] = []
  for (const each of conditions) {
    if (asksResults(each, names)) later.push(each)
    else if (!condition(textOf(each), scope(), each.origin)) return false
  }
  if (later.length === 0) return true
  return registered => later.every(each => heldBy(each, scope().with(asVariables(registered, each)), registered, names))
}

const textOf = ({ text }: Condition) => (text === '0' || text === '1' ? text === '1' : text)

export function asksResults({ text }: Condition, names: ReadonlySet<string>): boolean {
  if (typeof text === 'boolean') return false
  return wordsIn(text).some(word => names.has(word))
}

function heldBy(asked: Condition, scope: Scope, registered: Registered, names: ReadonlySet<string>): boolean {
  try {
    return condition(textOf(asked), scope, asked.origin)
  } catch (error) {
    if (!(error instanceof UndefinedVariable)) throw error
    const missing = wordsIn(String(asked.text)).find(word => names.has(word) && !registered.has(word))
    const problem =
      missing === undefined
        ? `${error.problem}: of a task that was registered, \`changed\`, \`skipped\`, \`failed\` and \`results\` are known before it runs`
        : `"${missing}" is registered by no task before this one`
    throw errorAt(asked.origin, problem, {
      next: 'A plan is made before anything runs. What a command prints cannot decide a task; `unless` of a command can look for itself.',
    })
  }
}

const wordsIn = (text: string): string[] => text.match(/[A-Za-z_]\w*/g) ?? []

/** Data, without nodes: never templates. */
const asVariables = (registered: Registered, { origin }: Condition): Variables =>
  new Map([...registered].map(([name, value]) => [name, { value, origin }]))
