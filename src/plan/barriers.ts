import { isBarrier, standsOn, type KindTask } from '../playbook/written-task.js'
import type { DraftTask, HostDraft, StageDraft } from './draft.js'

/**
 * One batch of a play -> stages that end where hosts have to meet: before and after each task that runs once, on another host, or whose failure stops
 * everybody. Stages run one after another, so nothing else is needed to wait. Without such a task the batch is one stage.
 */
export function betweenBarriers(batch: StageDraft): StageDraft[] {
  const { parts } = batch.play
  const barriers = parts.flatMap((part, at) => (part.type === 'kind' && isBarrier(part) ? [{ at, part }] : []))
  if (barriers.length === 0) return [batch]
  // Gates of roles come last, and belong to no part.
  const placeOf = ({ control }: DraftTask) => control?.at ?? parts.length
  const between = (from: number, to: number) => within(batch, at => at >= from && at < to, placeOf)
  const stages = barriers.flatMap(({ at, part }, index) => [
    between((barriers[index - 1]?.at ?? -1) + 1, at),
    atBarrier(between(at, at + 1), part),
  ])
  stages.push(between(barriers.at(-1)!.at + 1, parts.length + 1))
  const [first = batch, ...others] = stages.filter(({ work }) =>
    [...work.values()].some(({ tasks, skipped }) => tasks.length + skipped.length > 0),
  )
  return [beforeAll(first, batch), ...others]
}

/** What must hold before anything is written, and what no role could say, is told once, in the first stage: of hosts that have nothing else to do there too. */
function beforeAll(first: StageDraft, batch: StageDraft): StageDraft {
  const work = new Map(first.work)
  for (const [host, { preconditions, error }] of batch.work)
    if (work.has(host) || preconditions.length > 0 || error !== undefined)
      work.set(host, { ...(work.get(host) ?? noWork()), preconditions, ...(error === undefined ? {} : { error }) })
  return { ...first, hosts: [...new Set([...first.hosts, ...work.keys()])], work }
}

const noWork = (): HostDraft => ({ tasks: [], preconditions: [], checks: [], skipped: [] })

function within(batch: StageDraft, isIn: (at: number) => boolean, placeOf: (task: DraftTask) => number): StageDraft {
  return withWork(batch, (_, { tasks, skipped, checks }) => ({
    tasks: tasks.filter(task => isIn(placeOf(task))),
    skipped: skipped.filter(({ at }) => isIn(at)),
    preconditions: [],
    checks,
  }))
}

/** The one task of a barrier: on the first host of the batch alone where it runs once, and on whom it is delegated to. Who fails there stops all. */
function atBarrier(stage: StageDraft, part: KindTask): StageDraft {
  const { runOnce } = part
  const hosts = stage.hosts.filter(name => standsOn(part, { name }))
  const [first] = hosts
  const work = new Map<string, HostDraft>()
  const on = (host: string) => {
    const own = work.get(host) ?? noWork()
    work.set(host, own)
    return own
  }
  for (const [host, { tasks, skipped }] of stage.work) {
    if (runOnce && host !== first) continue
    on(host).skipped.push(...skipped.map(one => (runOnce ? { ...one, of: hosts } : one)))
    for (const task of tasks) on(task.control?.delegateTo ?? host).tasks.push(forOthers(task, host, runOnce ? hosts : [host]))
  }
  return { ...stage, play: { ...stage.play, anyErrorsFatal: true }, hosts: [...work.keys()], work }
}

/** Shown as Ansible shows it: `[n1 -> n6]`. */
function forOthers({ task, control, ...rest }: DraftTask, host: string, of: readonly string[]): DraftTask {
  const to = control?.delegateTo
  return { ...rest, task: to === undefined ? task : { ...task, title: `${task.title} [${host} -> ${to}]` }, control: { ...control!, of } }
}

const withWork = (stage: StageDraft, change: (host: string, own: HostDraft) => HostDraft): StageDraft => ({
  ...stage,
  work: new Map([...stage.work].map(([host, own]) => [host, change(host, own)])),
})
