import { errorAt } from '../error-at.js'
import { InputError, type Origin } from '../errors.js'
import type { Host, Layer, Value } from '../inventory/model.js'
import type { YamlEntry } from '../yaml.js'
import type { Become, RoleUse } from './model.js'
import type { RoleEntry } from './role-entry.js'
import type { TaskKind } from './task-kinds.js'
import type { OnMistake } from './told-mistakes.js'

/** What `when` says: an expression without braces, or a boolean. */
export interface Condition {
  text: string | boolean
  origin: Origin
}

export interface Loop {
  /** the list, or a template that gives one */
  over: Value
  /** default `item` */
  variable: string
  indexVariable?: string
  /** what is shown of an item; default the item */
  label?: Value
}

/** A name in `notify`, with where it stands. */
export interface Notified {
  name: string
  origin: Origin
}

/** `vars` of a task (level 17), of a block or an import (16), or of an include (21). */
export interface TaskVars extends Layer {
  /** `task "Write it"`, `block` */
  of: string
  /** of the task, block or include */
  origin: Origin
}

/** As they count: what an include gives wins over all that stands in its file, as in Ansible; else the inner one wins. @param vars innermost first */
export const strongestFirst = (vars: readonly TaskVars[]): TaskVars[] => [
  ...vars.filter(({ level }) => level === 21),
  ...vars.filter(({ level }) => level !== 21),
]

/** Where something stands because an include named it, whose name is asked host by host. */
export interface Included {
  /** the include; of those that lie in each other the outermost */
  from: IncludeTask
  /** names of the hosts that it named it for */
  hosts: ReadonlySet<string>
}

export const standsOn = ({ included }: { included?: Included }, { name }: Pick<Host, 'name'>): boolean => included?.hosts.has(name) ?? true

/** What a task, a block or an include hands on to what is in it. */
export interface TaskContext {
  /** all must hold, outermost first */
  when: readonly Condition[]
  /** innermost first */
  vars: readonly TaskVars[]
  /** maps of names to values, outermost first */
  environment: readonly Value[]
  tags: readonly string[]
  notify: readonly Notified[]
  runOnce: boolean
  anyErrorsFatal: boolean
  delegateTo?: Value
  become?: Become
  included?: Included
}

/** A task as written: no host is known yet, and no template evaluated. */
export interface KindTask extends TaskContext {
  type: 'kind'
  origin: Origin
  name?: Value
  kind: TaskKind
  params: Value
  loop?: Loop
  register?: string
  /** of a handler: names besides its own that it hears */
  listen: readonly string[]
}

/** `import_role`, `include_role` among the tasks. */
export interface RoleTask {
  type: 'role'
  entry: RoleEntry
}

/** `meta: flush_handlers` */
export interface Flush {
  type: 'flush'
  included?: Included
}

/** `include_tasks`, `include_role` with a loop, or with a template in what it names. */
export interface IncludeTask {
  type: 'include'
  origin: Origin
  /** its name as it is written, else what it includes */
  title: string
  /** what it names, with its templates */
  entry: YamlEntry
  loop?: Loop
  context: TaskContext
  /** what it stands for. @param entry with its templates evaluated. @param onMistake told of each task that is wrong */
  open: (entry: YamlEntry, around: TaskContext, onMistake: OnMistake) => Promise<WrittenTask[]>
}

export type WrittenTask = KindTask | RoleTask | Flush | IncludeTask

/** What a play does, in its order. */
export type PlayPart = { type: 'use'; use: RoleUse } | KindTask | Flush | IncludeTask

/** The include that has put it there. */
export function includedOf(part: PlayPart): Included | undefined {
  if (part.type === 'use') return part.use.included
  return part.type === 'include' ? part.context.included : part.included
}

/** Hosts meet before it and after it. */
export const isBarrier = ({ runOnce, anyErrorsFatal, delegateTo }: TaskContext): boolean =>
  runOnce || anyErrorsFatal || delegateTo !== undefined

/** @throws InputError a role or a flush among handlers */
export function handlerOf(task: Exclude<WrittenTask, IncludeTask>): KindTask {
  if (task.type === 'kind' && !isBarrier(task)) return task
  if (task.type === 'kind')
    throw errorAt(
      task.origin,
      'a handler runs on its own host, and waits for no other: it has no run_once, delegate_to or any_errors_fatal',
    )
  throw task.type === 'role'
    ? errorAt(task.entry.origin, 'a handler is one task, and no role')
    : new InputError('`meta: flush_handlers` stands among the handlers themselves', { next: 'Put it among the tasks.' })
}

/** @throws InputError a task that listens: only handlers do */
export function noHandler(task: WrittenTask): WrittenTask {
  if (task.type !== 'kind' || task.listen.length === 0) return task
  throw errorAt(task.origin, 'only a handler has `listen`', { next: 'Put it under `handlers` of the play.' })
}

/** Its name as it is written, with its templates; else its kind. */
export const writtenTitle = ({ name, kind }: KindTask): string => (name === undefined ? kind.key : String(name.value))
