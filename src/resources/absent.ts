import type { Change, Shown } from '../change.js'
import { sh } from '../shell.js'
import { RequirementError } from './errors.js'
import { shownContent } from './file-content.js'
import { canonicalPath, markOf, pathKey } from './path-key.js'
import { leftoverChanges, requireType } from './path-needs.js'
import { parsePath, probePath } from './path-probe.js'
import type { PathState } from './path-state.js'
import { kept } from './path-state.js'
import { pathThing } from './path-thing.js'
import type { ResourceKind } from './resource.js'
import { taskOf } from './task.js'

/** Nothing at this path: a file or a link is removed, an empty folder too. */
export interface AbsentParams {
  /** absolute */
  path: string
  /** remove a folder with all that is in it; default false: a folder that is not empty is refused */
  recursive?: boolean
}

const schema = {
  type: 'object',
  required: ['path'],
  additionalProperties: false,
  properties: { path: { type: 'string', pattern: '^/' }, recursive: { type: 'boolean' } },
} as const

export const absentKind: ResourceKind<AbsentParams, PathState> = {
  kind: 'absent',
  schema,
  thing: pathThing,
  key: ({ path }) => pathKey(path),
  probe: ({ path }) => probePath(canonicalPath(path), { askEmpty: true }),
  parse: (output, { path }) => parsePath(output, path),
  diff: (desired, observed) => {
    const path = canonicalPath(desired.path)
    requireType(path, observed, 'file', 'symlink', 'directory', 'absent')
    requireEmptied(path, desired, observed)
    return [...removalOf(observed), ...leftoverChanges(path, observed)]
  },
  action: () => 'remove',
  after: (_, observed) => ({
    type: 'absent',
    ...kept(observed),
    ...(observed.type === 'directory' && observed.empty === false ? { removesTree: true } : {}),
  }),
  steps: ({ path, recursive }) => [sh`np_remove ${canonicalPath(path)} ${markOf(canonicalPath(path))} ${recursive ? 'tree' : 'empty'}`],
}

/** `absent('Remove the bridge of the old plugin', { path: '/etc/cni/net.d/10-bridge.conf' })` */
export const absent = taskOf(absentKind)

function requireEmptied(path: string, { recursive }: AbsentParams, observed: PathState) {
  if (observed.type !== 'directory') return
  // The pre-image of a folder is kept only when the first look at it already meant to remove it.
  if (observed.empty === undefined)
    throw new RequirementError(
      `an earlier task of this plan is about folder ${path}, and this one removes it`,
      'Leave one of the two tasks out.',
    )
  if (!observed.empty && !recursive)
    throw new RequirementError(`${path} is a folder that is not empty`, 'Look at what is in it; add "recursive: true" to remove all of it.')
}

const removalOf = (observed: PathState): Change[] =>
  observed.type === 'absent' ? [] : [{ field: observed.type, before: shown(observed), after: null }]

const shown = (observed: PathState): Shown => {
  if (observed.type === 'file') return shownContent(observed)
  if (observed.type === 'symlink') return observed.target
  return observed.type === 'directory' && observed.empty === false ? 'with all that is in it' : 'empty'
}
