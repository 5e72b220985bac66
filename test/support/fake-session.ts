import type { Duplex } from 'node:stream'
import type { Reply, RequestOptions, Session } from '../../src/transport/session.js'

type Answer = string | Partial<Reply> | Error

/**
 * A session that says what it is told to say: `answer` gets each script and its options. A string is stdout with exit
 * status 0. Remembers what it was asked.
 */
export class FakeSession implements Session {
  readonly requestCounts = new Map<string, number>()
  readonly requests: { script: string; options: RequestOptions }[] = []
  readonly loginUser = 'ops'
  closed = false

  constructor(
    readonly host: string,
    private readonly answer: (script: string, options: RequestOptions) => Answer | Promise<Answer>,
  ) {}

  async request(script: string, options: RequestOptions): Promise<Reply> {
    this.requestCounts.set(options.purpose, (this.requestCounts.get(options.purpose) ?? 0) + 1)
    this.requests.push({ script, options })
    const answer = await this.answer(script, options)
    if (answer instanceof Error) throw answer
    const reply = {
      stdout: Buffer.alloc(0),
      stderr: Buffer.alloc(0),
      ending: { exit: 0 },
      ...(typeof answer === 'string' ? { stdout: Buffer.from(answer) } : answer),
    }
    if (reply.stdout.length > 0) options.onStdout?.(reply.stdout)
    return reply
  }

  aside(script: string): Promise<Reply> {
    return this.request(script, { purpose: 'aside' })
  }

  async forward(): Promise<Duplex> {
    throw new Error('a fake session forwards nothing')
  }

  async close(): Promise<void> {
    this.closed = true
  }
}
