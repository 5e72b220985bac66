import { Option, type Command } from 'commander'
import type { Settings } from '../settings/settings.js'
import { collect } from './collect.js'

/** Where vault passwords come from, as commander gives it. */
export interface VaultOptions {
  /** `[label@]source`: a file, a script, or `prompt` */
  vaultId?: string[]
  askVaultPass?: boolean
  vaultPasswordFile?: string[]
  /** absent: as if there were no ansible.cfg and no ANSIBLE_* */
  settings?: Settings
}

/** Options of every command that may meet what ansible-vault encrypted; names and letters are Ansible's. */
export function withVaultOptions(command: Command): Command {
  return command
    .option('--vault-id <[label@]source>', 'vault password: a file, a script that prints it, or `prompt`; repeatable', collect)
    .option('-J, --ask-vault-pass', 'ask for the vault password')
    .addOption(new Option('--ask-vault-password').hideHelp())
    .on('option:ask-vault-password', () => void command.setOptionValue('askVaultPass', true))
    .option('--vault-pass-file, --vault-password-file <file>', 'vault password from a file or script; repeatable', collect)
}
