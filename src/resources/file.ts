import type { Change } from '../change.js'
import type { ShellText } from '../shell.js'
import { sh } from '../shell.js'
import { RequirementError } from './errors.js'
import type { Content, ContentParams, FileSource } from './file-content.js'
import { carriageOf, contentOf, shownContent, slotsOf, sourceSchema, sourcesOf } from './file-content.js'
import { canonicalPath, markOf, pathKey } from './path-key.js'
import { leftoverChanges, requireParent, requireType } from './path-needs.js'
import type { WantedOwner } from './path-owner.js'
import { ownedAs, ownerChanges, ownerSchema } from './path-owner.js'
import { parsePath, probePath } from './path-probe.js'
import type { FileState, PathState } from './path-state.js'
import { kept, octal } from './path-state.js'
import { pathThing } from './path-thing.js'
import type { ResourceKind, World } from './resource.js'
import { taskOf } from './task.js'

/** A plain file with exactly this content. `content` or `source`, not both. */
export interface FileParams extends WantedOwner, ContentParams {
  /** absolute */
  path: string
  /** the bytes, as text; a `Secret` is never shown and never part of a plan */
  content?: ContentParams['content']
  /** where the bytes are read on the controller, e.g. `{ path: 'files/ca.pem' }` */
  source?: FileSource
  /** content is shown nowhere, compared by salted digest, streamed apart from the plan; default true for a `Secret`, else false */
  secret?: boolean
  /** default: as it is; of a new file 0o644, of a new secret 0o600 */
  mode?: number
}

const schema = {
  type: 'object',
  required: ['path'],
  additionalProperties: false,
  oneOf: [{ required: ['content'] }, { required: ['source'] }],
  properties: {
    path: { type: 'string', pattern: '^/' },
    // A Secret is an object that gives nothing away, to a schema neither.
    content: { anyOf: [{ type: 'string' }, { type: 'object' }] },
    source: sourceSchema,
    secret: { type: 'boolean' },
    ...ownerSchema,
  },
} as const

export const fileKind: ResourceKind<FileParams, PathState> = {
  kind: 'file',
  schema,
  thing: pathThing,
  key: ({ path }) => pathKey(path),
  probe: (desired, sources) => {
    const { digest, salt } = contentOf(desired, sources)
    return probePath(canonicalPath(desired.path), { wantedDigest: digest, salt, owner: desired.owner, group: desired.group })
  },
  parse: (output, { path }) => parsePath(output, path),
  diff: (desired, observed, world) => {
    const content = contentOf(desired, world)
    requireFile(desired, observed, content, world)
    const after = afterWith(content, desired, observed, world)
    return [
      ...contentChanges(observed, content),
      ...ownerChanges(observed, after),
      ...leftoverChanges(canonicalPath(desired.path), observed),
    ]
  },
  action: (_, observed) => (observed.type === 'absent' ? 'create' : 'change'),
  after: (desired, observed, world) => afterWith(contentOf(desired, world), desired, observed, world),
  steps: (desired, observed, world) => {
    const content = contentOf(desired, world)
    return [stepOf(canonicalPath(desired.path), observed, content, afterWith(content, desired, observed, world))]
  },
  sources: ({ source }) => sourcesOf(source),
  slots: (desired, world) => slotsOf(contentOf(desired, world)),
}

/** `file('Write the unit', { path: '/etc/x', content: 'text\n' })` */
export const file = taskOf(fileKind)

function requireFile({ path }: FileParams, observed: PathState, { salt }: Content, world: World) {
  requireType(path, observed, 'absent', 'file')
  if (observed.type === 'absent') requireParent(canonicalPath(path), observed, world)
  if (observed.type === 'file' && observed.digest === 'unreadable')
    throw new RequirementError(`${path} cannot be read by this user`, 'Add "become: true" to the play.')
  if (observed.salt !== salt)
    throw new RequirementError(
      `two tasks are about ${path}, and only one of them says that it is secret`,
      'Say it in both, or merge the two tasks.',
    )
}

const contentChanges = (observed: PathState, content: Content): Change[] => {
  if (observed.type !== 'file') return [{ field: 'content', before: null, after: shownContent(content) }]
  return observed.digest === content.digest ? [] : [{ field: 'content', before: shownContent(observed), after: shownContent(content) }]
}

function afterWith(
  { digest, salt, sizeBytes, text }: Content,
  desired: FileParams,
  observed: PathState,
  world: World,
): PathState & FileState {
  return {
    type: 'file',
    ...ownedAs(desired, observed, world, desired.path, salt === undefined ? 0o644 : 0o600),
    digest,
    sizeBytes,
    ...(text === undefined ? {} : { text }),
    ...kept(observed),
    ...(salt === undefined ? {} : { salt }),
  }
}

/** Owner and mode alone are changed in place, but for setuid: chown clears it, and half of the change must not be seen. */
function stepOf(path: string, observed: PathState, content: Content, after: FileState): ShellText {
  const put = (carriage: ShellText) => sh`np_put ${path} ${markOf(path)} ${after.uid} ${after.gid} ${octal(after.mode)} ${carriage}`
  if (observed.type !== 'file' || observed.digest !== after.digest) return put(carriageOf(content))
  if ((observed.mode | after.mode) & 0o6000) return put(sh`same -`)
  return sh`np_sweep ${path} ${markOf(path)}; np_own ${path} ${after.uid} ${after.gid} ${octal(after.mode)}`
}
