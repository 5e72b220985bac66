import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { EtcdRoute } from '../../src/transport/etcd.js'
import type { Reply } from '../../src/transport/session.js'

/** A session whose host is this machine: scripts run in a `sh` here, `forward` connects to loopback. */
export class LoopbackSession implements EtcdRoute {
  readonly host = 'n1'
  readonly requestCounts = new Map<string, number>()
  /** connections that are open */
  readonly streams = new Set<Socket>()
  swallowed = 0
  private passing: number | undefined

  async request(script: string, { purpose }: { purpose: string }): Promise<Reply> {
    this.requestCounts.set(purpose, (this.requestCounts.get(purpose) ?? 0) + 1)
    const shell = spawn('sh', ['-s'])
    const [stdout, stderr]: Buffer[][] = [[], []]
    shell.stdout.on('data', (chunk: Buffer) => stdout!.push(chunk))
    shell.stderr.on('data', (chunk: Buffer) => stderr!.push(chunk))
    shell.stdin.end(script)
    const [exit] = (await once(shell, 'close')) as [number]
    return { stdout: Buffer.concat(stdout!), stderr: Buffer.concat(stderr!), ending: { exit } }
  }

  async forward(address: string, port: number): Promise<Duplex> {
    const socket = connect({ host: address, port })
    await once(socket, 'connect')
    this.streams.add(socket)
    socket.once('close', () => this.streams.delete(socket))
    return new ChannelLike(socket, () => this.swallows(socket))
  }

  /** The line is cut under everything that is open. */
  cut() {
    for (const stream of this.streams) stream.resetAndDestroy()
  }

  /** After `passing` answers the next bytes that come back are lost, and the connection with them. */
  swallowAnswer(passing = 0) {
    this.passing = passing
  }

  private swallows(socket: Socket): boolean {
    if (this.passing === undefined || this.passing-- > 0) return false
    this.passing = undefined
    this.swallowed++
    socket.resetAndDestroy()
    return true
  }
}

/** As ssh2's channels are: no TCP socket, what arrived before the end is read before it, and a lost line is an end and no error. */
class ChannelLike extends Duplex {
  constructor(
    private readonly socket: Socket,
    swallows: () => boolean,
  ) {
    super()
    let over = false
    const end = () => {
      if (over) return
      over = true
      this.once('end', () => this.destroy()).push(null)
    }
    socket.on('data', (chunk: Buffer) => {
      if (!swallows() && !over && !this.push(chunk)) socket.pause()
    })
    socket
      .on('error', () => {})
      .on('end', end)
      .on('close', end)
  }
  override _read() {
    this.socket.resume()
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void) {
    if (this.socket.writable) this.socket.write(chunk, () => done())
    else done()
  }
  override _final(done: () => void) {
    this.socket.end(() => done())
  }
  override _destroy(error: Error | null, done: (error: Error | null) => void) {
    this.socket.destroy()
    done(error)
  }
}
