import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { isSigned, readCertificate, type Certificate } from '../../src/transport/certificate.js'
import { Reader } from '../../src/transport/ssh-wire.js'
import ssh2, { type AuthContext, type Connection as Client, type ParsedKey, type PublicKeyAuthContext, type ServerChannel } from 'ssh2'

const { Server, utils } = ssh2

export interface SshdOptions {
  /** private keys of the host; default one ed25519 key */
  hostKeys?: string[]
  /** public keys that may log in, in OpenSSH form */
  authorizedKeys?: string[]
  /** public keys of authorities whose certificates may log in, as TrustedUserCAKeys */
  authorities?: string[]
  password?: string
  /** the password is asked for as a question */
  keyboardInteractive?: boolean
  /** text shown before the login */
  banner?: string
  /** shell text run before each command, as login shells run rc files */
  profile?: string
  /** environment of the commands; default this process's */
  env?: NodeJS.ProcessEnv
  /** the first so many connections are closed at once, as over MaxStartups */
  dropFirst?: number
  /** answers an exec in place of the local shell; `terminal`: the client asked for one */
  onExec?: (channel: ServerChannel, command: string, terminal: boolean) => void
  /** gives no terminal, as PermitTTY no */
  refuseTerminal?: boolean
  /** never answers an exec */
  muteExec?: boolean
  refuseForward?: boolean
  /** as AllowAgentForwarding no */
  refuseAgent?: boolean
}

export interface Sshd {
  port: number
  /** a line for known_hosts */
  knownHost: string
  /** methods in the order they were tried, of all connections */
  logins: string[]
  /** algorithms of the public keys that logged in: `rsa-sha2-512` */
  signatures: string[]
  commands: string[]
  /** `NAME=value` that clients asked for */
  environment: string[]
  /** times that a client offered its agent */
  agents: number
  connections: number
  /** bytes that came and went over the connections that stand now */
  traffic(): { received: number; sent: number }
  /** connections that stand now */
  open(): number
  /** resets every connection */
  cut(): void
  close(): Promise<void>
}

export const newKey = (type: 'ed25519' | 'rsa' | 'ecdsa' = 'ed25519', passphrase?: string): { private: string; public: string } => {
  const options = { ...(type === 'rsa' ? { bits: 2048 } : {}), ...(type === 'ecdsa' ? { bits: 256 } : {}) }
  const locked = passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 4 }
  // One key in a few hundred that ssh2 makes it cannot read itself: such a one is made anew.
  for (;;) {
    const pair = utils.generateKeyPairSync(type as 'rsa', { ...options, ...locked } as never)
    if (!(utils.parseKey(pair.private, passphrase) instanceof Error)) return pair
  }
}

/** A real SSH server in this process, on a loopback port, that runs commands in real shells. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const { hostKeys = [newKey().private] } = options
  const sockets = new Set<Socket>()
  const state: State = { logins: [], signatures: [], commands: [], environment: [], agents: 0, connections: 0 }
  const server = new Server({ hostKeys, banner: options.banner })
  server.on('connection', client => serve(client, options, state))
  // ssh2's Server has the TCP server inside; `injectSocket` lets us stand in front of it.
  const front = createServer(socket => {
    state.connections++
    sockets.add(socket.setNoDelay())
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    if (state.connections <= (options.dropFirst ?? 0)) socket.destroy()
    else server.injectSocket(socket)
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const { port } = front.address() as AddressInfo
  const publicKeys = hostKeys.map(key => (utils.parseKey(key) as ParsedKey).getPublicSSH())
  const typeOf = (key: Buffer) => key.toString('latin1', 4, 4 + key.readUInt32BE(0))
  return Object.assign(state, {
    port,
    knownHost: publicKeys.map(key => `[127.0.0.1]:${port} ${typeOf(key)} ${key.toString('base64')}\n`).join(''),
    traffic: () => ({
      received: sum([...sockets].map(({ bytesRead }) => bytesRead)),
      sent: sum([...sockets].map(({ bytesWritten }) => bytesWritten)),
    }),
    open: () => sockets.size,
    cut: () => sockets.forEach(socket => socket.resetAndDestroy()),
    close: async () => {
      sockets.forEach(socket => socket.destroy())
      front.close()
      await once(front, 'close')
    },
  })
}

const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0)

type State = Pick<Sshd, 'logins' | 'signatures' | 'commands' | 'environment' | 'agents' | 'connections'>

function serve(client: Client, options: SshdOptions, state: State) {
  client.on('error', () => {})
  client.on('authentication', context => {
    state.logins.push(context.method)
    if (isWelcome(context, options)) {
      if (context.method === 'publickey' && context.signature) state.signatures.push(algorithmOf(context))
      context.accept()
    } else if (context.method === 'keyboard-interactive' && options.keyboardInteractive) askPassword(context as never, options)
    else context.reject(methods(options))
  })
  client.on('session', accept => {
    const session = accept()
    let terminal = false
    session.on('env', (_accept, _reject, { key, val }) => void state.environment.push(`${key}=${val}`))
    session.on('auth-agent', (accept, reject) => (state.agents++, options.refuseAgent ? reject() : accept()))
    session.on('pty', (acceptTerminal, reject) => void (options.refuseTerminal ? reject() : acceptTerminal(), (terminal = true)))
    session.on('exec', (acceptExec, _reject, { command }) => {
      state.commands.push(command)
      if (options.muteExec) return
      const channel = acceptExec()
      channel.on('error', () => {})
      if (options.onExec) options.onExec(channel, command, terminal)
      else runCommand(channel, `${options.profile ?? ''}\n${command}`, options.env ?? process.env)
    })
  })
  client.on('tcpip', (accept, reject, { destIP, destPort }) => {
    if (options.refuseForward) return void reject()
    const target = connect(destPort, destIP)
    target.on('error', () => reject())
    target.on('connect', () => {
      const channel = accept()
      channel.on('error', () => {})
      channel.pipe(target).pipe(channel)
    })
  })
}

/** ssh2 calls an RSA key by the key's own name, and tells the hash apart. */
const algorithmOf = ({ key: { algo }, hashAlgo }: PublicKeyAuthContext) => (hashAlgo ? `rsa-${hashAlgo.replace('sha', 'sha2-')}` : algo)

