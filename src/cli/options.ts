import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { becomeMethods, type BecomeMethod } from '../transport/connection.js'
import { withAnsiblesFlags } from './ansibles-flags.js'
import { collect } from './collect.js'
import { withVaultOptions, type VaultOptions } from './vault-options.js'

/** What the run commands share, as commander gives it. Repeatable options are lists. */
export interface RunOptions extends VaultOptions {
  inventory: string[]
  /** sources that cannot be read are warnings */
  skipBrokenSources?: boolean
  limit?: string
  /** false: plays with `hold:` run without it */
  hold?: boolean
  tags: string[]
  skipTags: string[]
  extraVars: string[]
  forks: number
  user?: string
  become: boolean
  becomeUser?: string
  becomeMethod?: BecomeMethod
  askPass: boolean
  askBecomePass: boolean
  connectionPasswordFile?: string
  becomePasswordFile?: string
  keyPassphraseFile?: string
  keyFile?: string
  connection?: 'ssh' | 'local'
  /** seconds; default ssh_config's, else 10 */
  timeout?: number
  sshCommonArgs?: string
  sshExtraArgs?: string
  sshAcceptNew: boolean
  output: 'screen' | 'json'
  color?: 'auto' | 'always' | 'never'
  diff: boolean
  verbose: number
}

/** Options of every command that talks to hosts; names, letters and meanings are Ansible's where it has them. */
export function withRunOptions(command: Command): Command {
  return withAnsiblesFlags(withHostOptions(command))
    .option('-t, --tags <tags>', 'only tasks with one of these tags; repeatable', collectWords, [])
    .option('--skip-tags <tags>', 'no task with one of these tags; repeatable', collectWords, [])
    .option('-D, --diff', 'show the contents of changes line by line', false)
}

/** Of commands that talk to hosts and run no tasks. */
export function withHostOptions(command: Command): Command {
  return withVaultOptions(command)
    .option('-i, --inventory <source>', 'inventory file, script, directory or host list (n1,n2); repeatable, later ones win', collect, [])
    .addOption(skipBroken())
    .option('-l, --limit <pattern>', 'only hosts that match this pattern too; @FILE reads patterns')
    .option('-e, --extra-vars <vars>', 'name=value, JSON, or @FILE; wins over every other variable; repeatable', collect, [])
    .addOption(new Option('-f, --forks <n>', 'hosts worked on at once').argParser(positive).default(50))
    .option('-u, --user <name>', 'login user, where the inventory says none')
    .option('--private-key, --key-file <file>', 'identity file, where the inventory says none')
    .addOption(
      new Option(
        '-c, --connection <how>',
        'local: the machine that netplay runs on; where the inventory says nothing, default ssh',
      ).choices(['ssh', 'local']),
    )
    .option('-T, --timeout <seconds>', 'to connect; without it what ssh_config says, else 10', positive)
    .option('--ssh-common-args <args>', 'of ssh, such as "-J bastion", where the inventory says none')
    .option('--ssh-extra-args <args>', 'the same, after those')
    .option('-k, --ask-pass', 'ask for the login password', false)
    .option('--conn-pass-file, --connection-password-file <file>', 'login password from a file')
    .option('-b, --become', 'run as another user', false)
    .option('--become-user <name>', 'that user, where neither play nor inventory says one; else root', undefined)
    .addOption(new Option('--become-method <method>', 'how, where neither play nor inventory says; else sudo').choices(becomeMethods))
    .option('-K, --ask-become-pass', 'ask for the password of sudo, su or doas, once for all hosts', false)
    .option('--key-passphrase-file <file>', 'passphrase of the identity file, from a file')
    .option('--become-pass-file, --become-password-file <file>', 'that password from a file')
    .option('--ssh-accept-new', 'add the key of a host that known_hosts does not have yet; a changed key is refused all the same', false)
    .addOption(new Option('--output <form>', 'json: one event a line (docs/events.md)').choices(['screen', 'json']).default('screen'))
    .addOption(
      new Option('--colour, --color <when>', 'default: on a terminal, unless NO_COLOR is set').choices(['auto', 'always', 'never']),
    )
    .addOption(
      new Option('-v, --verbose', '-v: tasks that change nothing, and times; -vv: where each is written; -vvv: requests by host')
        .argParser((_, count: number) => count + 1)
        .default(0),
    )
}

export const skipBroken = () =>
  new Option(
    '--skip-broken-sources',
    'an inventory source that cannot be read is a warning, as in Ansible, and nothing of it counts',
  ).default(false)

const collectWords = (value: string, before: string[]): string[] => [
  ...before,
  ...value
    .split(',')
    .map(word => word.trim())
    .filter(Boolean),
]

function positive(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It must be a whole number of at least 1.')
  return number
}
