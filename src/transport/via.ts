import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { printable } from '../errors.js'

/** How a host is reached that is not reached directly. */
export interface Via {
  /** for errors: `through jump host bastion` */
  label: string
  /** a new stream to the host's sshd, for each try. @throws {UnreachableError} */
  dial(): Promise<Duplex>
  /** what a program in between had to say for itself */
  lastWords?(): string
  /** the connection through it is over; what it shares may be closed */
  release?(): Promise<void>
}

/** @param command with its tokens replaced; run by the admin's shell in place of it, as ssh does */
export function viaCommand(command: string): Via {
  let words = ''
  return {
    label: `through ProxyCommand ${printable(command)}`,
    lastWords: () => words.trim().split('\n').at(-1)!,
    async dial() {
      words = ''
      const child = spawn(process.env['SHELL'] || '/bin/sh', ['-c', `exec ${command}`], { stdio: 'pipe' })
      child.stderr.on('data', (chunk: Buffer) => void (words = (words + chunk.toString()).slice(-maxWords)))
      const stream = new Duplex({
        read: () => void child.stdout.resume(),
        // Writing to a program that is gone: its end tells it better.
        write: (chunk, _encoding, written) => void child.stdin.write(chunk, () => written()),
        final: done => void child.stdin.end(() => done()),
        destroy: (error, done) => (child.kill('SIGHUP'), done(error)),
      })
      stream.on('error', () => {})
      child.stdin.on('error', () => {})
      child.stdout.on('data', (chunk: Buffer) => void (stream.push(chunk) || child.stdout.pause()))
      child.once('error', error => stream.destroy(error))
      // What it says before it ends comes by another pipe than its end; what its children hold open is not waited for.
      child.once('exit', () => void Promise.race([once(child, 'close'), pause(lastWordsMs)]).then(() => stream.push(null)))
      return stream
    },
  }
}

const maxWords = 4096
const lastWordsMs = 300
