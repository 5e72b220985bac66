import { readFileSync } from 'node:fs'
import { InputError } from '../errors.js'
import { Secret } from '../secret.js'
import type { RunOptions } from './options.js'

export interface Passwords {
  login?: Secret
  become?: Secret
  /** of the private key files that are encrypted */
  passphrase?: Secret
}

/** Asked once for all hosts, before anything else happens. Empty at the second prompt: the login password, as Ansible has it. */
export async function askPasswords(
  options: Pick<RunOptions, 'askPass' | 'askBecomePass' | 'connectionPasswordFile' | 'becomePasswordFile' | 'keyPassphraseFile'>,
): Promise<Passwords> {
  const login =
    options.connectionPasswordFile !== undefined
      ? fromFile(options.connectionPasswordFile)
      : options.askPass
        ? await ask('SSH password: ')
        : undefined
  const become =
    options.becomePasswordFile !== undefined
      ? fromFile(options.becomePasswordFile)
      : options.askBecomePass
        ? await ask('BECOME password: ', login)
        : undefined
  const passphrase = options.keyPassphraseFile === undefined ? undefined : fromFile(options.keyPassphraseFile)
  return {
    ...(login === undefined ? {} : { login }),
    ...(become === undefined ? {} : { become }),
    ...(passphrase === undefined ? {} : { passphrase }),
  }
}

/**
 * With the passphrase of key files that are encrypted, asked once for the run: only on a terminal, and only where no agent may hold the keys.
 * Elsewhere the connection fails with what to do.
 */
export async function withPassphrase(passwords: Passwords, keyFiles: readonly string[]): Promise<Passwords> {
  const isAskable = passwords.passphrase === undefined && process.stdin.isTTY === true && process.env['SSH_AUTH_SOCK'] === undefined
  if (!isAskable || keyFiles.length === 0) return passwords
  const { lockedKeyFiles } = await import('../transport/identity.js')
  const [file] = await lockedKeyFiles(keyFiles)
  return file === undefined ? passwords : { ...passwords, passphrase: await ask(`Passphrase of ${file}: `) }
}

async function ask(prompt: string, otherwise?: Secret): Promise<Secret> {
  const { read } = await import('read')
  const answer = await read({ prompt, silent: true, output: process.stderr })
  return answer === '' && otherwise !== undefined ? otherwise : new Secret(answer)
}

const fromFile = (file: string): Secret => {
  try {
    return new Secret(readFileSync(file, 'utf8').trim())
  } catch (cause) {
    throw new InputError(`cannot read the password file ${file}: ${(cause as Error).message}`, { cause })
  }
}
