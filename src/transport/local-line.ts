import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { ForwardFailedError, NoShellError } from './errors.js'
import type { Line } from './framed-session.js'
import { channelEnd, type ChannelEnd, type ShellChannel } from './shell-channel.js'

/** What sshd would hand on too; the rest of the controller's environment may hold secrets. */
const handedOn = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR']

/** The controller itself as a host (`ansible_connection: local`): commands are run here, as whoever runs netplay. */
export class LocalLine implements Line {
  readonly lost = undefined

  constructor(private readonly host: string) {}

  /** A session of its own, so that Ctrl-C in the terminal reaches netplay alone, as with a host that is elsewhere. */
  async exec(command: string, terminal = false): Promise<ShellChannel> {
    if (terminal)
      throw new NoShellError(this.host, 'netplay has no terminal to give on its own machine: use sudo, with or without a password')
    const env = Object.fromEntries(handedOn.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
    const child = spawn('/bin/sh', ['-c', command], { env, stdio: 'pipe', detached: true })
    const { ended, exited, closed } = channelEnd()
    const endOf = (code: number | null, signal: string | null): ChannelEnd => (signal ? { signal } : { exit: code ?? 255 })
    child.on('error', error => closed({ lost: error }))
    child.on('exit', (code, signal) => exited(endOf(code, signal)))
    child.on('close', (code, signal) => closed(endOf(code, signal)))
    const streams = [child.stdin, child.stdout, child.stderr]
    for (const stream of streams) stream.on('error', () => {})
    // It reads the end of its input, and ends after the step that it is at.
    const destroy = () => streams.forEach(stream => stream.destroy())
    return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, ended, destroy }
  }

  forward(address: string, port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: address, port }, () => resolve(socket))
      socket.on('error', error => reject(new ForwardFailedError(this.host, `${address} port ${port}`, error.message, { cause: error })))
    })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
