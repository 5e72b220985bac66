import type { Change } from '../change.js'
import { certificatesOn, certificateChanges, refuseOtherContent, type IfDifferent } from './certificate-changes.js'
import { certificatesIn, pemError, pemFileSchema, pemSource, pemText, type PemFile } from './certificate-source.js'
import { RequirementError } from './errors.js'
import { fileKind, type FileParams } from './file.js'
import { ownerSchema, type WantedOwner } from './path-owner.js'
import { sha256 } from './path-key.js'
import type { PathState } from './path-state.js'
import type { ResourceKind, Sources, World } from './resource.js'
import { taskOf } from './task.js'
import type { Certificate } from './x509.js'
import { validityProblem } from './x509-problem.js'

/** The CAs that a daemon trusts. A new one is introduced beside the others, and the others are dropped in a later run: never both in one. */
export interface CaBundleParams extends WantedOwner {
  /** absolute, on the host */
  path: string
  /** on the controller, PEM, one CA or several */
  source: PemFile
  /** `keep`: the host's own stay, these come after them; `drop`: these alone */
  others: 'keep' | 'drop'
  /** `refuse`: what is on the host must be as wanted already; default `write` */
  ifDifferent?: IfDifferent
  /** default 0o644 */
  mode?: number
}

/** As predicted, with what this plan makes the host trust: fingerprints. */
type BundleState = PathState & { introduced?: readonly string[] }

const schema = {
  type: 'object',
  required: ['path', 'source', 'others'],
  additionalProperties: false,
  properties: {
    path: { type: 'string', pattern: '^/' },
    source: pemFileSchema,
    others: { enum: ['keep', 'drop'] },
    ifDifferent: { enum: ['write', 'refuse'] },
    ...ownerSchema,
  },
} as const

export const caBundleKind: ResourceKind<CaBundleParams, BundleState> = {
  kind: 'ca-bundle',
  schema,
  thing: fileKind.thing,
  key: ({ path }) => fileKind.key({ path, content: '' }),
  // Asked with the digest of the source: where the host has something else, it tells what.
  probe: (desired, sources) => fileKind.probe(asFile(desired, pemText(desired.source, sources)), sources),
  parse: (output, desired) => fileKind.parse(output, asFile(desired, '')),
  diff: (desired, observed, world) => {
    const wanted = soundCas(desired, world)
    const { text, cas } = mergedWith(desired, wanted, observed, world)
    const changes = fileKind.diff(asFile(desired, text), observed, world)
    refuseOtherContent(desired, changes)
    if (desired.others === 'drop') refuseSwap(desired, wanted, observed, changes)
    return changes.flatMap((change): Change[] =>
      change.field === 'content' ? certificateChanges(observed, cas, new Date()).filter(({ field }) => field === 'content') : [change],
    )
  },
  action: (_, observed) => (observed.type === 'absent' ? 'create' : 'change'),
  after: (desired, observed, world) => {
    const wanted = certificatesIn(desired.source, world)
    const { text } = mergedWith(desired, wanted, observed, world)
    const known = new Set(certificatesOn(observed)?.map(({ fingerprint }) => fingerprint))
    const introduced = wanted.map(({ fingerprint }) => fingerprint).filter(fingerprint => !known.has(fingerprint))
    const after: BundleState = fileKind.after(asFile(desired, text), observed, world)
    return observed.type === 'absent' ? after : { ...after, introduced: [...(observed.introduced ?? []), ...introduced] }
  },
  steps: (desired, observed, world) => fileKind.steps(asFile(desired, textFor(desired, observed, world)), observed, world),
  sources: ({ source }) => [pemSource(source)],
  slots: (desired, world) =>
    fileKind.slots!(asFile(desired, textFor(desired, world.state<PathState>(caBundleKind.key(desired))!, world)), world),
}

/** `caBundle('Trust the new CA beside the old one', { path: '/etc/etcd/pki/ca.pem', source: { path: 'pki/ca.pem' }, others: 'keep' })` */
export const caBundle = taskOf(caBundleKind)

const asFile = ({ path, owner, group, mode = 0o644 }: CaBundleParams, content: string): FileParams => ({
  path,
  content,
  owner,
  group,
  mode,
})

/** @throws {InputError} naming the file on the controller */
function soundCas({ source }: CaBundleParams, sources: Sources) {
  const cas = certificatesIn(source, sources)
  for (const ca of cas) {
    const problem = ca.isCa ? validityProblem(ca, [new Date()]) : 'is not a CA: it may sign nobody'
    if (problem !== undefined) throw pemError(source, `holds ${ca.subject}, which ${problem}`)
  }
  return cas
}

const textFor = (desired: CaBundleParams, observed: PathState, world: World) =>
  mergedWith(desired, certificatesIn(desired.source, world), observed, world).text

/** @throws {RequirementError} what the host trusts cannot be kept, because it cannot be read */
function mergedWith(
  { path, source, others }: CaBundleParams,
  wanted: [Certificate, ...Certificate[]],
  observed: PathState,
  sources: Sources,
): { text: string; cas: [Certificate, ...Certificate[]] } {
  const text = pemText(source, sources)
  if (others === 'drop' || observed.type !== 'file' || observed.digest === sha256(text)) return { text, cas: wanted }
  const trusted = certificatesOn(observed)
  if (observed.text === undefined || trusted === undefined)
    throw new RequirementError(
      `${path} holds no certificates that netplay can read, so those that the host trusts cannot be kept`,
      'Look at the file (PEM, at most 64 KiB); put the CA there that the host should trust now, and run again.',
    )
  const added = wanted.filter(({ fingerprint }) => !trusted.some(ca => ca.fingerprint === fingerprint))
  const [first, ...rest] = [...trusted, ...added]
  // With nothing to add the file is left as it is written.
  return { text: added.length === 0 ? observed.text : [...trusted, ...added].map(({ pem }) => pem).join(''), cas: [first!, ...rest] }
}

/** @throws {RequirementError} hosts that have only the old CA's certificates would be refused by those that trust only the new one */
function refuseSwap(
  { path, source }: CaBundleParams,
  wanted: readonly Certificate[],
  observed: BundleState,
  changes: readonly Change[],
): void {
  if (observed.type !== 'file' || changes.every(({ field }) => field !== 'content')) return
  const trusted = new Set(certificatesOn(observed)?.map(({ fingerprint }) => fingerprint))
  const isNew = wanted.some(({ fingerprint }) => observed.introduced?.includes(fingerprint) === true || !trusted.has(fingerprint))
  if (!isNew) return
  throw new RequirementError(
    `${path}: the CA of ${source.path} would be introduced and the old one dropped in one run`,
    'Introduce the new CA first (without certs_finish), see that everything is well, and drop the old one in a later run; nothing was changed on any host.',
  )
}
