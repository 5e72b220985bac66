import type { Duplex } from 'node:stream'
import type { Reply, RequestOptions } from './request.js'

export type { Connection, Become } from './connection.js'
export type { ConnectError } from './errors.js'
export { openSession, type OpenOptions } from './open-session.js'
export { withSessions, type SessionsOptions } from './with-sessions.js'
export type { Ending, Reply, RequestOptions, StdinStream } from './request.js'

/** One connection to one host with one long-lived shell, which answers framed requests one after another. */
export interface Session {
  readonly host: string
  /** who logged in; requests run as another user where there is a `become` */
  readonly loginUser: string
  /**
   * One framed request on the host's one long-lived shell, as the user of the play (root after become).
   * Requests on one session queue up. The script runs in a `sh` of its own, from `/`, with LC_ALL=C.
   * @throws {RequestError} no reply within the deadline, too much of it, or a broken one: how it ended on the host is unknown
   * @throws {ConnectionLostError} the line is gone; later requests on this session fail the same way
   */
  request(script: string, options: RequestOptions): Promise<Reply>
  /**
   * One short script beside a request that is under way, in a further shell on the same connection (which sudo may ask
   * the password for again). Counted as 'aside'.
   */
  aside(script: string): Promise<Reply>
  /** requests so far, by purpose: for tests and -vvv */
  readonly requestCounts: ReadonlyMap<string, number>
  /** a stream to address:port as seen from the host (direct-tcpip); whoever takes it listens for its `error` */
  forward(address: string, port: number): Promise<Duplex>
  close(): Promise<void>
}
