import type { Secret } from '../secret.js'
import { connected } from './connect.js'
import type { Connection } from './connection.js'
import { FramedSession } from './framed-session.js'
import { JumpHosts } from './jump-hosts.js'
import { LocalFiles } from './local-files.js'
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
 * Connects, checks the host key, logs in, becomes, and waits for the shell's hello.
 * @throws {UnreachableError} in the words of what went wrong
 */
export async function openSession(connection: Connection, options: OpenOptions = {}): Promise<Session> {
  const { files = new LocalFiles(), jumps = new JumpHosts() } = options
  const { target, line } = await connected(connection, { ...options, files, jumps })
  const open = () =>
    openShell((command, terminal) => line.exec(command, terminal), {
      host: target.host,
      become: connection.become,
      timeoutMs: target.connectTimeoutMs,
    })
  try {
    return new FramedSession(target.host, line, await open(), open)
  } catch (error) {
    await line.close()
    throw error
  }
}
