import { quote } from '../shell.js'
import type { Become } from './connection.js'
import { plainShellWords, readyShellWords, shellCommand } from './shell-loop.js'

/** What sudo and the shell are told to say, so that it cannot be taken for noise of a profile. */
export interface BecomeMarks {
  /** sudo's prompt */
  prompt: string
  /** printed by the shell before it reads anything: sudo did not, or does not any more, wait for a password */
  ready: string
}

/** @param nonce not a secret: it is seen in the process list */
export const becomeMarks = (nonce: string): BecomeMarks => ({ prompt: `[netplay ${nonce}] password:`, ready: `netplay-ready-${nonce}` })

/**
 * The command for sshd's exec. Without a password sudo must not ask (`-n`); with one it reads it from stdin (`-S`),
 * asks though it was asked a moment ago (`-k`), and prints our prompt. Its words come in English.
 */
export function openingCommand(become: Become | undefined, { prompt, ready }: BecomeMarks): string {
  if (!become) return shellCommand
  const { exe = 'sudo', user = 'root', flags = '-H', password } = become
  const own = password ? ['-k', '-S', '-p', prompt] : ['-n']
  const given = flags.split(/\s+/).filter(flag => flag !== '' && !['-n', '-S', '-k'].includes(flag))
  const words = ['env', 'LC_ALL=C', exe, ...own, ...given, '-u', user, '--'].map(quote).join(' ')
  return `exec ${words} ${password ? readyShellWords(ready) : plainShellWords}`
}
