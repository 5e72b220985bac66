import { setTimeout as pause } from 'node:timers/promises'
import type { Secret } from '../secret.js'
import type { Connection } from './connection.js'
import {
  ConnectionFailedError,
  ConnectionRefusedError,
  ConnectTimeoutError,
  ForwardFailedError,
  JumpHostError,
  PassphraseNeededError,
  SshConfigError,
  UnreachableError,
} from './errors.js'
import { HostKeyCheck, type ExpectedHost } from './host-keys.js'
import type { JumpHosts } from './jump-hosts.js'
import { hostNames } from './known-hosts.js'
import { expandHome, type LocalFiles } from './local-files.js'
import { agentSocket, loginWays } from './login.js'
import type { OpenOptions } from './open-session.js'
import { sshSettings, type SshSettings } from './ssh-config.js'
import type { Jump } from './ssh-jump.js'
import { connectSsh, type SshLine, type SshTarget } from './ssh.js'
import { viaCommand, type Via } from './via.js'

export interface ConnectOptions extends OpenOptions {
  files: LocalFiles
  jumps: JumpHosts
}

/** Connects; where an encrypted key turns out to be what is missing, once more with its passphrase. */
export async function connected(
  connection: Connection,
  options: ConnectOptions,
  before: readonly Hop[] = [],
): Promise<{ target: SshTarget; line: SshLine }> {
  const { onRetry, passphraseOf } = options
  const attempt = async (passphrase: Secret | undefined) => {
    const target = await resolveTarget({ ...connection, passphrase }, options, before)
    return { target, line: await connectPatiently(target, connection.retries ?? target.retries, onRetry) }
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

/** One host of a chain: who is behind it goes through `jumps`, where that is set, else as its ssh_config says. */
interface Hop {
  name: string
  jumps?: Jump[]
}

/** Inventory variables over ssh_config over OpenSSH's defaults. @param before those that are reached through this one, the last of them first */
async function resolveTarget(connection: Connection, options: ConnectOptions, before: readonly Hop[]): Promise<SshTarget> {
  const { host } = connection
  const settings = await sshSettings(connection, options.files)
  for (const message of settings.warnings) await options.onWarning?.(message)
  const { connectTimeoutMs = settings.connectTimeoutMs ?? 10_000 } = connection
  const { keepalive = { intervalMs: settings.keepaliveMs ?? 15_000, count: settings.keepaliveCount ?? 3 } } = connection
  const { hostName: address, port, addressFamily, bindAddress, connectionAttempts, algorithms, compression, environment } = settings
  return {
    ...{ host, address, port, connectTimeoutMs, keepalive },
    login: await loginWays(connection, settings, options.files),
    hostKeys: await HostKeyCheck.load(expectedHost(connection, settings), options.files),
    via: viaOf(connection, settings, connectTimeoutMs, options, before),
    algorithms,
    compression,
    environment,
    from: {
      ...(addressFamily === undefined ? {} : { family: addressFamily }),
      ...(bindAddress === undefined ? {} : { localAddress: bindAddress }),
    },
    forwardedAgent: forwardedAgent(connection, settings),
    ...(connectionAttempts === undefined ? {} : { retries: connectionAttempts - 1 }),
  }
}

/** ForwardAgent yes is the agent that we log in with, else the socket that it names. */
function forwardedAgent(connection: Connection, settings: SshSettings): string | undefined {
  const { forwardAgent } = settings
  if (forwardAgent === false) return undefined
  return forwardAgent === true
    ? agentSocket(connection, settings)
    : forwardAgent.startsWith('$')
      ? process.env[forwardAgent.slice(1)]
      : expandHome(forwardAgent)
}

function viaOf(
  connection: Connection,
  settings: SshSettings,
  timeoutMs: number,
  options: ConnectOptions,
  before: readonly Hop[],
): Via | undefined {
  const [self] = before
  const through = self?.jumps !== undefined && self.jumps.length > 0 ? { jumps: self.jumps } : settings.through
  if (through === undefined) return undefined
  if ('command' in through) return viaCommand(through.command)
  const jump = through.jumps.at(-1)!
  const chain = [
    { name: jump.address, jumps: through.jumps.slice(0, -1) },
    ...(before.length > 0 ? before : [{ name: settings.originalHost }]),
  ]
  refuseRing(connection.host, chain)
  return viaJump(connection, settings, jump, chain, timeoutMs, options)
}

function refuseRing(host: string, chain: readonly Hop[]) {
  const names = chain.map(({ name }) => name).reverse()
  if (new Set(names).size < names.length) throw new SshConfigError(host, `ProxyJump goes round in a ring: ${names.join(', ')}`)
}

function viaJump(
  connection: Connection,
  { hostName, port }: SshSettings,
  jump: Jump,
  chain: readonly Hop[],
  timeoutMs: number,
  options: ConnectOptions,
): Via {
  const hop = jumpConnection(connection, jump)
  const name = jump.address
  const key = JSON.stringify([jump, chain[0]!.jumps, hop.acceptNew, hop.knownHostsFiles, hop.sshConfigFiles])
  let held: Awaited<ReturnType<JumpHosts['acquire']>> | undefined
  const release = async () => {
    const was = held
    held = undefined
    await was?.release()
  }
  const failed = (error: unknown) =>
    (error instanceof UnreachableError && error.host !== connection.host) || error instanceof ForwardFailedError
      ? new JumpHostError(connection.host, name, error)
      : error
  return {
    label: `through jump host ${name}`,
    release,
    async dial() {
      try {
        if (held?.line.lost !== undefined) await release()
        held ??= await options.jumps.acquire(key, async () => (await connected(hop, options, chain)).line)
        return await inTime(
          held.line.forward(hostName, port),
          connection.host,
          `${hostName} port ${port} through jump host ${name}`,
          timeoutMs,
        )
      } catch (error) {
        throw failed(error)
      }
    },
  }
}

/** What is the destination's own (user, key, password) is not the jump host's: it has its own ssh_config, as with `ssh -J`. */
function jumpConnection(
  { acceptNew, agent, knownHostsFiles, passphrase, sshConfigFiles }: Connection,
  { address, user, port }: Jump,
): Connection {
  return { host: address, user, port, acceptNew, agent, knownHostsFiles, passphrase, sshConfigFiles }
}

function inTime<Result extends { destroy(): unknown }>(
  opening: Promise<Result>,
  host: string,
  where: string,
  timeoutMs: number,
): Promise<Result> {
  let timer: NodeJS.Timeout
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ConnectTimeoutError(host, where, 'did not answer', timeoutMs))
      opening.then(stream => stream.destroy()).catch(() => {})
    }, timeoutMs)
  })
  return Promise.race([opening, late]).finally(() => clearTimeout(timer))
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

type Failed = ConnectionFailedError | ConnectionRefusedError | ConnectTimeoutError | JumpHostError

const canRetry = (error: unknown): error is Failed =>
  (error instanceof JumpHostError && error.cause instanceof ForwardFailedError) ||
  error instanceof ConnectionFailedError ||
  error instanceof ConnectionRefusedError ||
  error instanceof ConnectTimeoutError

/** Hosts that were dropped together do not come back together. */
const spread = (attempt: number) => Math.round(250 * 2 ** (attempt - 1) * (0.5 + Math.random()))

/** Ansible's pauses: 0, 1, 3, 7 … s, at most 30 (plugins/connection/ssh.py). */
const growing = (attempt: number) => Math.min(2 ** (attempt - 1) - 1, 30) * 1000

const reasonOf = (error: Failed): string =>
  error instanceof ConnectionFailedError ? error.reason : error.message.slice(error.message.indexOf(': ') + 2)
