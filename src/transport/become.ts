import { quote } from '../shell.js'
import type { Become } from './connection.js'
import { plainShellWords, readyShellWords, shellCommand } from './shell-loop.js'

/** What sudo and the shell are told to say, so that it cannot be taken for noise of a profile. */
export interface BecomeMarks {
  /** sudo's prompt */
  prompt: string
  /** printed on stderr just before su or doas starts: whatever asks for a password after it is theirs */
  begun: string
  /** printed by the shell before it reads anything: nobody waits for a password, or not any more */
  ready: string
}

/** @param nonce not a secret: it is seen in the process list */
export const becomeMarks = (nonce: string): BecomeMarks => ({
  prompt: `[netplay ${nonce}] password:`,
  begun: `netplay-begun-${nonce}`,
  ready: `netplay-ready-${nonce}`,
})

/** The command for sshd's exec. */
export const openingCommand = (become: Become | undefined, marks: BecomeMarks): string =>
  become ? `exec ${becomingWords(become, marks)}` : shellCommand

/** Shell words that become the other user and run the loop there. What they print is in English. */
export function becomingWords(become: Become, { prompt, begun, ready }: BecomeMarks): string {
  const shell = waitsForReady(become) ? readyShellWords(ready) : plainShellWords
  const begin = ['sh', '-c', `echo ${begun} >&2; exec "$@"`, 'sh'].map(quote).join(' ')
  const words = (...argv: string[]) => ['env', 'LC_ALL=C', ...argv].map(quote).join(' ')
  const { method = 'sudo', user = 'root', exe = method, flags = defaultFlags[method], password } = become
  const given = flags.split(/\s+/).filter(flag => flag !== '')
  switch (method) {
    case 'sudo': {
      // With a password it reads it from stdin (-S) and asks though it was asked a moment ago (-k); without one it must not ask (-n).
      const own = password ? ['-k', '-S', '-p', prompt] : ['-n']
      return `${words(exe, ...own, ...given.filter(flag => !['-n', '-S', '-k'].includes(flag)), '-u', user, '--')} ${shell}`
    }
    case 'su':
      // The other user's login shell reads the text after -c.
      return `${begin} ${words(exe, ...given, user, '-c', `exec ${shell}`)}`
    case 'doas':
      return `${begin} ${words(exe, ...(password || given.includes('-n') ? [] : ['-n']), ...given, '-u', user)} ${shell}`
  }
}

const defaultFlags = { sudo: '-H', su: '', doas: '' }

/** Its end is where something waits for a password: `Password: `, `doas (anna@n1) password: `. */
const passwordPrompt = /pass(?:word|phrase|code)\b[^\n]*:\s*$/i

/** Whether the shell says `ready` first: with a password, and with su, which asks on its stdin and cannot be told not to. */
export const waitsForReady = (become: Become | undefined): boolean =>
  become !== undefined && (become.password !== undefined || become.method === 'su')

/** @param text what sudo, su or doas printed, of one stream */
export const asksForPassword = ({ method = 'sudo' }: Become, { prompt }: BecomeMarks, text: string): boolean =>
  method === 'sudo' ? text.includes(prompt) : passwordPrompt.test(text)

/** After the answer none is expected, but a new password may be asked for. */
export const looksLikeQuestion = (text: string): boolean => passwordPrompt.test(text)
