import type { Origin } from '../errors.js'
import type { Check, CheckKind, ClusterKind, ClusterTask, GateTask, ResourceKind, ResourceTask } from './resource.js'

export interface TaskOptions {
  tags?: string[]
}

/** A kind's factory: what a role calls. `file('Write the unit', { path, content })`. */
export const taskOf =
  <D, S>(kind: ResourceKind<D, S>) =>
  (title: string, desired: D, options: TaskOptions = {}): ResourceTask<D, S> => ({ type: 'resource', title, kind, desired, tags: options.tags ?? [], ...callSite() })

export const clusterTaskOf =
  <D, S>(kind: ClusterKind<D, S>) =>
  (title: string, desired: D, options: TaskOptions = {}): ClusterTask<D, S> => ({ type: 'cluster', title, kind, desired, tags: options.tags ?? [], ...callSite() })

/** A check, to be used in a role's `preconditions`, `checks`, or in `gate`. */
export const check = <P>(title: string, kind: CheckKind<P>, params: P): Check<P> => ({ kind, title, params })

/** Nothing after it runs before the check holds. @param timeoutMs default 60 000 */
export const gate = <P>(judged: Check<P>, options: TaskOptions & { timeoutMs?: number } = {}): GateTask<P> => ({
  type: 'gate',
  title: judged.title,
  check: judged,
  timeoutMs: options.timeoutMs ?? 60_000,
  tags: options.tags ?? [],
  ...callSite(),
})

/** The stack is kept and read only when asked: a plan makes thousands of tasks, an error names one. */
function callSite(): { origin: Origin } {
  const here = new Error()
  Error.captureStackTrace(here, callSite)
  return {
    get origin() {
      return originOf(here.stack ?? '')
    },
  }
}

const originOf = (stack: string): Origin => {
  const frame = stack.split('\n').slice(2).map(line => /\(?([^()\s]+?):(\d+):(\d+)\)?$/.exec(line)).find(match => match !== null)
  return frame ? { file: frame[1]!.replace(/^file:\/\//, ''), line: Number(frame[2]), column: Number(frame[3]) } : { file: 'role', line: 0, column: 0 }
}
