import { InputError } from '../errors.js'
import { readLimited } from '../limited-file.js'
import { Secret } from '../secret.js'
import type { RunOptions } from './options.js'
import { typedLine } from './typed-line.js'

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
      ? await fromFile(options.connectionPasswordFile)
      : options.askPass
        ? await ask('SSH password: ')
        : undefined
  const become =
    options.becomePasswordFile !== undefined
      ? await fromFile(options.becomePasswordFile)
      : options.askBecomePass
        ? await ask('BECOME password: ', login)
        : undefined
  const passphrase = options.keyPassphraseFile === undefined ? undefined : await fromFile(options.keyPassphraseFile)
  return {
    ...(login === undefined ? {} : { login }),
    ...(become === undefined ? {} : { become }),
    ...(passphrase === undefined ? {} : { passphrase }),
  }
}

/** Tries at a prompt, as ssh has it. */
const tries = 3

/**
 * Asks for the passphrase of an identity file that turned out to be needed: on a terminal only, once a file for the whole run. Elsewhere the
 * connection fails with what to do.
 * @param say told before a question, so that whatever is drawn makes room
 */
export function passphraseAsker(say: (message: string) => void | Promise<void>): (file: string) => Promise<Secret | undefined> {
  const asked = new Map<string, Promise<Secret | undefined>>()
  let last: Promise<unknown> = Promise.resolve()
  return file => {
    if (process.stdin.isTTY !== true) return Promise.resolve(undefined)
    // One question at a time.
    const answer = asked.get(file) ?? last.then(() => askPassphrase(file, say))
    asked.set(file, answer)
    last = answer.catch(() => undefined)
    return answer
  }
}

async function askPassphrase(file: string, say: (message: string) => void | Promise<void>): Promise<Secret | undefined> {
  const { opensWith } = await import('../transport/identity.js')
  await say(`the private key ${file} is encrypted, and nothing else logs in`)
  for (let i = 0; i < tries; i++) {
    const answer = await ask(`Passphrase of ${file}: `)
    if (await opensWith(file, answer)) return answer
  }
  return undefined
}

/** Without echo, on standard error. @param otherwise for an empty answer */
export async function ask(prompt: string, otherwise?: Secret): Promise<Secret> {
  const answer = await typedLine(prompt, true)
  return answer === '' && otherwise !== undefined ? otherwise : new Secret(answer)
}

const fromFile = async (file: string): Promise<Secret> => {
  try {
    return new Secret((await readLimited(file)).toString('utf8').trim())
  } catch (cause) {
    throw new InputError(`cannot read the password file ${file}: ${(cause as Error).message}`, { cause })
  }
}
