import { randomBytes } from 'node:crypto'
import { becomeMarks, openingCommand, type BecomeMarks } from './become.js'
import type { Become } from './connection.js'
import { BecomeFailedError, ConnectionLostError, ConnectTimeoutError, NoShellError, type UnreachableError } from './errors.js'
import { FrameReader } from './frame-reader.js'
import { FramedShell } from './framed-shell.js'
import type { StreamName } from './reply-collector.js'
import { describeEnd, type ChannelEnd, type ShellChannel } from './shell-channel.js'

export interface ShellOptions {
  host: string
  become?: Become
  /** for sudo and the shell together */
  timeoutMs: number
}

/**
 * Starts the shell and waits for its hello on both outputs; what a banner or profile prints before is thrown away.
 * @param start runs a command on the host
 * @throws {BecomeFailedError} sudo refused, asked without need for a password we have not, or asked twice
 * @throws {NoShellError} what ran was no shell
 */
export async function openShell(start: (command: string) => Promise<ShellChannel>, options: ShellOptions): Promise<FramedShell> {
  const marks = becomeMarks(randomBytes(8).toString('hex'))
  const channel = await inTime(start(openingCommand(options.become, marks)), options)
  const greeting = new Greeting(channel, options, marks)
  try {
    return await greeting.shell
  } catch (error) {
    channel.destroy()
    throw error
  }
}

/** The channel, or an error once the deadline is over; a channel that comes later is closed. */
function inTime(starting: Promise<ShellChannel>, { host, timeoutMs }: ShellOptions): Promise<ShellChannel> {
  let timer: NodeJS.Timeout
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ConnectTimeoutError(host, 'sshd', 'opened no channel for a shell', timeoutMs))
      starting.then(channel => channel.destroy()).catch(() => {})
    }, timeoutMs)
  })
  return Promise.race([starting, late]).finally(() => clearTimeout(timer))
}

const maxNoiseBytes = 256 * 1024

/** From the first byte of the channel to the hello. */
class Greeting {
  readonly shell: Promise<FramedShell>
  // Not the beginning of any line that shells or daemons print, so that FrameReader never has to hold back real output.
  private readonly nonce = `~np${randomBytes(16).toString('hex')}`
  private readonly noise: Record<StreamName, string> = { stdout: '', stderr: '' }
  private readonly greeted = new Set<StreamName>()
  private passwordSent = false
  private nonceSent = false
  private opened: FramedShell | undefined
  private resolve!: (shell: FramedShell) => void
  private reject!: (error: UnreachableError) => void

  constructor(
    private readonly channel: ShellChannel,
    private readonly options: ShellOptions,
    private readonly marks: BecomeMarks,
  ) {
    const opened = new Promise<FramedShell>((resolve, reject) => ([this.resolve, this.reject] = [resolve, reject]))
    const timer = setTimeout(() => this.reject(this.timedOut()), options.timeoutMs)
    this.shell = opened.finally(() => clearTimeout(timer))
    for (const name of ['stdout', 'stderr'] as const) this.listen(name)
    // Writing to a shell that is gone: `ended` tells it better.
    channel.stdin.on('error', () => {})
    void channel.ended.then(end => this.reject(this.ended(end)))
    if (!options.become?.password) this.sendNonce()
  }

  private listen(name: StreamName) {
    const reader = new FrameReader(this.nonce, {
      data: chunk => this.onNoise(name, chunk),
      mark: () => this.onHello(name),
      broken: () => this.reject(this.ended({ closed: true })),
    })
    this.channel[name].on('data', (chunk: Buffer) => (this.opened ? this.opened.push(name, chunk) : reader.push(chunk)))
  }

  private onHello(name: StreamName) {
    this.greeted.add(name)
    if (this.greeted.size < 2 || this.opened) return
    this.opened = new FramedShell(this.options.host, this.channel, this.nonce)
    this.resolve(this.opened)
  }

  private onNoise(name: StreamName, chunk: Buffer) {
    this.noise[name] += chunk.toString('latin1')
    if (this.noise[name].length > maxNoiseBytes) return this.reject(this.ended({ closed: true }))
    if (!this.options.become?.password) return
    if (this.noise.stdout.includes(this.marks.ready)) this.sendNonce()
    const prompts = this.noise.stderr.split(this.marks.prompt).length - 1
    if (prompts > 1) this.reject(this.becomeFailed('the sudo password is wrong'))
    else if (prompts === 1) this.sendPassword(this.options.become.password.reveal())
  }

  private sendPassword(password: string) {
    if (this.passwordSent) return
    this.passwordSent = true
    // The rest of it would be read by the shell.
    if (/[\n\0]/.test(password)) return this.reject(this.becomeFailed('the sudo password has a line break in it'))
    this.channel.stdin.write(`${password}\n`)
  }

  private sendNonce() {
    if (this.nonceSent) return
    this.nonceSent = true
    this.channel.stdin.write(`${this.nonce}\n`)
  }

  private timedOut(): UnreachableError {
    const { host, become, timeoutMs } = this.options
    if (become) return this.becomeFailed(`sudo gave no shell within ${timeoutMs / 1000} s`)
    return new ConnectTimeoutError(host, 'the login shell', 'gave no shell', timeoutMs)
  }

  private ended(end: ChannelEnd): UnreachableError {
    const { host, become } = this.options
    if ('lost' in end) return new ConnectionLostError(host, 'opening the shell', false, { cause: end.lost })
    if (!become) return new NoShellError(host, this.words() || describeEnd(end))
    if ('exit' in end && end.exit === 127) return this.becomeFailed('there is no sudo on it')
    return this.becomeFailed(become.password ? 'sudo refused' : 'sudo refused, or wants a password and none was given')
  }

  private becomeFailed(problem: string): BecomeFailedError {
    return new BecomeFailedError(this.options.host, this.options.become?.user ?? 'root', problem, this.words())
  }

  /** The host's last words before it gave up. */
  private words(): string {
    const said = this.noise.stderr.replaceAll(this.marks.prompt, '\n').trim() || this.noise.stdout.trim()
    const lines = Buffer.from(said, 'latin1')
      .toString()
      .split(/[\r\n]+/)
    return lines
      .map(line => line.trim())
      .filter(line => line !== '')
      .slice(-wordLines)
      .join('; ')
  }
}

const wordLines = 4
