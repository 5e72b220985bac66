import { constants } from 'node:os'
import type { Ending, Reply } from './request.js'

export type StreamName = 'stdout' | 'stderr'

interface Collected {
  chunks: Buffer[]
  sizeBytes: number
  state: 'waiting' | 'open' | 'done'
}

/** What went wrong with a reply: `output` for too much on a stream, `frame` for anything the shell's loop does not print. */
export type ReplyProblem = { output: StreamName } | { frame: string }

/** Puts one reply together from the marks and data of both streams. */
export class ReplyCollector {
  private readonly streams: Record<StreamName, Collected> = { stdout: fresh(), stderr: fresh() }
  private status: number | undefined

  constructor(
    private readonly id: string,
    private readonly maxOutputBytes: number,
  ) {}

  /** Output before `go` is of something an earlier request left running: not ours. */
  isOpen(name: StreamName): boolean {
    return this.streams[name].state === 'open'
  }

  data(name: StreamName, chunk: Buffer): ReplyProblem | undefined {
    const stream = this.streams[name]
    stream.sizeBytes += chunk.length
    if (stream.sizeBytes > this.maxOutputBytes) return { output: name }
    stream.chunks.push(chunk)
  }

  mark(name: StreamName, id: string, word: string): ReplyProblem | undefined {
    const stream = this.streams[name]
    const expected = stream.state === 'waiting' ? word === 'go' : stream.state === 'open' && /^\d+$/.test(word)
    if (id !== this.id || !expected) return { frame: `mark "${id} ${word}" on ${name} while ${stream.state} for ${this.id}` }
    if (word === 'go') stream.state = 'open'
    else return this.end(stream, Number(word))
  }

  private end(stream: Collected, status: number): ReplyProblem | undefined {
    stream.state = 'done'
    if (this.status !== undefined && this.status !== status) return { frame: `two ends, ${this.status} and ${status}` }
    this.status = status
  }

  /** The reply, once both streams have told its end. */
  get reply(): Reply | undefined {
    const { stdout, stderr } = this.streams
    if (stdout.state !== 'done' || stderr.state !== 'done' || this.status === undefined) return undefined
    return { stdout: Buffer.concat(stdout.chunks), stderr: Buffer.concat(stderr.chunks), ending: endingOf(this.status) }
  }
}

const fresh = (): Collected => ({ chunks: [], sizeBytes: 0, state: 'waiting' })

const signals = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]))
// Linux has two names for some numbers; these are the ones people know.
for (const name of ['SIGABRT', 'SIGIO'] as const) signals.set(constants.signals[name], name)

/** A shell tells a death by signal n as status 128 + n, and cannot tell it from `exit 137` (POSIX, 2.8.2). */
export function endingOf(status: number): Ending {
  const signal = signals.get(status - 128)
  return signal === undefined ? { exit: status } : { signal }
}
