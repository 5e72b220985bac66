import type { UnreachableError } from './errors.js'
import { KnownHostsFileError } from './errors.js'
import { HostKeyChangedError, HostKeyRevokedError, HostKeyUnknownError } from './host-key-errors.js'
import { judgeHostKey, keyPrint, knownHostName, knownKeyTypes, type KnownHosts } from './known-hosts.js'
import type { LocalFiles } from './local-files.js'

const systemFiles = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']

interface Expected {
  host: string
  address: string
  port: number
  acceptNew: boolean
  /** the user's files; the system's are read after them */
  files: readonly string[]
}

/** The host keys that one host may show, by the known_hosts files of the controller. */
export class HostKeyCheck {
  private accepted: Buffer | undefined

  private constructor(
    private readonly expected: Expected,
    private readonly hosts: KnownHosts,
    private readonly files: LocalFiles,
  ) {}

  static async load(expected: Expected, files: LocalFiles): Promise<HostKeyCheck> {
    try {
      return new HostKeyCheck(expected, await files.knownHosts(allFiles(expected)), files)
    } catch (error) {
      throw new KnownHostsFileError(expected.host, 'read', (error as Error).message, { cause: error })
    }
  }

  /** Algorithms to offer: those of known keys first. SHA-1 signatures (`ssh-rsa`) are not among them. */
  get algorithms(): string[] {
    const { address, port } = this.expected
    const known = knownKeyTypes(this.hosts, address, port).flatMap(type => (type === 'ssh-rsa' ? rsaAlgorithms : [type]))
    const first = known.filter(algorithm => hostKeyAlgorithms.includes(algorithm))
    return [...first, ...hostKeyAlgorithms.filter(algorithm => !first.includes(algorithm))]
  }

  /** Why this key is refused, if it is. */
  refusal(key: Buffer): UnreachableError | undefined {
    const { host, address, port, acceptNew, files } = this.expected
    const [name, print] = [knownHostName(address, port), keyPrint(key)]
    const found = judgeHostKey(this.hosts, address, port, key)
    if (found.verdict === 'known') return undefined
    if (found.verdict === 'revoked') return new HostKeyRevokedError(host, name, print, where(found.by))
    if (found.verdict === 'changed') {
      return new HostKeyChangedError(
        host,
        name,
        print,
        found.known.map(entry => ({ ...keyPrint(entry.key), where: where(entry) })),
      )
    }
    if (!acceptNew) return new HostKeyUnknownError(host, name, print, files, found.byAuthority)
    this.accepted = key
    return undefined
  }

  /** Remembers a new key. To be called after the key exchange: only then has the host proved that the key is its own. */
  async rememberAccepted(): Promise<void> {
    const { accepted: key } = this
    if (!key) return
    const { host, address, port } = this.expected
    const line = `${knownHostName(address, port)} ${keyPrint(key).type} ${key.toString('base64')}`
    const isNew = (hosts: KnownHosts) => judgeHostKey(hosts, address, port, key).verdict === 'unknown'
    try {
      await this.files.addKnownHost(allFiles(this.expected), line, isNew)
    } catch (error) {
      throw new KnownHostsFileError(host, 'write', (error as Error).message, { cause: error })
    }
  }
}

const allFiles = ({ files }: Expected) => [...files, ...systemFiles]

const where = ({ file, line }: { file: string; line: number }) => `${file}:${line}`

const rsaAlgorithms = ['rsa-sha2-512', 'rsa-sha2-256']
const hostKeyAlgorithms = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', ...rsaAlgorithms]
