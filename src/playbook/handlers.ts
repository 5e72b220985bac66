import { errorAt } from '../error-at.js'
import { etcdKeyKind, type EtcdKeyParams } from '../resources/etcd-key.js'
import { unitFileOf, type SystemdUnit } from '../resources/unit-desired.js'
import { inputKey, type Input } from '../resources/unit-inputs.js'
import type { RoleStep, SkippedStep, TaskStep } from './expand-play.js'

/** A task on this host that notifies. */
export interface Noted {
  names: string[]
  step: TaskStep
}

/**
 * A restart is a state, and not an event: what notifies a unit becomes one of its inputs, so that the unit is restarted whenever its process was started
 * with other ones, also where a run died in between. Every other kind looks for itself whether there is anything to do.
 * @throws InputError a unit is notified by what no process reads when it starts
 */
export function withInputs<Step extends TaskStep | SkippedStep>(handler: Step, noted: readonly Noted[]): Step {
  const unit = unitOf(handler)
  if (unit === undefined || handler.type !== 'task') return handler
  const own = inputKey(unitFileOf(unit.name))
  const added = noted.map(({ step }) => inputOf(step, handler)).filter(input => inputKey(input) !== own)
  return asUnit(handler, { ...unit, ...inputsOf([unit], added) })
}

/** All tasks of a host that are about a notified unit know its inputs; its restart waits for the handler, where no other task asks for one itself. */
export function withHandledUnits<Step extends TaskStep | SkippedStep | RoleStep>(
  steps: readonly Step[],
  isHandler: (step: Step) => boolean,
): Step[] {
  const handled = steps.filter(isHandler).flatMap(step => unitOf(step) ?? [])
  return steps.map(step => {
    const unit = unitOf(step)
    const same = handled.filter(({ name }) => name === unit?.name)
    if (unit === undefined || same.length === 0) return step
    const waits = isHandler(step) || unit.inputs !== undefined || unit.restart !== undefined ? {} : { restart: 'never' as const }
    return asUnit(step, { ...unit, ...waits, ...inputsOf([unit, ...same], []) })
  })
}

function unitOf(step: TaskStep | SkippedStep | RoleStep): SystemdUnit | undefined {
  return step.type === 'task' && step.task.type === 'resource' && step.written.kind.key === 'systemd_unit'
    ? (step.task.desired as SystemdUnit)
    : undefined
}

const asUnit = <Step extends TaskStep | SkippedStep | RoleStep>(step: Step, desired: SystemdUnit): Step =>
  step.type === 'task' ? { ...step, task: { ...step.task, desired } } : step

function inputsOf(units: readonly SystemdUnit[], added: readonly Input[]): Pick<SystemdUnit, 'inputs'> {
  const all = [...units.flatMap(({ inputs = [] }) => inputs), ...added]
  return all.length === 0 ? {} : { inputs: [...new Map(all.map(input => [inputKey(input), input])).values()] }
}

function inputOf({ task, written, delegateTo }: TaskStep, handler: TaskStep): Input {
  if (delegateTo !== undefined)
    throw errorAt(
      written.origin,
      `"${task.title}" is carried out on ${delegateTo}, and cannot restart "${handler.task.title}" on another host`,
      {
        next: `Put it into a play of its own for ${delegateTo}, with the handler.`,
      },
    )
  if (task.type === 'cluster' && written.kind.key === 'etcd_key') {
    const desired = task.desired as EtcdKeyParams
    return { etcd: etcdKeyKind.key(desired), cluster: desired.cluster }
  }
  const key = task.type === 'resource' ? task.kind.key(task.desired) : ''
  if (task.type !== 'resource' || !key.startsWith('file:'))
    throw errorAt(
      written.origin,
      `${written.kind.key} "${task.title}" cannot restart "${handler.task.title}": no process reads it when it starts`,
      {
        next: 'netplay restarts a unit whose files or keys of etcd changed since its process was started. Leave this notify out.',
      },
    )
  const path = key.slice('file:'.length)
  const isSecret = written.kind.key === 'private_key' || (task.desired as { secret?: boolean; content?: unknown }).secret === true
  const { content } = task.desired as { content?: unknown }
  return isSecret || typeof content === 'object' ? { path, secret: true } : path
}
