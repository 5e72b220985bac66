import { sh } from '../shell.js'
import { canonicalPath, markOf, pathKey } from './path-key.js'
import { leftoverChanges, requireParent, requireType } from './path-needs.js'
import { parsePath, probePath } from './path-probe.js'
import type { PathState } from './path-state.js'
import { kept, symlinkTo } from './path-state.js'
import { pathThing } from './path-thing.js'
import type { ResourceKind } from './resource.js'
import { taskOf } from './task.js'

/** A symbolic link. Its target need not exist. */
export interface SymlinkParams {
  /** absolute */
  path: string
  /** what the link says, word for word; relative is relative to the folder of the link */
  target: string
}

const schema = {
  type: 'object',
  required: ['path', 'target'],
  additionalProperties: false,
  properties: { path: { type: 'string', pattern: '^/' }, target: { type: 'string', minLength: 1 } },
} as const

export const symlinkKind: ResourceKind<SymlinkParams, PathState> = {
  kind: 'symlink',
  schema,
  thing: pathThing,
  key: ({ path }) => pathKey(path),
  probe: ({ path }) => probePath(canonicalPath(path)),
  parse: (output, { path }) => parsePath(output, path),
  diff: (desired, observed, world) => {
    const path = canonicalPath(desired.path)
    requireType(path, observed, 'absent', 'symlink')
    if (observed.type === 'absent') requireParent(path, observed, world)
    const before = observed.type === 'symlink' ? observed.target : null
    const differs = observed.type !== 'symlink' || observed.word !== symlinkTo(desired.target).word
    return [...(differs ? [{ field: 'target', before, after: desired.target }] : []), ...leftoverChanges(path, observed)]
  },
  action: (_, observed) => (observed.type === 'absent' ? 'create' : 'change'),
  after: ({ target }, observed) => ({ ...symlinkTo(target), ...kept(observed) }),
  steps: ({ path, target }) => [sh`np_link ${canonicalPath(path)} ${markOf(canonicalPath(path))} ${target}`],
}

/** `symlink('Point localtime at UTC', { path: '/etc/localtime', target: '/usr/share/zoneinfo/UTC' })` */
export const symlink = taskOf(symlinkKind)
