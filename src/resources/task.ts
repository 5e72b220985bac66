import type { Origin } from '../errors.js'
import type { Check, CheckKind, ClusterKind, ClusterTask, GateTask, ResourceKind, ResourceTask } from './resource.js'

export interface TaskOptions {
  tags?: string[]
}

/** A kind's factory: what a role calls. `file('Write the unit', { path, content })`. */
export const taskOf =
  <D, S>(kind: ResourceKind<D, S>) =>
  (title: string, desired: D, options: TaskOptions = {}): ResourceTask<D, S> =>
    withOrigin({ type: 'resource' as const, title, kind, desired, tags: options.tags ?? [] })

export const clusterTaskOf =
  <D, S>(kind: ClusterKind<D, S>) =>
  (title: string, desired: D, options: TaskOptions = {}): ClusterTask<D, S> =>
    withOrigin({ type: 'cluster' as const, title, kind, desired, tags: options.tags ?? [] })

/** A check, to be used in a role's `preconditions`, `checks`, or in `gate`. */
export const check = <P>(title: string, kind: CheckKind<P>, params: P): Check<P> => ({ kind, title, params })

/** Nothing after it runs before the check holds. @param timeoutMs default 60 000 */
export const gate = <P>(judged: Check<P>, options: TaskOptions & { timeoutMs?: number } = {}): GateTask<P> =>
  withOrigin({
    type: 'gate' as const,
    title: judged.title,
    check: judged,
    timeoutMs: options.timeoutMs ?? 60_000,
    tags: options.tags ?? [],
  })

/** Where the factory was called. The stack is kept and read only when asked: a plan makes thousands of tasks, an error names one. */
function withOrigin<T extends object>(task: T): T & { origin: Origin } {
  const here = new Error()
  return Object.defineProperty(task, 'origin', { get: () => originOf(here.stack ?? ''), enumerable: false, configurable: true }) as T & {
    origin: Origin
  }
}

/** The first frame outside this file and its callers: the two on top are `withOrigin` and the factory. */
const originOf = (stack: string): Origin => {
  const [, , , frame = ''] = stack.split('\n')
  const [, file = 'role', line = '0', column = '0'] = /(?:\(|at )((?:file:\/\/)?\/.*):(\d+):(\d+)\)?$/.exec(frame) ?? []
  return { file: file.replace(/^file:\/\//, ''), line: Number(line), column: Number(column) }
}
