import { readFileSync } from 'node:fs'
import { InputError } from '../errors.js'
import { Secret } from '../secret.js'
import type { RunOptions } from './options.js'

export interface Passwords {
  login?: Secret
  become?: Secret
}

/** Asked once for all hosts, before anything else happens. Empty at the second prompt: the login password, as Ansible has it. */
export async function askPasswords(
  options: Pick<RunOptions, 'askPass' | 'askBecomePass' | 'connectionPasswordFile' | 'becomePasswordFile'>,
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
  return { ...(login === undefined ? {} : { login }), ...(become === undefined ? {} : { become }) }
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
