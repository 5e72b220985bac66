import { InputError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import type { Host } from '../inventory/model.js'
import type { LoadedRole, Play, RoleUse } from '../playbook/model.js'
import { roleContexts } from '../playbook/context.js'
import type { RoleContext } from '../playbook/role.js'
import { serialBatches } from '../playbook/serial.js'
import { tagsSelect } from '../playbook/tags.js'
import { validateTask } from '../playbook/validate-task.js'
import type { Decide } from '../playbook/conditions.js'
import { expandPlay, type PlayStep } from '../playbook/expand-play.js'
import type { KindTask } from '../playbook/written-task.js'
import { RequirementError } from '../resources/errors.js'
import { gate } from '../resources/task.js'
import type { Check, Task } from '../resources/resource.js'
import { aroundHeld } from './hold.js'
import { betweenBarriers } from './barriers.js'
import { whyCalledOff } from './called-off.js'
import type { PlanInput } from './make.js'
import type { Stage } from './plan.js'
import { workingAs } from './work-as.js'

/** A task with the role it came from. */
export interface DraftTask {
  /** of a task that the playbook itself has: no more than a name, which no role can have */
  role: LoadedRole
  task: Task
  /** what of the playbook's own tasks looks at other tasks */
  control?: TaskControl
}
export interface TaskControl {
  /** which of the play's parts it belongs to */
  at: number
  /** whose result it is; default: that of the host it runs on */
  of?: readonly string[]
  /** the name of its result; of a loop there is one an item */
  register?: { name: string; isItem: boolean }
  /** asked when it is known what the tasks before will change */
  decide?: Decide
  /** the host it is carried out on instead */
  delegateTo?: string
}
export interface DraftCheck {
  role: LoadedRole
  check: Check
}

/** A task of the playbook that `when` leaves out. */
export type SkippedTask = Pick<TaskControl, 'at' | 'of' | 'register'>

/** What one host has to do in one stage, before any host was asked. `error`: the role could not say what to do there. */
export interface HostDraft {
  tasks: DraftTask[]
  preconditions: DraftCheck[]
  /** the roles' own health checks: they gate the batch, and are what verify asks */
  checks: DraftCheck[]
  /** in the order of the play */
  skipped: SkippedTask[]
  error?: { role: string; cause: unknown }
}

export interface StageDraft {
  play: Play
  batch: number
  batches: number
  hosts: string[]
  work: Map<string, HostDraft>
  /** hosts of the play that could not be reached, told in the first stage of its first batch; default 0 */
  unreached?: number
  /** there too: why the run ends before it */
  calledOff?: string
  hold?: Stage['hold']
}

/**
 * Plays x batches x hosts -> tasks: every role function is called here, once a host, with parameters and facts and nothing else.
 * @throws InputError a role fails, or gives a task what it does not take
 */
export function draftStages(input: PlanInput, facts: ReadonlyMap<string, Facts>): StageDraft[] {
  const lostBefore = new Set<string>()
  const drafts = input.playbook.plays.flatMap((play): StageDraft[] => {
    const context = roleContexts(input.playbook, play, host => facts.get(host))
    const reached = play.hosts.filter(host => facts.has(host.name))
    const batches = serialBatches(play.serial, reached)
    const lost = play.hosts.map(({ name }) => name).filter(name => !facts.has(name))
    const calledOff = whyCalledOff(play, lost, lostBefore, batches[0]?.length ?? 0)
    for (const name of lost) lostBefore.add(name)
    const begins = { unreached: lost.length, ...(calledOff === undefined ? {} : { calledOff }) }
    if (batches.length === 0 && calledOff !== undefined) return [{ play, batch: 1, batches: 1, hosts: [], work: new Map(), ...begins }]
    return batches.flatMap((hosts, batch) => {
      const [first, ...others] = betweenBarriers({
        play,
        batch: batch + 1,
        batches: batches.length,
        hosts: hosts.map(host => host.name),
        work: new Map(hosts.map(host => [host.name, draftHost(input, play, host, context, facts)])),
      })
      return [{ ...first!, ...(batch === 0 ? begins : {}) }, ...others]
    })
  })
  return aroundHeld(drafts)
}

function draftHost(
  input: PlanInput,
  play: Play,
  host: Host,
  contextOf: ReturnType<typeof roleContexts>,
  facts: ReadonlyMap<string, Facts>,
): HostDraft {
  const draft: HostDraft = { tasks: [], preconditions: [], checks: [], skipped: [] }
  const as = (tasks: Task[], part: RoleUse | KindTask, on = host.name) =>
    workingAs(tasks, input.worksAs?.(on, part), { session: input.sessions.get(on), facts: facts.get(on) })
  const isChosen = ({ tags }: Task) => tagsSelect(tags, input.options)
  for (const step of expandPlay(input.playbook, play, host)) {
    if (step.type === 'skipped') {
      if (tagsSelect([...play.tags, ...step.written.tags], input.options)) draft.skipped.push({ at: step.at, ...registerOf(step) })
      continue
    }
    if (step.type === 'task') {
      if (!isChosen(step.task)) continue
      try {
        if (step.delegateTo !== undefined && !facts.has(step.delegateTo)) throw notReached(step)
        const [task] = as([step.task], step.written, step.delegateTo)
        draft.tasks.push({ role: playItself, task: task!, control: controlOf(step) })
      } catch (cause) {
        return { ...draft, error: { role: playItself.name, cause } }
      }
      continue
    }
    const { role, tags } = step.use
    try {
      const context = contextOf(step.use, host) as RoleContext<never>
      const own = role.role.tasks(context).map(task => withTags(task, tags))
      for (const task of own) validateTask(task)
      const tasks = as(own, step.use)
      const control =
        step.decide === undefined && !play.parts.some(part => part.type === 'kind') ? {} : { control: { at: step.at, decide: step.decide } }
      draft.tasks.push(...tasks.filter(isChosen).map(task => ({ role, task, ...control })))
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

const notReached = ({ task, delegateTo }: PlayStep & { type: 'task' }) =>
  new RequirementError(
    `"${task.title}" is delegated to ${delegateTo}, and that host does not answer`,
    'See why, or leave the task out by its tags.',
  )

/** Who tasks belong to that the playbook itself has. */
const playItself = { name: 'tasks' } as LoadedRole

const controlOf = ({ at, written, decide, delegateTo }: PlayStep & { type: 'task' }): TaskControl => ({
  at,
  ...registerOf({ written }),
  ...(decide === undefined ? {} : { decide }),
  ...(delegateTo === undefined ? {} : { delegateTo }),
})

const registerOf = ({ written: { register, loop } }: Pick<PlayStep & { type: 'skipped' }, 'written'>): Pick<TaskControl, 'register'> =>
  register === undefined ? {} : { register: { name: register, isItem: loop !== undefined } }

const withTags = (task: Task, tags: readonly string[]): Task => {
  task.tags = [...new Set([...tags, ...task.tags])]
  return task
}
