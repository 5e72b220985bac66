import type { Change } from '../change.js'
import { RequirementError } from './errors.js'
import { isNumber } from './path-probe.js'
import type { Owned, PathState, Surroundings } from './path-state.js'
import { octal } from './path-state.js'
import type { World } from './resource.js'

/** What a task may say about who owns a path and who may use it. Left out: left as it is; new things belong to who writes them. */
export interface WantedOwner {
  /** user name, or a number in digits */
  owner?: string
  /** group name, or a number in digits */
  group?: string
  /** permission bits, e.g. `0o640` */
  mode?: number
}

/** Schema of `WantedOwner`. */
export const ownerSchema = {
  owner: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*\\$?$', description: 'user name, or a number in digits' },
  group: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*\\$?$', description: 'group name, or a number in digits' },
  mode: { type: 'integer', minimum: 0, maximum: 0o7777, description: 'permission bits as a number: 0o644' },
} as const

/**
 * Owner and mode that a path will have.
 * @throws RequirementError when neither the host nor an earlier task (`user:NAME`, `group:NAME` with a number) knows the name
 */
export function ownedAs(wanted: WantedOwner, observed: PathState, world: World, path: string, defaultMode: number): Owned {
  const now: Owned = observed.type === 'file' || observed.type === 'directory' ? observed : { ...selfOf(observed), mode: defaultMode }
  const user = wanted.owner === undefined ? undefined : numberOf('user', wanted.owner, observed.seen?.users, world, path)
  const group = wanted.group === undefined ? undefined : numberOf('group', wanted.group, observed.seen?.groups, world, path)
  return {
    mode: wanted.mode ?? now.mode,
    uid: user ?? now.uid,
    gid: group ?? now.gid,
    owner: user === undefined || user === now.uid ? now.owner : wanted.owner!,
    group: group === undefined || group === now.gid ? now.group : wanted.group!,
  }
}

const selfOf = ({ seen }: PathState): Omit<Owned, 'mode'> => seen?.self ?? { uid: 0, gid: 0, owner: 'root', group: 'root' }

function numberOf(kind: 'user' | 'group', name: string, asked: Surroundings['users'] | undefined, world: World, path: string): number {
  if (isNumber(name)) return Number(name)
  if (name === 'root') return 0
  const planned = world.state<{ uid?: number; gid?: number }>(`${kind}:${name}`)
  const number = (kind === 'user' ? planned?.uid : planned?.gid) ?? asked?.[name]
  if (typeof number === 'number') return number
  if (number === undefined)
    throw new RequirementError(
      `two tasks are about ${path}, and only the later one names its ${kind} ${name}`,
      `Name the ${kind} in the first one, too.`,
    )
  throw new RequirementError(
    `${path} should belong to ${kind} ${name}, and there is no such ${kind} on the host`,
    `Create the ${kind} first, give its number instead of the name, or leave "${kind === 'user' ? 'owner' : 'group'}" out.`,
  )
}

/** `mode` and `owner` (as `user:group`) where they differ; both when there was nothing before. */
export function ownerChanges(before: PathState, after: Owned): Change[] {
  const was = before.type === 'file' || before.type === 'directory' ? before : undefined
  const changes: Change[] = []
  if (was?.mode !== after.mode) changes.push({ field: 'mode', before: was ? octal(was.mode) : null, after: octal(after.mode) })
  if (was?.uid !== after.uid || was.gid !== after.gid)
    changes.push({ field: 'owner', before: was ? `${was.owner}:${was.group}` : null, after: `${after.owner}:${after.group}` })
  return changes
}
