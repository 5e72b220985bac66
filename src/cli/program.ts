import { existsSync } from 'node:fs'
import { Command, Help, Option, type HelpConfiguration } from 'commander'
import { InputError } from '../errors.js'
import { didYouMean, nearest } from '../suggest.js'
import { version } from '../version.js'
import { examples } from './examples.js'
import type { ConfigFlags } from './config-command.js'
import type { DoctorOptions } from './doctor.js'
import type { ExitCode } from './exit-code.js'
import type { ExplainFlags } from './explain-command.js'
import type { InventoryFlags } from './inventory-command.js'
import { addFirstSteps } from './first-steps-program.js'
import { withAnsibleInventorysFlags } from './ansibles-flags.js'
import { withVaultOptions } from './vault-options.js'
import { addVaultCommands } from './vault-program.js'
import { collect } from './collect.js'
import { skipBroken, withHostOptions, withRunOptions, type RunOptions } from './options.js'

type Flags = RunOptions & { check?: boolean; listHosts?: boolean; listTasks?: boolean; listTags?: boolean; syntaxCheck?: boolean }
type End = (code: ExitCode) => void

/** The commands and their options. @param end told the exit code of the command that ran */
export function programOf(end: End): Command {
  const program = new Command('netplay')
    .description('Agentless SSH orchestrator for the network of Kubernetes hosts. Without a command it runs playbooks.')
    .usage('<playbooks...> -i <source> [options]\n       netplay <command> [options]')
    .version(`netplay ${version}`, '--version')
    .configureHelp(helpOf(() => run))
    .hook('preAction', async (_, command) => (await import('./settle.js')).settle(command))
  const run: Command = runCommands(program, end)
  readCommands(program, end)
  addVaultCommands(program, end)
  addFirstSteps(program, end)
  configCommands(program, end)
  program.command('lab').description('real hosts on this machine: netplay lab up 3').allowUnknownOption().argument('[words...]')
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    const name = nameOf(command)
    command
      .exitOverride()
      .showHelpAfterError(`(${command === program ? 'netplay' : `netplay ${name}`} --help shows all options, with examples)`)
      .addHelpText('after', examples[name] ?? '')
  }
  return program
}

/** `vault encrypt` */
const nameOf = (command: Command): string => (command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name())

/** The options of a run are those that are asked for: they stand beside the commands. What is off or empty unless it is given goes without saying. */
function helpOf(run: () => Command): HelpConfiguration {
  const plain = new Help()
  return {
    visibleOptions: command => {
      const own = plain.visibleOptions(command)
      return command.parent === null ? [...plain.visibleOptions(run()).slice(0, -1), ...own] : own
    },
    optionDescription: option => plain.optionDescription(option).replace(/ \(default: (false|\[\]|0)\)$/, ''),
  }
}

/** Commands that talk to hosts. @returns the one that runs playbooks */
function runCommands(program: Command, end: End): Command {
  const ran = (body: (flags: Flags, words: string[]) => Promise<ExitCode>) => async (words: string[] | string, flags: Flags) =>
    end(await body(flags, [words].flat()))
  const playbooks = (name: string, isDefault = false) => program.command(name, { isDefault }).argument('<playbooks...>', 'playbook files')

  const run = withRunOptions(playbooks('play', true))
    .description('run playbooks (the default command); nothing is asked')
    .option('-C, --check', 'only say what would change; nothing is written anywhere', false)
    .addOption(noHold())
    .option('--list-hosts', 'print the hosts of each play and exit')
    .option('--list-tasks', 'print the tasks of each play and exit')
    .option('--list-tags', 'print the tags of each play and exit')
    .option('--syntax-check', 'read playbooks, roles and inventory, and exit')
    .action(ran((flags, files) => runPlaybooks(flags, files, program)))
  withRunOptions(playbooks('plan'))
    .description('say what would change; with --out keep exactly that for `netplay apply FILE`')
    .addOption(noHold())
    .option('--out <file>', 'save the plan (no secrets are in it)')
    .option('--detailed-exitcode', 'exit 0: nothing to do, 1: error, 2: changes pending', false)
    .action(
      ran(async (flags, files) => (await import('./play.js')).play({ detailedExitcode: false, ...flags, playbooks: files, mode: 'plan' })),
    )
  withRunOptions(program.command('apply').argument('<file>', 'a plan saved by `netplay plan --out`'))
    .description('carry out a saved plan and nothing else; refused where a host has moved since; only once')
    .option('--partial', 'apply to the hosts that have not moved, leave the others', false)
    .action(ran(async (flags, [file]) => (await import('./apply.js')).apply({ partial: false, ...flags, file: file! })))
  withRunOptions(program.command('rollback').argument('<run>', 'a run of this machine, e.g. 2026-11-22T14-03-11-1f0c'))
    .description('put back what that run changed, on hosts and in etcd; what somebody else changed since is left alone and told')
    .action(ran(async (flags, [id]) => (await import('./rollback.js')).rollback({ ...flags, run: id! })))
  withRunOptions(playbooks('verify'))
    .description("the roles' health checks alone, and whether anything is left to do")
    .action(ran(async (flags, files) => (await import('./verify.js')).verify({ ...flags, playbooks: files })))
  withHostOptions(program.command('doctor'))
    .description('find the known causes of trouble on hosts, whoever set them up; nothing is written')
    .action(async (flags: DoctorOptions) => end(await (await import('./doctor.js')).doctor(flags)))
  return run
}

