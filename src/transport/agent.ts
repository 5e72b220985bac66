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

/** An agent of which only some keys are used, as `IdentitiesOnly yes` has it. */
export class RestrictedAgent extends ssh2.BaseAgent<ParsedKey> {
  /** @param allowed public keys in SSH's wire form */
  constructor(
    private readonly agent: SharedAgent,
    private readonly allowed: readonly Buffer[],
  ) {
    super()
  }

  getIdentities(callback: IdentityCallback<ParsedKey>): void {
    this.agent.getIdentities((_, keys) =>
      callback(
        undefined,
        ((keys ?? []) as ParsedKey[]).filter(key => this.allowed.some(blob => blob.equals(key.getPublicSSH()))),
      ),
    )
  }

  override sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
    this.agent.sign(key, data, options, callback)
  }
}
