import type { UnreachableError } from './errors.js'
import { KnownHostsFileError } from './errors.js'
import { certificateAlgorithms, certificateProblem, readCertificate, type Certificate } from './certificate.js'
import { HostCertificateError, HostKeyChangedError, HostKeyRevokedError, HostKeyUnknownError } from './host-key-errors.js'
import { authoritiesOf, hashHostName, judgeHostKey, keyPrint, knownKeyTypes, type HostNames, type KnownHosts } from './known-hosts.js'
import type { LocalFiles } from './local-files.js'

export interface ExpectedHost {
  /** the inventory's name */
  host: string
  names: HostNames
  acceptNew: boolean
  /** the user's files, of which the first gets new keys, and those of all users after them */
  files: { user: readonly string[]; global: readonly string[] }
  /** names are written hashed */
  hash: boolean
}

/** The host keys that one host may show, by the known_hosts files of the controller. */
export class HostKeyCheck {
  private accepted: Buffer | undefined

  private constructor(
    private readonly expected: ExpectedHost,
    private readonly hosts: KnownHosts,
    private readonly files: LocalFiles,
  ) {}

  static async load(expected: ExpectedHost, files: LocalFiles): Promise<HostKeyCheck> {
    try {
      return new HostKeyCheck(expected, await files.knownHosts(allFiles(expected)), files)
    } catch (error) {
      throw new KnownHostsFileError(expected.host, 'read', (error as Error).message, { cause: error })
    }
  }

  /** Algorithms to offer: certificates where there is an authority for the host, then those of known keys. SHA-1 signatures (`ssh-rsa`) are not among them. */
  get algorithms(): string[] {
    const certified = authoritiesOf(this.hosts, this.expected.names).length > 0 ? certificateAlgorithms : []
    const known = knownKeyTypes(this.hosts, this.expected.names).flatMap(type => (type === 'ssh-rsa' ? rsaAlgorithms : [type]))
    const first = known.filter(algorithm => hostKeyAlgorithms.includes(algorithm))
    return [...certified, ...first, ...hostKeyAlgorithms.filter(algorithm => !first.includes(algorithm))]
  }

  /** What to say to what the host shows, a key or a certificate. `certificate`: it is one, and good; the host has to prove that it has the key in it. */
  judge(shown: Buffer): { refusal?: UnreachableError; certificate?: Certificate } {
    const { host, names } = this.expected
    try {
      const certificate = readCertificate(shown)
      const refusal = certificate === undefined ? this.refusal(shown) : this.certificateRefusal(certificate)
      return refusal === undefined ? { certificate } : { refusal }
    } catch (error) {
      return { refusal: new HostCertificateError(host, names.name, '', 'it is cut or garbled', { cause: error }) }
    }
  }

  /** Why this certificate is refused, if it is. One that no authority of ours stands for is worth what its key is. */
  certificateRefusal(certificate: Certificate): UnreachableError | undefined {
    const { host, names } = this.expected
    const { key, authority } = certificate
    const revoked = [key, authority].map(each => judgeHostKey(this.hosts, names, each)).find(found => found.verdict === 'revoked')
    if (revoked?.verdict === 'revoked') return new HostKeyRevokedError(host, names.name, keyPrint(key), where(revoked.by))
    const isTrusted = authoritiesOf(this.hosts, names).some(entry => entry.key.equals(authority))
    const problem = isTrusted
      ? certificateProblem(certificate, names.plain ?? names.name, Date.now())
      : `no @cert-authority line for the host has the key that signed it (${keyPrint(authority).fingerprint})`
    if (problem === undefined || judgeHostKey(this.hosts, names, key).verdict === 'known') return undefined
    return new HostCertificateError(host, names.name, certificate.keyId, problem)
  }

  /** Why this key is refused, if it is. */
  refusal(key: Buffer): UnreachableError | undefined {
    const { host, names, acceptNew } = this.expected
    const [name, print] = [names.name, keyPrint(key)]
    const found = judgeHostKey(this.hosts, names, key)
    if (found.verdict === 'known') return undefined
    if (found.verdict === 'revoked') return new HostKeyRevokedError(host, name, print, where(found.by))
    if (found.verdict === 'changed') {
      return new HostKeyChangedError(
        host,
        name,
        print,
        found.known.map(entry => ({ ...keyPrint(entry.key), ...entry })),
      )
    }
    if (!acceptNew) return new HostKeyUnknownError(host, name, print, allFiles(this.expected), found.byAuthority)
    this.accepted = key
    return undefined
  }

  /** Remembers a new key. To be called after the key exchange: only then has the host proved that the key is its own. */
  async rememberAccepted(): Promise<void> {
    const { accepted: key } = this
    if (!key) return
    const { host, names, files, hash } = this.expected
    const line = `${hash ? hashHostName(names.name) : names.name} ${keyPrint(key).type} ${key.toString('base64')}`
    const isNew = (hosts: KnownHosts) => judgeHostKey(hosts, names, key).verdict === 'unknown'
    // No file of the user's, no memory: another user's is not ours to write.
    if (files.user.length === 0) return
    try {
      await this.files.addKnownHost(allFiles(this.expected), line, isNew)
    } catch (error) {
      throw new KnownHostsFileError(host, 'write', (error as Error).message, { cause: error })
    }
  }
}

const allFiles = ({ files }: ExpectedHost) => [...files.user, ...files.global]

const where = ({ file, line }: { file: string; line: number }) => `${file}:${line}`

const rsaAlgorithms = ['rsa-sha2-512', 'rsa-sha2-256']
const hostKeyAlgorithms = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', ...rsaAlgorithms]