const noHold = () => new Option('--no-hold', 'run plays that hold the data path without it: packets between pods may be lost')

/** Commands that ask no host. */
function readCommands(program: Command, end: End): void {
  program
    .command('show')
    .argument('<file>', 'a saved plan')
    .description('print a saved plan, as it was shown when it was made')
    .option('-D, --diff', 'show contents line by line', false)
    .option('--json', 'the plan itself', false)
    .action(async (file: string, flags: { diff: boolean; json: boolean }) => end(await (await import('./show.js')).show(file, flags)))
  withAnsibleInventorysFlags(withVaultOptions(program.command('inventory')))
    .description('what the inventory says, as ansible-inventory prints it')
    .option('-i, --inventory <source>', 'inventory file, script, directory or host list; repeatable', collect, [])
    .addOption(skipBroken())
    .option('-l, --limit <pattern>', 'with --list and --list-hosts: only these hosts; @FILE reads patterns')
    .option('-e, --extra-vars <vars>', 'variables that win over all others; repeatable', collect, [])
    .option('--list', 'everything, as JSON')
    .option('--graph [group]', 'groups and hosts as a tree')
    .option('--vars', 'with --graph: variables too', false)
    .option('--host <name>', "one host's variables, as JSON")
    .option('--list-hosts', 'the names of the hosts')
    .option('--export', 'with --list: what each group and host says itself, for use as an inventory', false)
    .option('--playbook-dir <folder>', 'group_vars and host_vars in it count too')
    .action(async (flags: InventoryFlags) => end(await (await import('./inventory-command.js')).inventoryCommand(flags)))
  withVaultOptions(program.command('explain'))
    .argument('<host>', 'a host of the inventory')
    .argument('[variable]', 'default: all of them, a line each')
    .description('every place that sets a variable of a host, which one wins, and why')
    .option('-i, --inventory <source>', 'inventory file, script, directory or host list; repeatable', collect, [])
    .addOption(skipBroken())
    .option('--playbook <file>', 'what its plays and roles set counts too')
    .option('-e, --extra-vars <vars>', 'variables that win over all others; repeatable', collect, [])
    .option('--json', 'as one JSON object, for programs', false)
    .action(async (host: string, variable: string | undefined, flags: ExplainFlags) =>
      end(await (await import('./explain-command.js')).explainCommand(host, variable, flags)),
    )
}

function configCommands(program: Command, end: End): void {
  program
    .command('config')
    .argument('[key]', "a setting: Ansible's name for it, its key in ansible.cfg, or its variable")
    .description('what ansible.cfg and ANSIBLE_* variables set, and which of them said so')
    .option('--changed-only', 'without defaults', false)
    .option('--json', 'as one JSON object, for programs', false)
    .action(async (key: string | undefined, flags: ConfigFlags) => end((await import('./config-command.js')).configCommand(key, flags)))
}

async function runPlaybooks(flags: Flags, playbooks: string[], program: Command): Promise<ExitCode> {
  const [first = ''] = playbooks
  const commands = program.commands.map(command => command.name())
  // A command with a slip in it reads like a playbook.
  if (!existsSync(first) && nearest(first, commands) !== undefined)
    throw new InputError(`there is no command and no playbook "${first}"${didYouMean(first, commands)}`, { next: 'See netplay --help.' })
  if (flags.listHosts || flags.listTasks || flags.listTags || flags.syntaxCheck)
    return (await import('./list-command.js')).listCommand({ ...flags, playbooks })
  return (await import('./play.js')).play({ ...flags, playbooks, mode: flags.check ? 'check' : 'apply', detailedExitcode: false })
}
