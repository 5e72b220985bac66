import { ConnectionLostError } from './errors.js'
import { FrameReader, type FrameEvents } from './frame-reader.js'
import { watchDeadline, type Deadline } from './deadline.js'
import { ReplyCollector, type ReplyProblem, type StreamName } from './reply-collector.js'
import { BrokenFrameError, OutputTooLargeError, RequestTimeoutError, ShellLostError } from './request-errors.js'
import { defaultMaxOutputBytes, defaultTimeoutMs, type Reply, type RequestOptions } from './request.js'
import { sendStdin } from './send-stdin.js'
import { describeEnd, type ChannelEnd, type ShellChannel } from './shell-channel.js'
import { frameBytes, type FrameKind } from './shell-loop.js'

interface Pending {
  options: RequestOptions
  collector: ReplyCollector
  deadline: Deadline
  resolve(reply: Reply): void
  reject(error: Error): void
  /** aborted when the reply is there or given up: nothing more is sent */
  over: AbortController
}

/**
 * One shell on the host that has said hello. Takes one request at a time. After any error it is not usable any more:
 * nobody knows where in the stream it stands, so it is destroyed and the caller opens another.
 */
export class FramedShell {
  private pending: Pending | undefined
  private lastId = 0
  private end: ChannelEnd | undefined
  private strayBytes = 0
  private readers: Record<StreamName, FrameReader>

  constructor(
    private readonly host: string,
    private readonly channel: ShellChannel,
    nonce: string,
  ) {
    this.readers = { stdout: this.reader(nonce, 'stdout'), stderr: this.reader(nonce, 'stderr') }
    void channel.ended.then(end => this.onEnd(end))
  }

  get usable(): boolean {
    return this.end === undefined
  }

  /** Everything that the channel says after the hello goes in here. */
  push(name: StreamName, chunk: Buffer): void {
    this.pending?.deadline.touch()
    this.readers[name].push(chunk)
  }

  /** @throws {RequestError} as `Session.request` says; the shell is then not usable any more */
  request(script: string, options: RequestOptions): Promise<Reply> {
    const id = String(++this.lastId)
    this.strayBytes = 0
    const { quietMs, timeoutMs = defaultTimeoutMs } = options
    const frame = frameBytes(id, kindOf(options), script)
    return new Promise<Reply>((resolve, reject) => {
      const deadline = watchDeadline({ quietMs, timeoutMs }, (ms, quiet) =>
        this.fail(new RequestTimeoutError(this.host, options.purpose, ms, quiet)),
      )
      const collector = new ReplyCollector(id, options.maxOutputBytes ?? defaultMaxOutputBytes)
      this.pending = { options, collector, deadline, resolve, reject, over: new AbortController() }
      if (this.end !== undefined) return this.onEnd(this.end)
      this.channel.stdin.write(frame)
    })
  }

  destroy(): void {
    this.end ??= { closed: true }
    this.channel.destroy()
  }

  private reader(nonce: string, name: StreamName): FrameReader {
    const events: FrameEvents = {
      data: chunk => this.onData(name, chunk),
      mark: (id, word) => this.onMark(name, id, word),
      broken: problem => this.judge({ frame: `${problem} on ${name}` }),
    }
    return new FrameReader(nonce, events)
  }

  private onData(name: StreamName, chunk: Buffer) {
    const { pending } = this
    if (!pending?.collector.isOpen(name)) return this.onStray(name, chunk)
    this.judge(pending.collector.data(name, chunk))
    if (name !== 'stdout' || this.pending !== pending) return
    try {
      pending.options.onStdout?.(chunk)
    } catch (error) {
      this.fail(error as Error)
    }
  }

  /** What nobody asked for, of something that an earlier request left running: thrown away, but not for ever. */
  private onStray(name: StreamName, { length }: Buffer) {
    this.strayBytes += length
    if (this.strayBytes <= defaultMaxOutputBytes) return
    if (this.pending) this.judge({ output: name })
    else this.destroy()
  }

  private onMark(name: StreamName, id: string, word: string) {
    const { pending } = this
    if (!pending) return this.destroy()
    this.judge(pending.collector.mark(name, id, word))
    if (this.pending !== pending) return
    if (word === 'go' && name === 'stdout') this.sendStdin(pending)
    const { reply } = pending.collector
    if (reply) this.settle()?.resolve(reply)
  }

  private sendStdin({ options, deadline, over }: Pending) {
    if (options.stdin === undefined || options.inShell) return
    const to = {
      channel: this.channel.stdin,
      host: this.host,
      purpose: options.purpose,
      signal: over.signal,
      onSent: () => deadline.touch(),
    }
    sendStdin(options.stdin, to).catch((error: Error) => this.fail(error))
  }

  private judge(problem: ReplyProblem | undefined) {
    if (!problem || !this.pending) return
    const { purpose, maxOutputBytes = defaultMaxOutputBytes } = this.pending.options
    if ('output' in problem) this.fail(new OutputTooLargeError(this.host, purpose, problem.output, maxOutputBytes))
    else this.fail(new BrokenFrameError(this.host, purpose, problem.frame))
  }

  private onEnd(end: ChannelEnd) {
    this.end ??= end
    this.channel.destroy()
    const purpose = this.pending?.options.purpose ?? ''
    if ('lost' in end) this.settle()?.reject(new ConnectionLostError(this.host, purpose, true, { cause: end.lost }))
    else this.settle()?.reject(new ShellLostError(this.host, purpose, describeEnd(end)))
  }

  private fail(error: Error) {
    const pending = this.settle()
    if (!pending) return
    this.destroy()
    pending.reject(error)
  }

  private settle(): Pending | undefined {
    const { pending } = this
    this.pending = undefined
    pending?.deadline.stop()
    pending?.over.abort()
    return pending
  }
}

function kindOf({ stdin, inShell }: RequestOptions): FrameKind {
  if (inShell) return '='
  if (stdin === undefined) return '-'
  return Buffer.isBuffer(stdin) ? stdin.length : stdin.sizeBytes
}
