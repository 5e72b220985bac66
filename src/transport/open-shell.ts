import { randomBytes } from 'node:crypto'
import { becomeMarks, becomingWords, openingCommand, type BecomeMarks } from './become.js'
import type { Become } from './connection.js'
import { BecomeFailedError, ConnectTimeoutError, NoShellError, UnreachableError } from './errors.js'
import type { FramedShell } from './framed-shell.js'
import { Greeting, type ShellOptions } from './greeting.js'
import type { ShellChannel } from './shell-channel.js'
import { openWithTerminal, type Start } from './terminal-shell.js'

/**
 * Starts the shell and waits for its hello on both outputs; what a banner or profile prints before is thrown away.
 * Where sudo or su say that they want a terminal it is done once more with one; doas reads passwords from nothing else.
 * @param start runs a command on the host
 * @throws {BecomeFailedError} sudo refused, asked for a password we have not, or asked twice
 * @throws {NoShellError} what ran was no shell
 */
export async function openShell(start: Start, options: ShellOptions): Promise<FramedShell> {
  const { become } = options
  const marks = becomeMarks(randomBytes(8).toString('hex'))
  if (become?.method === 'doas' && become.password) return withTerminal(start, become, marks, options)
  try {
    return await greeted(start(openingCommand(become, marks)), marks, options)
  } catch (error) {
    if (!become || !(error instanceof BecomeFailedError) || error.problem !== 'terminal needed') throw error
    return withTerminal(start, become, marks, options)
  }
}

function withTerminal(start: Start, become: Become, marks: BecomeMarks, options: ShellOptions): Promise<FramedShell> {
  const starting = openWithTerminal(start, becomingWords(become, marks)).catch((error: Error) => {
    if (error instanceof UnreachableError && !(error instanceof NoShellError)) throw error
    const words = error instanceof NoShellError ? error.words : error.message
    throw new BecomeFailedError(options.host, become, 'terminal needed', words)
  })
  return greeted(starting, marks, options)
}

async function greeted(starting: Promise<ShellChannel>, marks: BecomeMarks, options: ShellOptions): Promise<FramedShell> {
  const channel = await inTime(starting, options)
  try {
    return await new Greeting(channel, options, marks).shell
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
