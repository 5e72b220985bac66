import { InputError } from '../errors.js'
import { certificatesIn, pemError, pemFileSchema, pemSource, privateKeyIn, type PemFile } from './certificate-source.js'
import { refuseOtherContent, type IfDifferent } from './certificate-changes.js'
import { fileKind, type FileParams } from './file.js'
import { octal, type PathState } from './path-state.js'
import { ownerSchema, type WantedOwner } from './path-owner.js'
import type { ResourceKind } from './resource.js'
import { taskOf } from './task.js'
import { keyInWords } from './x509-text.js'

/**
 * The private key of a certificate, distributed from the controller. Nothing of it is shown but the digest of its public half; the host's own never
 * leaves the host.
 */
export interface PrivateKeyParams extends WantedOwner {
  /** absolute, on the host */
  path: string
  /** on the controller, PEM without a passphrase */
  source: PemFile
  /** on the controller: the certificate that it must belong to */
  certificate?: PemFile
  /** `refuse`: what is on the host must be this one already; default `write` */
  ifDifferent?: IfDifferent
  /** default 0o600; at most 0o640 */
  mode?: number
}

const schema = {
  type: 'object',
  required: ['path', 'source'],
  additionalProperties: false,
  properties: {
    path: { type: 'string', pattern: '^/' },
    source: pemFileSchema,
    certificate: pemFileSchema,
    ifDifferent: { enum: ['write', 'refuse'] },
    ...ownerSchema,
  },
} as const

const asFile = ({ path, source, owner, group, mode = 0o600 }: PrivateKeyParams): FileParams => ({
  path,
  source,
  owner,
  group,
  mode,
  secret: true,
})

export const privateKeyKind: ResourceKind<PrivateKeyParams, PathState> = {
  kind: 'private-key',
  schema,
  thing: fileKind.thing,
  key: desired => fileKind.key(asFile(desired)),
  probe: (desired, sources) => fileKind.probe(asFile(desired), sources),
  parse: (output, desired) => fileKind.parse(output, asFile(desired)),
  diff: (desired, observed, world) => {
    const { source, certificate, path, mode = 0o600 } = desired
    if ((mode & ~0o640) !== 0)
      throw new InputError(`mode ${octal(mode)} of ${path} lets others read or change a private key`, {
        next: 'Give 0600, or 0640 with a group of its readers.',
      })
    const key = privateKeyIn(source, world)
    if (certificate !== undefined && certificatesIn(certificate, world)[0].publicKey !== key.publicKey)
      throw pemError(source, `is not the key of ${certificate.path}`)
    const changes = fileKind.diff(asFile(desired), observed, world)
    refuseOtherContent(desired, changes)
    return changes.map(change =>
      change.field === 'content'
        ? { field: 'key', before: observed.type === 'absent' ? null : 'another one', after: keyInWords(key) }
        : change,
    )
  },
  action: (desired, observed, changes) => fileKind.action!(asFile(desired), observed, changes),
  after: (desired, observed, world) => fileKind.after(asFile(desired), observed, world),
  steps: (desired, observed, world) => fileKind.steps(asFile(desired), observed, world),
  sources: ({ source, certificate }) => [source, ...(certificate === undefined ? [] : [certificate])].map(pemSource),
  slots: (desired, world) => fileKind.slots!(asFile(desired), world),
}

/** `privateKey('Install its key', { path: '/etc/etcd/pki/etcd-key.pem', source: { path: 'pki/n1-key.pem' }, owner: 'etcd' })` */
export const privateKey = taskOf(privateKeyKind)
