import { connect as connectTcp } from 'node:net'
import type { Duplex } from 'node:stream'
import { NodeSSH } from 'node-ssh'
import type { Client, ClientChannel } from 'ssh2'
import { algorithms, type AlgorithmLists } from './algorithms.js'
import { ConnectionLostError, ForwardFailedError, NoShellError, SshConfigError } from './errors.js'
import type { Line } from './framed-session.js'
import { proveByKeyOf, takeRsaCertificates } from './certified-kex.js'
import './compression.js'
import { handshake } from './handshake.js'
import type { HostKeyCheck } from './host-keys.js'
import { LoginOrder } from './login-order.js'
import type { Login } from './login.js'
import { nameSignaturesOfCertificates } from './user-certificate.js'
import { takenSignatures } from './taken-signatures.js'
import type { Via } from './via.js'
import { channelEnd, type ChannelEnd, type ShellChannel } from './shell-channel.js'

/** One host, with everything that ssh_config and files had to say already said. */
export interface SshTarget {
  /** the inventory's name */
  host: string
  address: string
  port: number
  login: Login
  hostKeys: HostKeyCheck
  connectTimeoutMs: number
  keepalive: { intervalMs: number; count: number }
  /** not directly */
  via?: Via
  algorithms?: AlgorithmLists
  compression?: boolean
  /** ConnectionAttempts but the first */
  retries?: number
  /** of the TCP connection, where there is one: AddressFamily, BindAddress */
  from?: { family?: 4 | 6; localAddress?: string }
  /** socket of the agent that the host may use */
  forwardedAgent?: string
  /** asked for with every command; what sshd does not take (AcceptEnv) is not set */
  environment?: Record<string, string>
}

/** @throws {UnreachableError} whatever went wrong, with ssh2's error as its cause */
export async function connectSsh(target: SshTarget): Promise<SshLine> {
  const offered = algorithmsOf(target)
  const socket = (await target.via?.dial()) ?? connectTcp({ host: target.address, port: target.port, noDelay: true, ...target.from })
  const order = new LoginOrder(target.login.ways)
  let refusal: Error | undefined
  const ssh = new NodeSSH()
  const connecting = ssh.connect({
    sock: socket,
    username: target.login.user,
    readyTimeout: 0,
    keepaliveInterval: target.keepalive.intervalMs,
    keepaliveCountMax: target.keepalive.count,
    algorithms: offered,
    // Not `agentForward`: that would be asked for with every channel, and a host that says no would get none.
    agent: target.forwardedAgent,
    hostVerifier: (shown: Buffer) => {
      const judged = target.hostKeys.judge(shown)
      if (judged.certificate) proveByKeyOf(ssh.connection!, shown, judged.certificate)
      return (refusal = judged.refusal) === undefined
    },
    authHandler: (offered, _partial, next) => next(order.next(offered, taken()) ?? (false as never)),
  })
  connecting.catch(() => {})
  const client = ssh.connection ?? (await connecting).connection!
  takeRsaCertificates(client)
  const taken = takenSignatures(client)
  client.once('handshake', () => nameSignaturesOfCertificates(client))
  try {
    await handshake(client, socket, target, order, () => refusal)
    return new SshLine(target, ssh, client, socket)
  } catch (error) {
    // From here on nobody else listens, and ssh2 may have more to say.
    client.on('error', () => {})
    socket.destroy()
    await target.via?.release?.()
    throw error
  }
}

function algorithmsOf({ host, hostKeys, algorithms: lists, compression }: SshTarget) {
  try {
    return algorithms(hostKeys.algorithms, lists, compression)
  } catch (error) {
    throw new SshConfigError(host, (error as Error).message, { cause: error })
  }
}

/** One connection that stands, until `lost` says otherwise. */
export class SshLine implements Line {
  lost: Error | undefined
  /** until the host does not want it (AllowAgentForwarding no): as with ssh, the login goes on */
  private lendsAgent: boolean

  constructor(
    private readonly target: SshTarget,
    private readonly ssh: NodeSSH,
    private readonly client: Client,
    private readonly socket: Duplex,
  ) {
    this.lendsAgent = target.forwardedAgent !== undefined
    client.on('error', error => this.lose(error))
    client.on('close', () => this.lose(new Error('the host closed the connection')))
  }

  /** Runs a command by the user's login shell. @param terminal all that it reads and prints goes through one, without echo */
  exec(command: string, terminal = false): Promise<ShellChannel> {
    return new Promise((resolve, reject) => {
      if (this.lost) return reject(new ConnectionLostError(this.target.host, 'opening the shell', false, { cause: this.lost }))
      const asked = {
        env: this.target.environment ?? {},
        agentForward: this.lendsAgent,
        ...(terminal ? { pty: { modes: { ECHO: 0 as const } } } : {}),
      }
      this.client.exec(command, asked, (error, channel) => {
        if (!error) return resolve(this.shellChannel(channel))
        if (this.lendsAgent && !this.lost && agentRefused.test(error.message)) {
          this.lendsAgent = false
          return resolve(this.exec(command, terminal))
        }
        reject(
          this.lost
            ? new ConnectionLostError(this.target.host, 'opening the shell', false, { cause: this.lost })
            : new NoShellError(this.target.host, error.message),
        )
      })
    })
  }

  async forward(address: string, port: number): Promise<Duplex> {
    try {
      if (this.lost) throw this.lost
      const stream = await this.ssh.forwardOut('127.0.0.1', 0, address, port)
      // Its user listens too; a reset between two listeners must not end the process.
      stream.on('error', () => {})
      return stream
    } catch (error) {
      if (this.lost) throw new ConnectionLostError(this.target.host, `forwarding to ${address} port ${port}`, false, { cause: this.lost })
      throw new ForwardFailedError(this.target.host, `${address} port ${port}`, (error as Error).message, { cause: error })
    }
  }

  /** Says goodbye and does not wait for an answer. */
  async close(): Promise<void> {
    this.lost ??= new Error('the session was closed')
    this.client.end()
    await ended(this.socket)
    await this.target.via?.release?.()
  }

  private lose(error: Error) {
    this.lost ??= error
    this.socket.destroy()
  }

  private shellChannel(channel: ClientChannel): ShellChannel {
    let end: ChannelEnd = { closed: true }
    const { ended, exited, closed } = channelEnd()
    channel.on('exit', (code: number | null, signal?: string) =>
      exited((end = code === null ? { signal: signal ?? 'a signal' } : { exit: code })),
    )
    channel.on('error', () => {})
    channel.on('close', () => closed(this.lost ? { lost: this.lost } : end))
    return { stdin: channel.stdin, stdout: channel, stderr: channel.stderr, ended, destroy: () => channel.destroy() }
  }
}

/** Ends a stream, and waits for its end; one that takes nothing more would keep us writing for ever. */
function ended(stream: Duplex): Promise<void> {
  return new Promise(resolve => {
    if (stream.closed) return resolve()
    const timer = setTimeout(() => (stream.destroy(), resolve()), closeTimeoutMs)
    stream.once('close', () => (clearTimeout(timer), resolve()))
    stream.end(() => stream.destroy())
  })
}

const closeTimeoutMs = 1000

// ssh2 tells it by its words alone (lib/client.js, reqAgentFwd).
const agentRefused = /request agent forwarding/
