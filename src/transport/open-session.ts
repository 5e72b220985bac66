import { setTimeout as pause } from 'node:timers/promises'
import type { Secret } from '../secret.js'
import type { Connection } from './connection.js'
import { ConnectionFailedError, ConnectionRefusedError, ConnectTimeoutError, PassphraseNeededError, SshConfigError } from './errors.js'
import { FramedSession } from './framed-session.js'
import { HostKeyCheck, type ExpectedHost } from './host-keys.js'
import { hostNames } from './known-hosts.js'
import { expandHome, LocalFiles } from './local-files.js'
import { loginWays } from './login.js'
import { openShell } from './open-shell.js'
import type { Session } from './session.js'
import { sshSettings, type SshSettings } from './ssh-config.js'
import { connectSsh, type SshLine, type SshTarget } from './ssh.js'

export interface OpenOptions {
  /** share one between many sessions: files and keys are then read once */
  files?: LocalFiles
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
  const { files = new LocalFiles() } = options
  const { target, line } = await connected(connection, { ...options, files })
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

/** Connects; where an encrypted key turns out to be what is missing, once more with its passphrase. */
async function connected(connection: Connection, { files, onRetry, onWarning, passphraseOf }: OpenOptions & { files: LocalFiles }) {
  const attempt = async (passphrase: Secret | undefined) => {
    const target = await resolveTarget({ ...connection, passphrase }, files, onWarning)
    return { target, line: await connectPatiently(target, connection.retries, onRetry) }
  }
  try {
    return await attempt(connection.passphrase)
  } catch (error) {
    if (!(error instanceof PassphraseNeededError) || error.wrong) throw error
    const passphrase = await passphraseOf?.(error.file)
    if (passphrase === undefined) throw error
    return attempt(passphrase)
  }
}

/** Inventory variables over ssh_config over OpenSSH's defaults. */
async function resolveTarget(connection: Connection, files: LocalFiles, onWarning: OpenOptions['onWarning']): Promise<SshTarget> {
  const { host } = connection
  const settings = await sshSettings(connection, files)
  for (const message of settings.warnings) await onWarning?.(message)
  if (settings.through !== undefined)
    throw new SshConfigError(host, `ssh_config reaches ${settings.originalHost} through another host, which netplay does not do yet`)
  const { connectTimeoutMs = settings.connectTimeoutMs ?? 10_000 } = connection
  const { keepalive = { intervalMs: settings.keepaliveMs ?? 15_000, count: settings.keepaliveCount ?? 3 } } = connection
  const { hostName: address, port } = settings
  return {
    ...{ host, address, port, connectTimeoutMs, keepalive },
    login: await loginWays(connection, settings, files),
    hostKeys: await HostKeyCheck.load(expectedHost(connection, settings), files),
  }
}

const expectedHost = ({ host, acceptNew, knownHostsFiles }: Connection, settings: SshSettings): ExpectedHost => ({
  host,
  names: hostNames(settings.hostName, settings.port, settings.hostKeyAlias),
  acceptNew: acceptNew ?? settings.acceptNew,
  files: { user: knownHostsFiles?.map(expandHome) ?? settings.userKnownHostsFiles, global: settings.globalKnownHostsFiles },
  hash: settings.hashKnownHosts,
})

const retriesOfThrottled = 4

/**
 * Tries again where the connection failed: by itself where sshd closed the line before the login (MaxStartups), else as often as it was told to.
 * Never after a refused login or host key.
 */
async function connectPatiently(target: SshTarget, asked: number | undefined, onRetry: OpenOptions['onRetry']): Promise<SshLine> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connectSsh(target)
    } catch (error) {
      const dropped = error instanceof ConnectionFailedError && error.dropped
      const retries = asked ?? (dropped ? retriesOfThrottled : 0)
      if (!canRetry(error) || attempt > retries) throw error
      const pauseMs = dropped ? spread(attempt) : growing(attempt)
      await onRetry?.({ host: target.host, attempt, left: retries - attempt + 1, pauseMs, reason: reasonOf(error) })
      await pause(pauseMs)
    }
  }
}

type Failed = ConnectionFailedError | ConnectionRefusedError | ConnectTimeoutError

const canRetry = (error: unknown): error is Failed =>
  error instanceof ConnectionFailedError || error instanceof ConnectionRefusedError || error instanceof ConnectTimeoutError

/** Hosts that were dropped together do not come back together. */
const spread = (attempt: number) => Math.round(250 * 2 ** (attempt - 1) * (0.5 + Math.random()))

/** Ansible's pauses: 0, 1, 3, 7 … s, at most 30 (plugins/connection/ssh.py). */
const growing = (attempt: number) => Math.min(2 ** (attempt - 1) - 1, 30) * 1000

const reasonOf = (error: Failed): string =>
  error instanceof ConnectionFailedError ? error.reason : error.message.slice(error.message.indexOf(': ') + 2)
