import type { Change } from '../change.js'
import { RequirementError } from './errors.js'
import { markOf, parentOf, pathKey } from './path-key.js'
import type { PathState } from './path-state.js'
import type { World } from './resource.js'

/** @throws RequirementError unless the folder that the path is in is on the host or made by an earlier task */
export function requireParent(path: string, observed: PathState, world: World): void {
  const parent = parentOf(path)
  if (isFolder(parent, observed.seen?.parent === 'directory', world)) return
  throw new RequirementError(
    observed.seen?.parent === 'other'
      ? `${parent} is not a folder, and ${path} should be in it`
      : `${path} should be in ${parent}, and there is no such folder`,
    `Add a directory task for ${parent} before this one; if the folder is there, see that the become user may enter it.`,
  )
}

/** What earlier tasks plan for it, through one planned link; else what the host has. */
function isFolder(path: string, onHost: boolean, world: World): boolean {
  const planned = world.state<PathState>(pathKey(path))
  if (planned === undefined) return onHost
  if (planned.type !== 'symlink') return planned.type === 'directory'
  const target = planned.target.startsWith('/') ? planned.target : `${parentOf(path)}/${planned.target}`
  return onHost || (!target.includes('/..') && world.state<PathState>(pathKey(target))?.type === 'directory')
}

/** @throws RequirementError when something else is there: netplay replaces like by like only, all else is removed by name first */
export function requireType(path: string, observed: PathState, ...types: PathState['type'][]): void {
  if (types.includes(observed.type)) return
  const what = observed.type === 'symlink' ? `a symlink to ${observed.target}` : `a ${observed.type}`
  throw new RequirementError(
    `${path} is ${what} on the host, and ${types.length > 2 ? 'nothing' : `a ${types.at(-1)}`} is wanted there`,
    observed.type === 'symlink'
      ? `Name ${observed.target} in the task, or remove the link.`
      : `Look at what it is for; if nothing needs it, remove ${path} and run again.`,
  )
}

export const leftoverChanges = (path: string, { leftover }: PathState): Change[] =>
  leftover ? [{ field: 'leftover', before: `.np-${markOf(path)}, left by a run that was killed`, after: null }] : []
