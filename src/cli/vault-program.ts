import type { Command } from 'commander'
import type { ExitCode } from './exit-code.js'
import type { RekeyFlags, VaultFlags } from './vault-command.js'
import { withVaultOptions } from './vault-options.js'
import type { StringFlags } from './vault-string.js'

/** `netplay vault …`, with the options that ansible-vault has. @param end told the exit code of the command that ran */
export function addVaultCommands(program: Command, end: (code: ExitCode) => void): void {
  const vault = program.command('vault').description('encrypt and decrypt files and values, as ansible-vault does')
  const files = (name: string, argument = '[files...]') =>
    withVaultOptions(vault.command(name).argument(argument, 'default: standard input'))
  const encrypting = (command: Command) =>
    command.option('--encrypt-vault-id <label>', 'the password to encrypt with, where several are given')
  const writing = (command: Command) => command.option('--output <file>', 'write there instead; - is standard output')
  const commands = () => import('./vault-command.js')

  writing(encrypting(files('encrypt')))
    .description('encrypt files in place')
    .action(async (names: string[], flags: VaultFlags) => end(await (await commands()).encryptFiles(names, flags)))
  writing(files('decrypt'))
    .description('decrypt files in place')
    .action(async (names: string[], flags: VaultFlags) => end(await (await commands()).decryptFiles(names, flags)))
  files('view')
    .description('print what is in files')
    .action(async (names: string[], flags: VaultFlags) => end(await (await commands()).viewFiles(names, flags)))
  encrypting(withVaultOptions(vault.command('edit').alias('create').argument('<files...>')))
    .description('edit a file with $VISUAL, $EDITOR or vi, and encrypt it again; one that is not there is made')
    .action(async (names: string[], flags: VaultFlags) => end(await (await commands()).editFiles(names, flags)))
  withVaultOptions(vault.command('rekey').argument('<files...>'))
    .description('encrypt files with another password')
    .option('--new-vault-id <[label@]source>', 'the new password, and its label')
    .option('--new-vault-password-file <file>', 'the new password, without a label')
    .action(async (names: string[], flags: RekeyFlags) => end(await (await commands()).rekeyFiles(names, flags)))
  writing(encrypting(withVaultOptions(vault.command('encrypt-string').alias('encrypt_string').argument('[-]'))))
    .description('encrypt a value for a YAML file: from standard input, or asked for')
    .option('-n, --name <name>', 'of the variable')
    .option('--stdin-name <name>', 'the same')
    .option('-p, --prompt', 'ask for the value')
    .allowExcessArguments()
    .action(async (_: unknown, flags: StringFlags, { args }: Command) =>
      end(await (await import('./vault-string.js')).encryptString(args, flags)),
    )
}
