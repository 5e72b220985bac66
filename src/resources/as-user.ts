import type { ShellText } from '../shell.js'
import { sh } from '../shell.js'
import { RequirementError } from './errors.js'
import type { ResourceKind, Slot, Task, ThingKind } from './resource.js'

/** Of these kinds a user has things of its own. All else on a host is root's to change. */
const ofUsers: ReadonlySet<string> = new Set([
  'absent',
  'awaited-file',
  'binary',
  'ca-bundle',
  'certificate',
  'command',
  'directory',
  'file',
  'private-key',
  'symlink',
])

/**
 * The task on a host whose shell is root's: it looks and writes as `user`, with that user's rights. Pre-images are root's copies, put back by root.
 * Gates and tasks of the cluster are as they were.
 * @param user name of an account
 */
export function asUser(task: Task, user: string): Task {
  if (task.type !== 'resource') return task
  const kind = ofUsers.has(task.kind.kind) ? goingDown(task.kind, task.title, user) : ofRoot(task.kind, task.title, user)
  const copy = { ...task, kind, as: user }
  return Object.defineProperty(copy, 'origin', { get: () => task.origin, enumerable: true })
}

type AnyKind = ResourceKind<unknown, unknown>

function goingDown(kind: AnyKind, title: string, user: string): AnyKind {
  const down = (text: ShellText, slots: readonly Slot[] = []) => sh`np_as ${user} ${slots.map(({ name }) => name).join(' ')} ${text.text}`
  const { thing } = kind
  return {
    ...kind,
    thing: { ...thing, fingerprintText: (key, state) => down(thing.fingerprintText(key, state)), undo: undoing(kind, down) },
    probe: (desired, sources) => down(kind.probe(desired, sources)),
    parse: (output, desired) => {
      if (output.toString('latin1', 0, 11) === 'np-no-user ') throw noSuchUser(title, user)
      return kind.parse(output, desired)
    },
    steps: (desired, observed, world) => {
      const needed = kind.slots?.(desired, world) ?? []
      return kind.steps(desired, observed, world).map(step => down(step, needed))
    },
  }
}

/** What takes back a command is the admin's own text, as the command is. */
const undoing =
  ({ kind, thing }: AnyKind, down: (text: ShellText) => ShellText): ThingKind<unknown>['undo'] =>
  (key, first, chain) => {
    const undo = thing.undo(key, first, chain)
    return kind === 'command' && undo.restore !== undefined ? { ...undo, restore: down(undo.restore) } : undo
  }

const noSuchUser = (title: string, user: string) =>
  new RequirementError(
    `"${title}" is to be done as ${user}, and the host has no such user`,
    'Make the user in a run before this one: a plan shows what that user sees.',
  )

/** Looked at as root. What is as it should be is no matter of rights. */
const ofRoot = (kind: AnyKind, title: string, user: string): AnyKind => ({
  ...kind,
  diff: (desired, observed, world) => {
    const changes = kind.diff(desired, observed, world)
    if (changes.length === 0) return changes
    throw new RequirementError(
      `"${title}" would change ${kind.key(desired)} as ${user}, and that is for root to change`,
      'Give the task "become: true", and no other become_user.',
    )
  },
})
