import type { Duplex } from 'node:stream'
import { ConnectionLostError } from './errors.js'
import type { FramedShell } from './framed-shell.js'
import type { Reply, RequestOptions } from './request.js'
import type { Session } from './session.js'

/** One connection that stands: what `FramedSession` needs of it. */
export interface Line {
  /** set once it is gone */
  readonly lost: Error | undefined
  forward(address: string, port: number): Promise<Duplex>
  close(): Promise<void>
}

/** Requests one after another on one shell; a shell that was lost is opened again by the next request, once. */
export class FramedSession implements Session {
  readonly requestCounts = new Map<string, number>()
  private last: Promise<unknown> = Promise.resolve()
  private closed = false

  constructor(
    readonly host: string,
    readonly loginUser: string,
    private readonly line: Line,
    private shell: FramedShell,
    private readonly reopen: () => Promise<FramedShell>,
  ) {}

  request(script: string, options: RequestOptions): Promise<Reply> {
    this.count(options.purpose)
    const reply = this.last.then(() => this.send(script, options))
    this.last = reply.catch(() => {})
    return reply
  }

  async aside(script: string): Promise<Reply> {
    this.assertOpen('aside')
    this.count('aside')
    const shell = await this.reopen()
    try {
      return await shell.request(script, { purpose: 'aside' })
    } finally {
      shell.destroy()
    }
  }

  forward(address: string, port: number): Promise<Duplex> {
    return this.line.forward(address, port)
  }

  async close(): Promise<void> {
    this.closed = true
    this.shell.destroy()
    await this.line.close()
  }

  private async send(script: string, options: RequestOptions): Promise<Reply> {
    this.assertOpen(options.purpose)
    if (!this.shell.usable) this.shell = await this.reopen()
    this.assertOpen(options.purpose)
    return this.shell.request(script, options)
  }

  private count(purpose: string) {
    this.requestCounts.set(purpose, (this.requestCounts.get(purpose) ?? 0) + 1)
  }

  private assertOpen(purpose: string) {
    if (this.closed || this.line.lost) throw new ConnectionLostError(this.host, purpose, false, { cause: this.line.lost })
  }
}
