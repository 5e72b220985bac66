import { userInfo } from 'node:os'
import type { Secret } from '../secret.js'
import { connected } from './connect.js'
import type { Connection } from './connection.js'
import { FramedSession } from './framed-session.js'
import { JumpHosts } from './jump-hosts.js'
import { LocalFiles } from './local-files.js'
import { LocalLine } from './local-line.js'
import { openShell } from './open-shell.js'
import type { Session } from './session.js'

export interface OpenOptions {
  /** share one between many sessions: files and keys are then read once */
  files?: LocalFiles
  /** share one between many sessions: a jump host then gets one connection */
  jumps?: JumpHosts
  /** told before each new try of a host that could not be connected to. `attempt` counts tries that failed */
  onRetry?: (retry: Retry) => void | Promise<void>
  /** told what ssh_config asks for and does not get; the same words for every host that they hold for */
  onWarning?: (message: string) => void | Promise<void>
  /** asked once nothing but an encrypted key file is left to log in with. `undefined`: nobody knows */
  passphraseOf?: (file: string) => Promise<Secret | undefined>
}

export interface Retry {
  host: string
  attempt: number
  /** tries that are left, the next one included */
  left: number
  pauseMs: number
  reason: string
}

/**
 * Connects, checks the host key, logs in (or, of a `local` connection, starts a shell here), becomes, and waits for the shell's hello.
 * @throws {UnreachableError} in the words of what went wrong
 */
export async function openSession(connection: Connection, options: OpenOptions = {}): Promise<Session> {
  const { files = new LocalFiles(), jumps = new JumpHosts() } = options
  const { line, user, timeoutMs } =
    connection.local === true ? here(connection) : await connected(connection, { ...options, files, jumps }).then(there)
  const { host, become } = connection
  const open = () => openShell((command, terminal) => line.exec(command, terminal), { host, become, timeoutMs })
  try {
    return new FramedSession(host, user, line, await open(), open)
  } catch (error) {
    await line.close()
    throw error
  }
}

const here = ({ host, connectTimeoutMs = 10_000 }: Connection) => ({
  line: new LocalLine(host),
  user: userInfo().username,
  timeoutMs: connectTimeoutMs,
})
const there = ({ line, target }: Awaited<ReturnType<typeof connected>>) => ({
  line,
  user: target.login.user,
  timeoutMs: target.connectTimeoutMs,
})
