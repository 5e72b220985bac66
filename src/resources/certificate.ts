import type { Change } from '../change.js'
import { certificatesIn, pemError, pemFileSchema, pemSource, privateKeyIn, type PemFile } from './certificate-source.js'
import { certificateChanges, refuseOtherContent, type IfDifferent } from './certificate-changes.js'
import { RequirementError } from './errors.js'
import { fileKind, type FileParams } from './file.js'
import { ownerSchema, type WantedOwner } from './path-owner.js'
import type { PathState } from './path-state.js'
import type { ResourceKind, World } from './resource.js'
import { taskOf } from './task.js'
import { certificateProblem, validityProblem, type CertificateUse } from './x509-problem.js'

/**
 * A certificate (with those between it and its CA, where there are any), distributed from the controller. What is wrong with it is found on the
 * controller, before any host is written to; its change is shown as subject, names, validity and fingerprint.
 */
export interface CertificateParams extends WantedOwner {
  /** absolute, on the host */
  path: string
  /** on the controller, PEM, at most 64 KiB */
  source: PemFile
  /** CAs on the controller: one of them must have signed it */
  signedBy?: PemFile
  /** on the controller: the key that it must belong to */
  key?: PemFile
  /** default: whatever its extended key usage says */
  uses?: CertificateUse[]
  /** host names and addresses that clients reach its server by: each must be in subjectAltName */
  covers?: string[]
  /** `context.host.facts.clockMs`: a host whose clock is wrong would refuse it too */
  clockMs?: number
  /** `refuse`: what is on the host must be this one already; default `write` */
  ifDifferent?: IfDifferent
  /** default 0o644 */
  mode?: number
}

const schema = {
  type: 'object',
  required: ['path', 'source'],
  additionalProperties: false,
  properties: {
    path: { type: 'string', pattern: '^/' },
    source: pemFileSchema,
    signedBy: pemFileSchema,
    key: pemFileSchema,
    uses: { type: 'array', items: { enum: ['server', 'client'] } },
    covers: { type: 'array', items: { type: 'string', minLength: 1 } },
    clockMs: { type: 'number' },
    ifDifferent: { enum: ['write', 'refuse'] },
    ...ownerSchema,
  },
} as const

const asFile = ({ path, source, owner, group, mode = 0o644 }: CertificateParams): FileParams => ({ path, source, owner, group, mode })

export const certificateKind: ResourceKind<CertificateParams, PathState> = {
  kind: 'certificate',
  schema,
  thing: fileKind.thing,
  key: desired => fileKind.key(asFile(desired)),
  probe: (desired, sources) => fileKind.probe(asFile(desired), sources),
  parse: (output, desired) => fileKind.parse(output, asFile(desired)),
  diff: (desired, observed, world) => {
    const chain = soundChain(desired, world)
    const changes = fileKind.diff(asFile(desired), observed, world)
    refuseOtherContent(desired, changes)
    return changes.flatMap((change): Change[] => (change.field === 'content' ? certificateChanges(observed, chain, new Date()) : [change]))
  },
  action: (desired, observed, changes) => fileKind.action!(asFile(desired), observed, changes),
  after: (desired, observed, world) => fileKind.after(asFile(desired), observed, world),
  steps: (desired, observed, world) => fileKind.steps(asFile(desired), observed, world),
  sources: ({ source, signedBy, key }) => [source, signedBy, key].flatMap(file => (file === undefined ? [] : [pemSource(file)])),
  slots: (desired, world) => fileKind.slots!(asFile(desired), world),
}

/** `certificate('Install the certificate of etcd', { path: '/etc/etcd/pki/etcd.pem', source: { path: 'pki/n1.pem' }, signedBy: { path: 'pki/ca.pem' } })` */
export const certificate = taskOf(certificateKind)

/** @throws {InputError} naming the file on the controller. @throws {RequirementError} only this host's clock is against it */
function soundChain(desired: CertificateParams, world: World) {
  const { source, signedBy, key, uses, covers, clockMs } = desired
  const chain = certificatesIn(source, world)
  const problem = certificateProblem(chain, {
    clocks: [new Date()],
    ...(signedBy === undefined ? {} : { signedBy: certificatesIn(signedBy, world) }),
    ...(key === undefined ? {} : { key: { publicKey: privateKeyIn(key, world).publicKey, name: key.path } }),
    ...(uses === undefined ? {} : { uses }),
    ...(covers === undefined ? {} : { covers }),
  })
  if (problem !== undefined) throw pemError(source, problem)
  const here = clockMs === undefined ? undefined : validityProblem(chain[0], [new Date(clockMs)])
  if (here === undefined) return chain
  throw new RequirementError(
    `by the clock of this host, ${source.path} ${here}`,
    'Set the clock of the host (NTP) and run again; nothing was changed on any host.',
  )
}
