import { eachHost } from './each-host.js'
import type { Connection } from './connection.js'
import { UnreachableError, type ConnectError } from './errors.js'
import { JumpHosts } from './jump-hosts.js'
import { LocalFiles } from './local-files.js'
import { openSession, type OpenOptions } from './open-session.js'
import type { Session } from './session.js'

export interface SessionsOptions extends Pick<OpenOptions, 'onRetry' | 'onWarning' | 'passphraseOf'> {
  /** opened at once, default 50 */
  forks?: number
  /** awaited within the fork: the first request of a host need not wait for the slowest host to open */
  onOpened?: (session: Session, ms: number) => void | Promise<void>
  onFailed?: (error: ConnectError) => void | Promise<void>
}

/**
 * Opens a session to every host in parallel, hands them over in the order of `connections`, and closes them whatever
 * happens. A host that cannot be reached is in the map with the reason.
 */
export async function withSessions<Result>(
  connections: readonly Connection[],
  { forks = 50, onOpened, onFailed, ...opening }: SessionsOptions,
  body: (sessions: Map<string, Session | ConnectError>) => Promise<Result>,
): Promise<Result> {
  const [files, jumps] = [new LocalFiles(), new JumpHosts()]
  const open = new Map<string, Session | ConnectError>()
  try {
    await eachHost(connections, forks, async connection => {
      const started = performance.now()
      const session = await openSession(connection, { files, jumps, ...opening }).catch(unlessBug)
      open.set(connection.host, session)
      if (session instanceof UnreachableError) await onFailed?.(session)
      else await onOpened?.(session, performance.now() - started)
    })
    return await body(new Map(connections.map(({ host }) => [host, open.get(host)!])))
  } finally {
    await Promise.all([...open.values()].flatMap(session => (session instanceof UnreachableError ? [] : [session.close()])))
  }
}

const unlessBug = (error: unknown): ConnectError => {
  if (error instanceof UnreachableError) return error
  throw error
}
