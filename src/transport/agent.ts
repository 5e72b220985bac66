import ssh2, { type BaseAgent, type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2'
import { agentKeys, type HeldKey } from './agent-keys.js'
import { algorithmFor, hashOf } from './key-algorithms.js'
import { isFor, showing, type UserCertificate } from './user-certificate.js'

/** An ssh-agent that is asked for its keys once, however many hosts are logged in to. */
export class SharedAgent {
  private readonly agent: BaseAgent
  private asked: Promise<HeldKey[]> | undefined

  constructor(socket: string) {
    this.agent = ssh2.createAgent(socket)
  }

  /** An agent that does not answer has no keys: the other ways of logging in go on. */
  keys(): Promise<HeldKey[]> {
    return (this.asked ??= agentKeys(this.agent))
  }

  sign({ key, certificate }: HeldKey, data: Buffer, hash: string | undefined, callback: SignCallback): void {
    // By its type ssh2 tells the agent which hash an RSA key signs with.
    const named = certificate ? showing(key, key.type, certificate) : key
    this.agent.sign(named, data, { hash } as SigningRequestOptions, callback)
  }
}

export interface AgentUse {
  /** those in files */
  certificates: readonly UserCertificate[]
  /** public keys and certificates in SSH's wire form; default all */
  allowed?: readonly Buffer[]
  /** algorithms of keys, as `algorithmFor` takes them */
  accepted: readonly string[]
  taken?: readonly string[]
}

/** An agent for one login: with IdentitiesOnly only some of its keys, and certificates before plain keys. */
export class LoginAgent extends ssh2.BaseAgent<ParsedKey> {
  /** by what ssh2 was given, the keys that the agent knows them by */
  private readonly signers = new Map<ParsedKey, HeldKey>()

  constructor(
    private readonly agent: SharedAgent,
    private readonly use: AgentUse,
  ) {
    super()
  }

  getIdentities(callback: IdentityCallback<ParsedKey>): void {
    void this.agent.keys().then(keys => callback(undefined, this.shown(keys)))
  }

  override sign(shown: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
    this.agent.sign(this.signers.get(shown)!, data, hashOf(shown.type), typeof options === 'function' ? options : callback!)
  }

  private shown(keys: readonly HeldKey[]): ParsedKey[] {
    const { certificates, allowed } = this.use
    const held = keys.filter(key => allowed?.some(blob => shows(key, blob)) ?? true)
    const [plain, certified] = [held.filter(({ certificate }) => !certificate), held.filter(({ certificate }) => certificate)]
    const fromFiles = certificates.filter(({ blob }) => !certified.some(key => shows(key, blob)))
    return [
      ...certified.flatMap(key => this.show(key, key.certificate)),
      ...plain.flatMap(key => fromFiles.filter(each => isFor(each, key.key)).flatMap(each => this.show(key, each))),
      ...plain.flatMap(key => this.show(key)),
    ]
  }

  private show(held: HeldKey, certificate?: UserCertificate): ParsedKey[] {
    const algorithm = algorithmFor((certificate ?? held.key).type, this.use.accepted, this.use.taken)
    if (algorithm === undefined) return []
    const shown = showing(held.key, algorithm, certificate)
    this.signers.set(shown, held)
    return [shown]
  }
}

const shows = ({ key, certificate }: HeldKey, blob: Buffer) => blob.equals(certificate?.blob ?? key.getPublicSSH())
