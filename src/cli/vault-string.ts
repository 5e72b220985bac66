import { InputError } from '../errors.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import { ask } from './passwords.js'
import { encryptionPassword, sealed, type VaultFlags } from './vault-command.js'
import { readWhole, writeWhole } from './vault-files.js'

export interface StringFlags extends VaultFlags {
  /** of the variable */
  name?: string
  stdinName?: string
  /** ask for the value instead of reading it from standard input */
  prompt?: boolean
}

/** `netplay vault encrypt-string --name db_password`: a value for a YAML file. */
export async function encryptString(words: string[], flags: StringFlags): Promise<ExitCode> {
  if (words.some(word => word !== '-'))
    throw new InputError('a secret is not given on the command line: the process list shows it to everybody, and the shell keeps it', {
      next: 'Have it asked for with --prompt, or give it on standard input: printf %s "$SECRET" | netplay vault encrypt-string --name NAME',
    })
  const plain = flags.prompt ? Buffer.from((await ask('String to encrypt (hidden): ')).reveal()) : await readWhole('-')
  if (plain.length === 0) throw new InputError('there is nothing to encrypt: the value is empty')
  if (!flags.prompt && plain.at(-1) === 0x0a)
    process.stderr.write('the value ends with a newline, as it was given (printf %s gives none)\n')
  const name = flags.name ?? flags.stdinName
  const text = yamlBlock(sealed(plain, await encryptionPassword(flags)).toString(), name)
  await writeWhole(flags.output ?? '-', Buffer.from(text))
  return exitCodes.done
}

/** As ansible-vault writes it. */
const yamlBlock = (vault: string, name: string | undefined): string =>
  [
    `${name === undefined ? '' : `${name}: `}!vault |`,
    ...vault
      .trimEnd()
      .split('\n')
      .map(line => `          ${line}`),
    '',
  ].join('\n')
