import type { Emit } from '../events.js'
import { someOf } from '../some-of.js'
import type { Play } from '../playbook/model.js'
import type { Plan, Stage } from './plan.js'

/** As in Ansible, one of two is not more than 50. */
export const isMoreThan = (percentage: number, failed: number, of: number): boolean => (failed / of) * 100 > percentage

/**
 * Why a play is not begun, nor any after it, for hosts of it that could not be reached: `any_errors_fatal`, `max_fail_percentage`, or they are all that
 * it has. As in Ansible a host that an earlier play was without is no failure of this one; of the percentage it stays part.
 * @param lost hosts of the play that could not be reached; @param before those of the plays before it
 * @param batch size of its first batch
 */
export function whyCalledOff(
  { name, hosts, anyErrorsFatal, maxFailPercentage }: Play,
  lost: readonly string[],
  before: ReadonlySet<string>,
  batch: number,
): string | undefined {
  const now = lost.filter(host => !before.has(host))
  return (
    whyWithout({ name, anyErrorsFatal }, now, hosts.length) ?? whyTooMany({ name, maxFailPercentage, unreached: lost.length }, lost, batch)
  )
}

/** A plan as it is carried out without hosts that answered when it was made; they count with those that did not answer then. */
export const withCallsOff = (plan: Plan, unreachable: ReadonlyMap<string, unknown>): Plan => ({
  ...plan,
  stages: plan.stages.map(stage => {
    const lost = stage.hosts.filter(host => unreachable.has(host))
    if (lost.length === 0) return stage
    const counted = { ...stage, unreached: (stage.unreached ?? 0) + lost.length }
    const calledOff = whyWithout(stage, lost, stage.hosts.length) ?? whyTooMany(counted, lost, stage.hosts.length - lost.length)
    return calledOff === undefined ? counted : { ...counted, calledOff }
  }),
})

/** @param of how many hosts there were */
function whyWithout({ name, anyErrorsFatal }: Pick<Stage, 'name' | 'anyErrorsFatal'>, lost: readonly string[], of: number) {
  if (lost.length === 0) return undefined
  if (anyErrorsFatal) return sentence(name, lost, 'any_errors_fatal is set')
  return lost.length === of ? sentence(name, lost, 'no other host of it is left') : undefined
}

/** @param lost those to name; @param answering of its batch */
function whyTooMany(
  { name, maxFailPercentage = 100, unreached = 0 }: Pick<Stage, 'name' | 'maxFailPercentage' | 'unreached'>,
  lost: readonly string[],
  answering: number,
) {
  return isMoreThan(maxFailPercentage, unreached, answering + unreached)
    ? sentence(name, lost, `that is more than its max_fail_percentage of ${maxFailPercentage}`)
    : undefined
}

/** Those before the first that is called off; of a hold all stages are carried out, or none. */
export function stagesToBegin({ stages }: Plan): Stage[] {
  const end = stages.find(({ calledOff }) => calledOff !== undefined)
  if (end === undefined) return stages
  const first = end.hold === undefined ? end : stages.find(({ hold }) => hold?.name === end.hold!.name)!
  return stages.slice(0, stages.indexOf(first))
}

export async function sayCallsOff({ stages }: Plan, emit: Emit): Promise<void> {
  for (const { calledOff } of stages) if (calledOff !== undefined) await emit({ type: 'warning', message: calledOff })
}

const sentence = (play: string, hosts: readonly string[], why: string) =>
  `play "${play}" is not begun, nor anything after it: ${someOf(hosts, 5)} ${hosts.length === 1 ? 'does' : 'do'} not answer, and ${why}`
