import { InputError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import type { Host } from '../inventory/model.js'
import type { LoadedRole, Play } from '../playbook/model.js'
import { roleContexts } from '../playbook/context.js'
import type { RoleContext } from '../playbook/role.js'
import { serialBatches } from '../playbook/serial.js'
import { tagsSelect } from '../playbook/tags.js'
import { validateTask } from '../playbook/validate-task.js'
import { gate } from '../resources/task.js'
import type { Check, Task } from '../resources/resource.js'
import { aroundHeld } from './hold.js'
import type { PlanInput } from './make.js'
import type { Stage } from './plan.js'

/** A task with the role it came from. */
export interface DraftTask {
  role: LoadedRole
  task: Task
}
export interface DraftCheck {
  role: LoadedRole
  check: Check
}

/** What one host has to do in one stage, before any host was asked. `error`: the role could not say what to do there. */
export interface HostDraft {
  tasks: DraftTask[]
  preconditions: DraftCheck[]
  /** the roles' own health checks: they gate the batch, and are what verify asks */
  checks: DraftCheck[]
  error?: { role: string; cause: unknown }
}

export interface StageDraft {
  play: Play
  batch: number
  batches: number
  hosts: string[]
  work: Map<string, HostDraft>
  hold?: Stage['hold']
}

/**
 * Plays x batches x hosts -> tasks: every role function is called here, once a host, with parameters and facts and nothing else.
 * @throws InputError a role fails, or gives a task what it does not take
 */
export function draftStages(input: PlanInput, facts: ReadonlyMap<string, Facts>): StageDraft[] {
  const drafts = input.playbook.plays.flatMap(play => {
    const context = roleContexts(input.playbook, play, host => facts.get(host))
    const reached = play.hosts.filter(host => facts.has(host.name))
    const batches = serialBatches(play.serial, reached)
    return batches.map((hosts, batch) => ({
      play,
      batch: batch + 1,
      batches: batches.length,
      hosts: hosts.map(host => host.name),
      work: new Map(hosts.map(host => [host.name, draftHost(input, play, host, context)])),
    }))
  })
  return aroundHeld(drafts)
}

function draftHost(input: PlanInput, play: Play, host: Host, contextOf: ReturnType<typeof roleContexts>): HostDraft {
  const draft: HostDraft = { tasks: [], preconditions: [], checks: [] }
  for (const use of play.roles) {
    const { role } = use
    try {
      const context = contextOf(use, host) as RoleContext<never>
      const tasks = role.role.tasks(context).map(task => withTags(task, use.tags))
      for (const task of tasks) validateTask(task)
      draft.tasks.push(...tasks.filter(task => tagsSelect(task.tags, input.options)).map(task => ({ role, task })))
      draft.preconditions.push(...(role.role.preconditions?.(context) ?? []).map(check => ({ role, check })))
      draft.checks.push(...(role.role.checks?.(context) ?? []).map(check => ({ role, check })))
    } catch (cause) {
      // What is wrong on the controller, in the role or in what it was given, is no host's fault: it ends the run.
      if (cause instanceof InputError) throw cause
      return { ...draft, error: { role: role.name, cause } }
    }
  }
  // They come last, after the tasks of every role.
  if (draft.tasks.length > 0) draft.tasks.push(...draft.checks.map(({ role, check }) => ({ role, task: gate(check) })))
  return draft
}

const withTags = (task: Task, tags: readonly string[]): Task => {
  task.tags = [...new Set([...tags, ...task.tags])]
  return task
}
