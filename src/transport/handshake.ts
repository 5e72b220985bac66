import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { AuthenticationFailedError, ConnectionFailedError, ConnectionRefusedError, ConnectTimeoutError } from './errors.js'
import type { LoginOrder } from './login-order.js'
import type { SshTarget } from './ssh.js'

/** An error of ssh2: `level` says where it comes from, `code` is the system's name or the number of a disconnect message. */
type Ssh2Error = Error & { level?: string; code?: string | number }

const stages = {
  tcp: 'did not answer',
  exchange: 'accepted the connection but finished no key exchange',
  login: 'finished no login',
}

/**
 * Waits until the client is logged in, each stage with a deadline of its own.
 *
 * We listen here and not to node-ssh's promise: that one rejects when only the agent failed, while ssh2 goes on with the
 * next way, and it stops listening for errors once connected, so that a reset would end the process.
 */
export function handshake(
  client: Client,
  socket: Duplex,
  target: SshTarget,
  order: LoginOrder,
  refused: () => Error | undefined,
): Promise<void> {
  let stage: keyof typeof stages = 'tcp'
  let timer: NodeJS.Timeout
  let remembered = Promise.resolve()
  return new Promise<void>((resolve, reject) => {
    const enter = (next: keyof typeof stages) => {
      stage = next
      clearTimeout(timer)
      timer = setTimeout(
        () => reject(new ConnectTimeoutError(target.host, where(target), stages[stage], target.connectTimeoutMs)),
        target.connectTimeoutMs,
      )
    }
    enter(target.via ? 'exchange' : 'tcp')
    socket.once('connect', () => enter('exchange'))
    client.once('handshake', () => {
      enter('login')
      remembered = target.hostKeys.rememberAccepted()
    })
    client.once('ready', () => void remembered.then(resolve, reject))
    client.on('error', (error: Ssh2Error) => {
      if (!goesOn(error)) reject(refused() ?? translated(error, stage, target, order))
    })
    client.once('close', () => reject(refused() ?? dropped(target, order)))
  }).finally(() => {
    clearTimeout(timer)
    // A new host's key is kept, whether or not it lets us in.
    return remembered.catch(() => {})
  })
}

/** One key could not be used, and ssh2 tries the next way. */
const goesOn = ({ level, message }: Ssh2Error) =>
  level === 'agent' || (level === 'client-authentication' && /^Error (while )?signing/.test(message))

function translated(error: Ssh2Error, stage: keyof typeof stages, target: SshTarget, order: LoginOrder): Error {
  const { host } = target
  if (error.code === 'ECONNREFUSED') return new ConnectionRefusedError(host, where(target), { cause: error })
  if (error.level === 'client-authentication' || error.code === tooManyFailures) return loginRefused(target, order, error)
  if (isDrop(error)) return dropped(target, order, error)
  const reason = stage === 'tcp' ? (systemWords[String(error.code)] ?? error.message) : error.message
  return new ConnectionFailedError(host, where(target), reason, false, { cause: error })
}

const isDrop = ({ code, message }: Ssh2Error) =>
  code === 'ECONNRESET' || code === 'EPIPE' || code === tooManyConnections || message === 'Connection lost before handshake'

/** Closed by sshd. After a refused login that is its answer to the login; before, it may be throttling. */
function dropped(target: SshTarget, order: LoginOrder, cause?: Error): Error {
  if (order.offered.length > 0) return loginRefused(target, order, cause)
  const words = target.via?.lastWords?.()
  return words === undefined
    ? new ConnectionFailedError(target.host, where(target), 'sshd closed it before the login', true, { cause })
    : new ConnectionFailedError(target.host, where(target), words || 'it ended before the login', false, { cause })
}

/** With a key that we could not open, and no password that was refused, the key is what is missing. */
function loginRefused({ host, login }: SshTarget, { tried, offered, notes }: LoginOrder, cause?: Error): Error {
  if (login.locked && !tried.includes('password')) return login.locked
  return new AuthenticationFailedError(host, login.user, tried, offered, [...login.notes, ...notes], { cause })
}

const where = ({ address, port, via }: SshTarget) => `${address} port ${port}${via ? ` ${via.label}` : ''}`

// RFC 4253, section 11.1; OpenSSH sends the first for "Too many authentication failures".
const tooManyFailures = 2
const tooManyConnections = 12

const systemWords: Record<string, string> = {
  ENOTFOUND: 'there is no such name',
  EAI_AGAIN: 'the name cannot be looked up now',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to its network',
  ETIMEDOUT: 'it did not answer',
}