const methods = ({ password, keyboardInteractive }: SshdOptions) =>
  [
    'publickey',
    ...(password !== undefined && !keyboardInteractive ? ['password'] : []),
    ...(keyboardInteractive ? ['keyboard-interactive'] : []),
  ] as never

function isWelcome(context: AuthContext, { authorizedKeys = [], authorities = [], password, keyboardInteractive }: SshdOptions): boolean {
  if (context.method === 'password') return password !== undefined && !keyboardInteractive && context.password === password
  if (context.method !== 'publickey') return false
  const certificate = readCertificate(context.key.data)
  if (certificate) return isCertifiedLogin(context, certificate, authorities)
  const key = authorizedKeys.map(text => utils.parseKey(text) as ParsedKey).find(known => known.getPublicSSH().equals(context.key.data))
  if (!key) return false
  return !context.signature || key.verify(context.blob!, context.signature, context.hashAlgo) === true
}

/** As sshd has it, the key goes by the certificate's algorithm, and its signature by the plain one. */
function isCertifiedLogin(
  { username, key: { algo }, signature, blob }: PublicKeyAuthContext,
  { key, authority, principals }: Certificate,
  authorities: string[],
): boolean {
  const isTrusted = authorities.some(text => (utils.parseKey(text) as ParsedKey).getPublicSSH().equals(authority))
  if (!isTrusted || !principals.includes(username)) return false
  if (!signature) return true
  return algo === `${new Reader(signature).text()}-cert-v01@openssh.com` && isSigned({ authority: key, signature, signed: blob! })
}

function askPassword(
  context: { prompt: (questions: unknown[], answer: (answers: string[]) => void) => void; accept(): void; reject(): void },
  { password }: SshdOptions,
) {
  context.prompt([{ prompt: 'Password: ', echo: false }], answers => (answers[0] === password ? context.accept() : context.reject()))
}

/** As sshd does it: in a shell, whose end is the channel's. */
export function runCommand(channel: ServerChannel, command: string, env: NodeJS.ProcessEnv) {
  const child = spawn('/bin/sh', ['-c', command], { env, stdio: 'pipe' })
  channel.pipe(child.stdin)
  child.stdin.on('error', () => {})
  child.stdout.on(
    'data',
    (chunk: Buffer) => void (channel.write(chunk) || (child.stdout.pause(), channel.once('drain', () => child.stdout.resume()))),
  )
  child.stderr.on('data', (chunk: Buffer) => channel.stderr.write(chunk))
  child.on('exit', (code, signal) => {
    if (signal) channel.exit(signal.replace(/^SIG/, ''))
    else channel.exit(code ?? 255)
  })
  child.on('close', () => channel.end())
  // A real sshd only closes the pipes; nothing here may outlive its test.
  channel.on('close', () => {
    child.stdin.destroy()
    child.stdout.destroy()
    child.stderr.destroy()
    child.kill()
  })
}
