import ssh2, { type BaseAgent, type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2'
import { agentKeys } from './agent-keys.js'
import { certificateOf, isFor, showing, type UserCertificate } from './user-certificate.js'

/** An ssh-agent that is asked for its keys once, however many hosts are logged in to. */
export class SharedAgent extends ssh2.BaseAgent<ParsedKey> {
  private readonly agent: BaseAgent
  private keys: Promise<ParsedKey[]> | undefined

  constructor(socket: string) {
    super()
    this.agent = ssh2.createAgent(socket)
  }

  /** An agent that does not answer has no keys: the other ways of logging in go on. */
  getIdentities(callback: IdentityCallback<ParsedKey>): void {
    this.keys ??= agentKeys(this.agent)
    void this.keys.then(keys => callback(undefined, keys))
  }

  override sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
    if (typeof options === 'function') this.agent.sign(key, data, options)
    else this.agent.sign(key, data, options, callback)
  }
}

/** An agent for one login: with IdentitiesOnly only some of its keys, and certificates before plain keys. */
export class LoginAgent extends ssh2.BaseAgent<ParsedKey> {
  /** by what ssh2 was given, the keys that the agent knows them by */
  private readonly signers = new Map<ParsedKey, ParsedKey>()

  /** @param certificates those in files; @param accepts types of keys and algorithms of certificates; @param allowed public keys and certificates in SSH's wire form; default all */
  constructor(
    private readonly agent: SharedAgent,
    private readonly certificates: readonly UserCertificate[],
    private readonly accepts: (type: string) => boolean,
    private readonly allowed?: readonly Buffer[],
  ) {
    super()
  }

  getIdentities(callback: IdentityCallback<ParsedKey>): void {
    this.agent.getIdentities((_, keys = []) => {
      const held = (keys as ParsedKey[]).filter(key => this.allowed?.some(blob => shows(key, blob)) ?? true)
      // A key whose own type is left out may still have a certificate that is not.
      const bare = held.filter(key => !certificateOf(key))
      const plain = bare.filter(({ type }) => this.accepts(type))
      const certified = held.filter(key => certificateOf(key) && this.accepts(key.type))
      const fromFiles = this.certificates.filter(({ blob }) => !certified.some(key => shows(key, blob)))
      callback(undefined, [...certified, ...bare.flatMap(key => this.certifiedBy(fromFiles, key)), ...plain])
    })
  }

  override sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
    const certificate = certificateOf(key)
    if (!certificate) return this.agent.sign(key, data, options, callback)
    // By its type ssh2 tells the agent which hash an RSA key signs with.
    const signer = this.signers.get(key) ?? (Object.create(key, { type: { value: certificate.says.type } }) as ParsedKey)
    this.agent.sign(signer, data, { hash: certificate.hash } as SigningRequestOptions, typeof options === 'function' ? options : callback)
  }

  private certifiedBy(certificates: readonly UserCertificate[], key: ParsedKey): ParsedKey[] {
    const own = certificates.filter(certificate => isFor(certificate, key)).map(certificate => showing(certificate, key))
    for (const shown of own) this.signers.set(shown, key)
    return own
  }
}

const shows = (key: ParsedKey, blob: Buffer) => blob.equals(key.getPublicSSH())
