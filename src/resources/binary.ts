import { InputError } from '../errors.js'
import type { FileSource } from './file-content.js'
import { slotSourceOf, sourceSchema } from './file-content.js'
import type { FileParams } from './file.js'
import { fileKind } from './file.js'
import { ownerSchema } from './path-owner.js'
import type { PathState } from './path-state.js'
import type { ResourceKind, Sources } from './resource.js'
import { taskOf } from './task.js'

/** A program, by its digest: from a local path, a URL (downloaded once by the controller) or an archive. */
export interface BinaryParams {
  /** absolute */
  path: string
  source: FileSource
  /** what the bytes must have, in hex; a source with other bytes is refused before anything is touched */
  sha256?: string
  /** default 0o755, also where the file is there already */
  mode?: number
  owner?: string
  group?: string
}

const schema = {
  type: 'object',
  required: ['path', 'source'],
  additionalProperties: false,
  properties: {
    path: { type: 'string', pattern: '^/' },
    source: sourceSchema,
    sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    ...ownerSchema,
  },
} as const

const asFile = ({ path, source, owner, group, mode = 0o755 }: BinaryParams): FileParams => ({ path, source, mode, owner, group })

export const binaryKind: ResourceKind<BinaryParams, PathState> = {
  kind: 'binary',
  schema,
  thing: fileKind.thing,
  key: desired => fileKind.key(asFile(desired)),
  probe: (desired, sources) => fileKind.probe(asFile(desired), sources),
  parse: (output, desired) => fileKind.parse(output, asFile(desired)),
  diff: (desired, observed, world) => {
    requireDigest(desired, world)
    return fileKind.diff(asFile(desired), observed, world)
  },
  action: (desired, observed, changes) => fileKind.action!(asFile(desired), observed, changes),
  after: (desired, observed, world) => fileKind.after(asFile(desired), observed, world),
  steps: (desired, observed, world) => fileKind.steps(asFile(desired), observed, world),
  sources: desired => fileKind.sources!(asFile(desired)),
  slots: (desired, world) => fileKind.slots!(asFile(desired), world),
}

/** `binary('Install flanneld', { path: '/usr/local/bin/flanneld', source: { path: 'parts/flanneld' }, sha256: '…' })` */
export const binary = taskOf(binaryKind)

function requireDigest({ path, source, sha256 }: BinaryParams, sources: Sources) {
  if (sha256 === undefined) return
  // What hosts pull they verify themselves, by the sha256 of the source.
  const digest = 'pull' in source ? source.sha256 : sources.source(slotSourceOf(source)).digest
  if (digest === sha256) return
  throw new InputError(`the source of ${path} has sha256 ${digest}, and ${sha256} is wanted`, {
    next: 'Fetch the right file, or mend the sha256 if the new one is meant; nothing was changed.',
  })
}
