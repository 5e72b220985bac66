import { errorAt } from '../error-at.js'
import type { Host, Value } from '../inventory/model.js'
import { refuseNameForRun } from '../inventory/names.js'
import { once } from '../once.js'
import { evaluate } from '../templates/evaluate.js'
import { UndefinedVariable, type Scope } from '../templates/scope.js'
import { asText } from '../inventory/typed-value.js'
import type { Task } from '../resources/resource.js'
import type { YamlEntry } from '../yaml.js'
import { decided, type Decide } from './conditions.js'
import { itemsOf, loopVariables } from './loop-items.js'
import { withHandledUnits, withInputs, type Noted } from './handlers.js'
import type { Play, RoleUse } from './model.js'
import { playScope, type ScopeSource } from './play-scope.js'
import { valueOfNode } from './read-vars.js'
import { makeTask } from './task-params.js'
import { includedOf, standsOn, type IncludeTask, type KindTask } from './written-task.js'

/** A role of a play on one host; what `when` says of results is asked later. */
export interface RoleStep {
  type: 'role'
  use: RoleUse
  decide?: Decide
}

/** A task of a playbook on one host: of a loop, one of its items. */
export interface TaskStep {
  type: 'task'
  task: Task
  written: KindTask
  /** a name of the inventory: the host that it is carried out on instead */
  delegateTo?: string
  decide?: Decide
}

/** `when` says no, or the loop has no item; of an include too. */
export interface SkippedStep {
  type: 'skipped'
  written: Pick<KindTask, 'tags' | 'register' | 'loop'>
}

/** `at`: which of the play's parts it belongs to. */
export type PlayStep = (RoleStep | TaskStep | SkippedStep) & { at: number }

/**
 * What a play does on one host, in order, as far as it is known without asking any.
 * @throws InputError at the first thing that is wrong
 */
export function expandPlay(source: ScopeSource, play: Play, host: Host): PlayStep[] {
  const steps: PlayStep[] = []
  let noted: Noted[] = []
  for (const [at, part] of play.parts.entries()) {
    if (part.type === 'include') {
      if (isSkipped(part, play, host)) steps.push({ type: 'skipped', at, written: part.context })
      continue
    }
    if (!standsOn(part.type === 'use' ? part.use : part, host)) continue
    if (part.type === 'use') {
      const decide = decided(
        part.use.when,
        once(() => playScope(source, play, host, part.use)),
        play.registered,
      )
      if (decide !== false) steps.push({ type: 'role', at, use: part.use, ...(decide === true ? {} : { decide }) })
    } else if (part.type === 'flush') {
      for (const handler of play.handlers.filter(each => standsOn(each, host))) {
        const heard = noted.filter(({ names: said }) => said.some(name => handlerNames(handler).includes(name)))
        if (heard.length > 0) steps.push(...expandTask(source, play, host, handler).map(step => ({ at, ...withInputs(step, heard) })))
      }
      noted = []
    } else {
      const made = expandTask(source, play, host, part).map(step => ({ at, ...step }))
      steps.push(...made)
      if (part.notify.length > 0)
        noted.push(...made.flatMap(step => (step.type === 'task' ? [{ names: part.notify.map(({ name }) => name), step }] : [])))
    }
  }
  return withHandledUnits(steps, step => step.type === 'task' && play.handlers.includes(step.written))
}

/** Nothing of what it includes stands on the host. */
const isSkipped = (include: IncludeTask, { parts }: Play, host: Host): boolean =>
  include.context.included === undefined &&
  !parts.some(part => includedOf(part)?.from === include && includedOf(part)!.hosts.has(host.name))

/** A name in `notify` that no handler has is a slip. @throws InputError where it stands */
export function checkNotified({ parts, handlers }: Pick<Play, 'parts' | 'handlers'>): void {
  const known = handlers.flatMap(handlerNames)
  for (const part of [...parts, ...handlers])
    for (const { name, origin } of part.type === 'kind' ? part.notify : [])
      if (!known.includes(name))
        throw errorAt(origin, `no handler of this play is called "${name}"${known.length > 0 ? `; it has ${known.join(', ')}` : ''}`, {
          next: 'Name a handler, or give one `listen`.',
        })
}

