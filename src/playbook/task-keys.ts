import type { Origin } from '../errors.js'
import { becomeKeys } from './become-keys.js'
import { errorAt } from '../error-at.js'
import { didYouMean } from '../suggest.js'
import type { YamlEntry, YamlMapping } from '../yaml.js'
import { taskKinds, type TaskKind } from './task-kinds.js'
import { insteadOfKeyword, insteadOfModule } from './task-words.js'

/** Keys of every task and block that are no kind. */
export const taskKeywords = [
  ...['name', 'when', 'loop', 'loop_control', 'vars', 'tags', 'register', 'notify', 'listen', 'environment'],
  ...['run_once', 'delegate_to', 'any_errors_fatal', ...becomeKeys, 'block', 'meta'],
] as const
export const includeKeys = ['import_tasks', 'include_tasks', 'import_role', 'include_role'] as const

export type TaskKeyword = (typeof taskKeywords)[number]
export type IncludeKey = (typeof includeKeys)[number]

/** A task's mapping: its keywords, and the one key that says what it does. */
export interface TaskEntries {
  keywords: Map<TaskKeyword, YamlEntry>
  kind?: { kind: TaskKind; entry: YamlEntry }
  include?: { key: IncludeKey; entry: YamlEntry }
}

/** @throws InputError at the first key that is wrong, with what netplay has in its place */
export function taskEntries(task: YamlMapping): TaskEntries {
  const found: TaskEntries = { keywords: new Map() }
  let does: YamlEntry | undefined
  for (const entry of task.entries) {
    const key = entry.key.replace(/^ansible\.(?:builtin|legacy)\./, '')
    if (isOneOf(taskKeywords, key)) found.keywords.set(key, entry)
    const kind = taskKinds.get(key)
    if (kind !== undefined && key !== entry.key) throw ansiblesOwn(entry.key, key, entry.keyOrigin)
    if (kind === undefined && !isOneOf(includeKeys, key)) {
      if (isOneOf(taskKeywords, key)) continue
      throw unknownKey(key, entry.keyOrigin)
    }
    if (does !== undefined) throw errorAt(entry.keyOrigin, `a task does one thing, and this one says ${does.key} and ${entry.key}`)
    does = entry
    if (kind !== undefined) found.kind = { kind, entry }
    else found.include = { key: key as IncludeKey, entry }
  }
  return found
}

/** `ansible.builtin.file` has other parameters than our `file`, and would not mean it. */
const ansiblesOwn = (written: string, key: string, origin: Origin) =>
  errorAt(origin, `\`${written}\` is a module of Ansible's; netplay's kind \`${key}\` is another, with parameters of its own`, {
    next: `Write \`${key}:\` and its parameters (\`netplay docs ${key}\`). Nothing was changed.`,
  })

function unknownKey(key: string, origin: Origin) {
  const instead = Object.hasOwn(insteadOfKeyword, key) ? insteadOfKeyword[key] : insteadOfModuleOf(key)
  if (instead !== undefined) return errorAt(origin, `netplay has no \`${key}\` of a task`, { next: `${instead} Nothing was changed.` })
  if (key.startsWith('with_'))
    return errorAt(origin, `netplay has no \`${key}\``, { next: 'Write `loop:` with a list, or a template that gives one.' })
  const known = [...taskKeywords, ...includeKeys, ...taskKinds.keys()]
  return errorAt(origin, `a task has no key "${key}", and netplay no kind of that name${didYouMean(key, known)}`, {
    next: `Kinds: ${[...taskKinds.keys()].join(', ')}. See docs/tasks.md.`,
  })
}

/** Of `community.general.modprobe` too. */
function insteadOfModuleOf(key: string): string | undefined {
  const name = key.slice(key.lastIndexOf('.') + 1)
  if (Object.hasOwn(insteadOfModule, name)) return insteadOfModule[name]
  return key.includes('.') ? 'netplay has its own kinds, and no collections: see docs/tasks.md.' : undefined
}

const isOneOf = <T extends string>(all: readonly T[], key: string): key is T => (all as readonly string[]).includes(key)
