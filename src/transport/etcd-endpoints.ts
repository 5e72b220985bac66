import { setTimeout as sleep } from 'node:timers/promises'
import type { EtcdConnection, EtcdDial } from './etcd-connection.js'
import { EndpointError, EtcdNoQuorumError, type EtcdTrouble, EtcdUnreachableError } from './etcd-errors.js'

/** A new leader is elected within about a second. */
const ELECTION_MS = 1500

/** The endpoints of a cluster in the order they were written; the one that answered last is asked first. */
export class EtcdEndpoints {
  private readonly open = new Map<number, Promise<EtcdConnection>>()
  private first = 0
  private closed = false

  constructor(
    private readonly host: string,
    private readonly dials: readonly EtcdDial[],
    private readonly dial: (dial: EtcdDial) => Promise<EtcdConnection>,
  ) {}

  /**
   * @param attempt `again`: an earlier attempt got no answer, so it may or may not have taken effect
   * @throws EtcdUnreachableError, EtcdNoQuorumError when no endpoint would do; what `attempt` throws but for EndpointError
   */
  async use<T>(attempt: (connection: EtcdConnection, again: boolean) => Promise<T>): Promise<T> {
    let asked = false
    const again = () => asked || ((asked = true), false)
    const round = await this.round(connection => attempt(connection, again()))
    if ('result' in round) return round.result
    if (!isLeaderless(round.troubles)) throw new EtcdUnreachableError(this.host, round.troubles, { cause: round.cause })
    await sleep(ELECTION_MS)
    const second = await this.round(connection => attempt(connection, again()))
    if ('result' in second) return second.result
    const failure = isLeaderless(second.troubles) ? EtcdNoQuorumError : EtcdUnreachableError
    throw new failure(this.host, second.troubles, { cause: second.cause })
  }

  /** Closes itself when no endpoint would do. */
  async connect() {
    try {
      await this.use(connection => connection.ready())
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async close() {
    this.closed = true
    const connections = [...this.open.values()]
    this.open.clear()
    await Promise.all(connections.map(closeOf))
  }

  private async round<T>(
    attempt: (connection: EtcdConnection) => Promise<T>,
  ): Promise<{ result: T } | { troubles: EtcdTrouble[]; cause: unknown }> {
    const troubles: EtcdTrouble[] = Array.from({ length: this.dials.length })
    let cause: unknown
    const start = this.first
    for (let i = 0; i < this.dials.length; i++) {
      const index = (start + i) % this.dials.length
      try {
        const result = await this.ask(index, attempt)
        this.first = index
        return { result }
      } catch (error) {
        if (!(error instanceof EndpointError)) throw error
        troubles[index] = { endpoint: this.dials[index]!.endpoint.url, kind: error.kind, reason: error.reason }
        cause ??= error
      }
    }
    return { troubles, cause }
  }

  private async ask<T>(index: number, attempt: (connection: EtcdConnection) => Promise<T>): Promise<T> {
    const known = this.open.has(index)
    const connection = this.connection(index)
    try {
      return await attempt(await connection)
    } catch (error) {
      this.drop(index, connection)
      // What was open before may have been cut long since; that says nothing of the endpoint.
      if (known && error instanceof EndpointError && error.kind === 'lost') return this.ask(index, attempt)
      throw error
    }
  }

  private connection(index: number): Promise<EtcdConnection> {
    if (this.closed) throw new Error('etcd was asked after it was closed')
    const connection = this.open.get(index) ?? this.dial(this.dials[index]!)
    this.open.set(index, connection)
    return connection
  }

  private drop(index: number, connection: Promise<EtcdConnection>) {
    if (this.open.get(index) === connection) this.open.delete(index)
    void closeOf(connection)
  }
}

const isLeaderless = (troubles: readonly EtcdTrouble[]) => troubles.some(({ kind }) => kind === 'no-leader')

/** One that never came about has closed itself. */
const closeOf = (connection: Promise<EtcdConnection>) =>
  connection.then(
    open => open.close(),
    () => {},
  )
