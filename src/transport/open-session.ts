import { userInfo } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type { Connection } from './connection.js'
import { ConnectionFailedError } from './errors.js'
import { FramedSession } from './framed-session.js'
import { HostKeyCheck } from './host-keys.js'
import { expandHome, LocalFiles } from './local-files.js'
import { loginWays } from './login.js'
import { openShell } from './open-shell.js'
import type { Session } from './session.js'
import { sshSettings } from './ssh-config.js'
import { connectSsh, type SshLine, type SshTarget } from './ssh.js'

export interface OpenOptions {
  /** share one between many sessions: files and keys are then read once */
  files?: LocalFiles
  /** told before each new try of a host whose sshd dropped the line before login */
  onRetry?: (retry: { host: string; attempt: number; pauseMs: number; reason: string }) => void
}

/**
 * Connects, checks the host key, logs in, becomes, and waits for the shell's hello.
 * @throws {UnreachableError} in the words of what went wrong
 */
export async function openSession(connection: Connection, { files = new LocalFiles(), onRetry }: OpenOptions = {}): Promise<Session> {
  const target = await resolveTarget(connection, files)
  const line = await connectPatiently(target, connection.retries ?? defaultRetries, onRetry)
  const open = () =>
    openShell(command => line.exec(command), { host: target.host, become: connection.become, timeoutMs: target.connectTimeoutMs })
  try {
    return new FramedSession(target.host, line, await open(), open)
  } catch (error) {
    await line.close()
    throw error
  }
}

/** Inventory variables over ssh_config over OpenSSH's defaults. */
async function resolveTarget(connection: Connection, files: LocalFiles): Promise<SshTarget> {
  const { host, address = host, connectTimeoutMs = 10_000, keepalive = { intervalMs: 15_000, count: 3 }, acceptNew } = connection
  const settings = await sshSettings(host, address, connection.sshConfigFiles, files)
  const user = connection.user ?? settings.user ?? userInfo().username
  const port = connection.port ?? settings.port ?? 22
  const realAddress = settings.hostName ?? address
  const knownHosts = connection.knownHostsFiles ?? settings.userKnownHostsFiles ?? ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']
  const login = await loginWays(connection, settings, user, files)
  const hostKeys = await HostKeyCheck.load({ host, address: realAddress, port, acceptNew, files: knownHosts.map(expandHome) }, files)
  return { host, address: realAddress, port, login, hostKeys, connectTimeoutMs, keepalive }
}

const defaultRetries = 4

/** Tries again, with growing pauses, where sshd closed the line before the login (MaxStartups); never after a refused login. */
async function connectPatiently(target: SshTarget, retries: number, onRetry: OpenOptions['onRetry']): Promise<SshLine> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connectSsh(target)
    } catch (error) {
      if (!(error instanceof ConnectionFailedError && error.dropped) || attempt > retries) throw error
      // Spread, so that hosts that were dropped together do not come back together.
      const pauseMs = Math.round(250 * 2 ** (attempt - 1) * (0.5 + Math.random()))
      onRetry?.({ host: target.host, attempt, pauseMs, reason: error.reason })
      await pause(pauseMs)
    }
  }
}
