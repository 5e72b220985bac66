import ssh2, { type BaseAgent, type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2'

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
    this.keys ??= new Promise(resolve => this.agent.getIdentities((error, keys) => resolve(error ? [] : ((keys ?? []) as ParsedKey[]))))
    void this.keys.then(keys => callback(undefined, keys))
  }

  override sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
    if (typeof options === 'function') this.agent.sign(key, data, options)
    else this.agent.sign(key, data, options, callback)
  }
}
