import { sh } from '../shell.js'
import { RequirementError } from './errors.js'
import { canonicalPath, markOf, parentOf, pathKey } from './path-key.js'
import { leftoverChanges, requireParent, requireType } from './path-needs.js'
import type { WantedOwner } from './path-owner.js'
import { ownedAs, ownerChanges, ownerSchema } from './path-owner.js'
import { parsePath, probePath } from './path-probe.js'
import type { DirectoryState, PathState } from './path-state.js'
import { kept, octal } from './path-state.js'
import { pathThing } from './path-thing.js'
import type { ResourceKind, World } from './resource.js'
import { taskOf } from './task.js'

/** A folder. What is in it is not looked at. */
export interface DirectoryParams extends WantedOwner {
  /** absolute */
  path: string
  /** default: as it is; of a new folder 0o755 */
  mode?: number
  /** make missing folders above it too, as `mkdir -p` does: 0755, owned by who writes; default false */
  parents?: boolean
}

const schema = {
  type: 'object',
  required: ['path'],
  additionalProperties: false,
  properties: { path: { type: 'string', pattern: '^/' }, parents: { type: 'boolean' }, ...ownerSchema },
} as const

export const directoryKind: ResourceKind<DirectoryParams, PathState> = {
  kind: 'directory',
  schema,
  thing: pathThing,
  key: ({ path }) => pathKey(path),
  probe: ({ path, owner, group }) => probePath(canonicalPath(path), { owner, group }),
  parse: (output, { path }) => parsePath(output, path),
  diff: (desired, observed, world) => {
    const path = canonicalPath(desired.path)
    requireType(path, observed, 'absent', 'directory')
    requireNotRemoved(path, observed)
    if (observed.type === 'absent' && !(desired.parents && observed.seen?.parent === 'absent')) requireParent(path, observed, world)
    return [...ownerChanges(observed, folderAfter(desired, observed, world)), ...leftoverChanges(path, observed)]
  },
  action: (_, observed) => (observed.type === 'absent' ? 'create' : 'change'),
  after: folderAfter,
  steps: (desired, observed, world) => {
    const path = canonicalPath(desired.path)
    const { uid, gid, mode } = folderAfter(desired, observed, world)
    return [sh`np_mkdir ${path} ${markOf(path)} ${uid} ${gid} ${octal(mode)} ${desired.parents ? 'yes' : 'no'}`]
  },
}

/** `directory('Create the folder of CNI configurations', { path: '/etc/cni/net.d', parents: true })` */
export const directory = taskOf(directoryKind)

/** The folder would look as before, and what was in it would be gone: undo could not tell. */
function requireNotRemoved(path: string, { removesTree }: PathState) {
  if (!removesTree) return
  throw new RequirementError(
    `an earlier task removes folder ${path} with all that is in it, and this one makes it anew`,
    'Remove what should go from the folder by name, or run the two tasks in two runs.',
  )
}

function folderAfter(desired: DirectoryParams, observed: PathState, world: World): PathState & DirectoryState {
  const madeAbove = observed.type === 'absent' ? missingAbove(canonicalPath(desired.path), observed, world) : 0
  return {
    type: 'directory',
    ...ownedAs(desired, observed, world, desired.path, 0o755),
    ...(madeAbove > 0 ? { madeAbove } : {}),
    ...kept(observed),
  }
}

/** Of the folders that the host lacks above it, those that no earlier task makes. */
function missingAbove(path: string, { seen }: PathState, world: World): number {
  let levels = 0
  for (let above = parentOf(path); levels < (seen?.missing ?? 0); above = parentOf(above)) {
    if (world.state<PathState>(pathKey(above))?.type === 'directory') break
    levels++
  }
  return levels
}
