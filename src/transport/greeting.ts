import { randomBytes } from 'node:crypto'
import { asksForPassword, looksLikeQuestion, waitsForReady, type BecomeMarks } from './become.js'
import { becomeProblem, type BecomeProblem } from './become-problem.js'
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

const maxNoiseBytes = 256 * 1024

/** From the first byte of the channel to the hello. */
export class Greeting {
  readonly shell: Promise<FramedShell>
  // Not the beginning of any line that shells or daemons print, so that FrameReader never has to hold back real output.
  private readonly nonce = `~np${randomBytes(16).toString('hex')}`
  private readonly noise = { stdout: '', stderr: '', terminal: '' }
  private readonly greeted = new Set<StreamName>()
  /** how much of the noise there was when the password was given */
  private answeredAt: { stderr: number; terminal: number } | undefined
  private nonceSent = false
  private asking: NodeJS.Timeout | undefined
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
    this.shell = opened.finally(() => (clearTimeout(timer), clearTimeout(this.asking)))
    for (const name of ['stdout', 'stderr'] as const) this.listen(name)
    channel.terminal?.stdout.on('data', (chunk: Buffer) => this.opened ?? this.onNoise('terminal', chunk))
    // Writing to a shell that is gone: `ended` tells it better.
    channel.stdin.on('error', () => {})
    channel.terminal?.stdin.on('error', () => {})
    void channel.ended.then(end => this.reject(this.ended(end)))
    if (!waitsForReady(options.become)) this.sendNonce()
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

  private onNoise(name: keyof typeof this.noise, chunk: Buffer) {
    this.noise[name] += chunk.toString('latin1')
    if (this.noise[name].length > maxNoiseBytes) return this.reject(this.ended({ closed: true }))
    const { become } = this.options
    if (!become || this.nonceSent) return
    if (this.noise.stdout.includes(this.marks.ready)) return this.sendNonce()
    if (name === 'stdout') return
    if (!this.answeredAt && asksForPassword(become, this.marks, this.asked(name))) return this.answer(name, become)
    clearTimeout(this.asking)
    if (!this.answeredAt) return
    const since = this.noise[name].slice(this.answeredAt[name])
    if (since.includes(this.marks.prompt)) this.reject(this.askedAgain())
    // What a PAM module prints may look like a question, but it goes on after it.
    else if (looksLikeQuestion(since)) this.asking = setTimeout(() => this.reject(this.askedAgain()), questionMs)
  }

  /** What sudo, su or doas have printed by themselves: what a profile prints does not ask for our password. */
  private asked(name: 'stderr' | 'terminal'): string {
    if (name === 'terminal' || (this.options.become?.method ?? 'sudo') === 'sudo') return this.noise[name]
    const at = this.noise.stderr.indexOf(this.marks.begun)
    return at < 0 ? '' : this.noise.stderr.slice(at + this.marks.begun.length)
  }

  /** Where it was asked, there it is read: from the terminal or from stdin. */
  private answer(name: 'stderr' | 'terminal', { password }: Become) {
    if (password === undefined) return this.reject(this.becomeFailed('password needed'))
    const line = password.reveal()
    // The rest of it would be read by the shell.
    if (/[\n\0]/.test(line)) return this.reject(this.becomeFailed('password with a line break'))
    this.answeredAt = { stderr: this.noise.stderr.length, terminal: this.noise.terminal.length }
    const { stdin } = name === 'terminal' ? this.channel.terminal! : this.channel
    stdin.write(`${line}\n`)
  }

  private sendNonce() {
    if (this.nonceSent) return
    this.nonceSent = true
    clearTimeout(this.asking)
    this.channel.stdin.write(`${this.nonce}\n`)
  }

  private timedOut(): UnreachableError {
    const { host, become, timeoutMs } = this.options
    return become ? this.becomeFailed('no answer') : new ConnectTimeoutError(host, 'the login shell', 'gave no shell', timeoutMs)
  }

  private askedAgain(): BecomeFailedError {
    const problem = becomeProblem({ said: this.words(), answered: true })
    return this.becomeFailed(problem === 'refused' ? 'wrong password' : problem)
  }

  private ended(end: ChannelEnd): UnreachableError {
    const { host, become } = this.options
    if ('lost' in end) return new ConnectionLostError(host, 'opening the shell', false, { cause: end.lost })
    if (!become) return new NoShellError(host, this.words() || describeEnd(end))
    const exit = 'exit' in end ? end.exit : undefined
    return this.becomeFailed(becomeProblem({ said: this.words(), answered: this.answeredAt !== undefined, exit }))
  }

  private becomeFailed(problem: BecomeProblem): BecomeFailedError {
    return new BecomeFailedError(this.options.host, this.options.become!, problem, this.words(), this.options.timeoutMs)
  }

  /** The host's last words before it gave up; never a password that it repeats. */
  private words(): string {
    const { stdout, stderr, terminal } = this.noise
    const said = `${stderr}\n${terminal}`.replaceAll(this.marks.prompt, '\n').replaceAll(this.marks.begun, '')
    const text = Buffer.from(said.trim() || stdout, 'latin1').toString()
    const password = this.options.become?.password?.reveal()
    return (password ? text.replaceAll(password, '***') : text)
      .split(/[\r\n]+/)
      .map(line => line.replace(ownPrompt, '').trim())
      .filter(line => line !== '')
      .slice(-wordLines)
      .map(line => (line.length > wordLineLength ? `${line.slice(0, wordLineLength)}…` : line))
      .join('; ')
  }
}

const wordLines = 4
const wordLineLength = 200
const questionMs = 1000
/** Of su and doas: what follows on its line is the answer. */
const ownPrompt = /^(?:doas \(\S*\) )?password: */i