/** Its name as it is written, and what it listens to. */
const handlerNames = ({ name, listen }: KindTask): string[] => [...(typeof name?.value === 'string' ? [name.value] : []), ...listen]

/** @throws InputError; of a result that is used elsewhere than in `when`, why it is not known */
function expandTask(source: ScopeSource, play: Play, host: Host, task: KindTask): (TaskStep | SkippedStep)[] {
  try {
    return itemSteps(source, play, host, task)
  } catch (error) {
    const [, name = ''] = error instanceof UndefinedVariable ? (/^"(\w+)" is not defined/.exec(error.problem) ?? []) : []
    if (!play.registered.has(name)) throw error
    throw errorAt(
      (error as UndefinedVariable).details.origin ?? task.origin,
      `"${name}" is the result of a task, and results decide \`when\` alone`,
      {
        next: 'A plan is made before anything runs: work the value out with variables, or let a command do both. Nothing was changed.',
      },
    )
  }
}

function itemSteps(source: ScopeSource, play: Play, host: Host, task: KindTask): (TaskStep | SkippedStep)[] {
  const scope = once(() => playScope(source, play, host, task.vars))
  const [items, loop] = itemsOf(task, scope)
  const steps = items.flatMap((item, index): TaskStep[] => {
    const inside = loop === undefined ? scope : once(() => scope().with(loopVariables(loop, item!, index)))
    const decide = decided(task.when, inside, play.registered)
    if (decide === false) return []
    const title = titleOf(task, inside(), item)
    const made = makeTask({ ...task, environment: [...play.environment, ...task.environment] }, inside(), title)
    made.tags = [...new Set([...play.tags, ...task.tags])]
    // Copies of the task keep where it is written.
    Object.defineProperty(made, 'origin', { value: task.origin, enumerable: true })
    const delegateTo = task.delegateTo && delegateOf(task.delegateTo, inside(), source, host)
    return [
      {
        type: 'task',
        task: made,
        written: task,
        ...(delegateTo === undefined ? {} : { delegateTo }),
        ...(decide === true ? {} : { decide }),
      },
    ]
  })
  return steps.length > 0 ? steps : [{ type: 'skipped', written: task }]
}

/** As in Ansible, a name whose template says nothing yet is shown as it is written. */
function titleOf(task: KindTask, scope: Scope, item: Value | undefined): string {
  const name = task.name === undefined ? undefined : shown(task.name, scope, 'name')
  const base = name ?? defaultTitle(task, scope)
  if (item === undefined) return base
  const label = task.loop?.label === undefined ? textOf(item.value) : shown(task.loop.label, scope, 'label')
  return `${base} (item=${label})`
}

function shown(written: Value, scope: Scope, label: string): string {
  try {
    return textOf(evaluate(written, scope, label)?.value ?? '')
  } catch (error) {
    if (error instanceof UndefinedVariable) return textOf(written.value)
    throw error
  }
}

const textOf = (value: unknown): string => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value))

/** May be secret, and says nothing of what the task is about. */
const contents: readonly string[] = ['content', 'text', 'value', 'source']
const isName = ({ key, value }: YamlEntry) => !contents.includes(key) && value.kind === 'scalar' && typeof value.value === 'string'

/** `file /etc/x`: its kind, and the first of its parameters that is no content. */
function defaultTitle({ kind, params: { node } }: KindTask, scope: Scope): string {
  const first = node?.kind === 'mapping' ? node.entries.find(isName)?.value : undefined
  if (first?.kind !== 'scalar') return kind.key
  return `${kind.key} ${shown(valueOfNode(first), scope, kind.key)}`
}

function delegateOf(written: Value, scope: Scope, { inventory }: ScopeSource, host: Host): string | undefined {
  const value = evaluate(written, scope, 'delegate_to')
  const name = value === undefined ? undefined : asText(value, 'delegate_to')
  if (name === undefined || name === host.name) return undefined
  const to = inventory.find(name)
  if (to === undefined)
    throw errorAt(written.origin, `delegate_to: there is no host "${name}" in the inventory`, {
      next: 'Add it there, with how it is reached; a plan is made for hosts of the inventory.',
    })
  refuseNameForRun(to)
  return name
}
