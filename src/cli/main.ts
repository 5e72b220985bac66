#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { NetplayError, printable, reportOf } from '../errors.js'
import { version } from '../version.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import type { InventoryFlags } from './inventory-command.js'
import { collect, withRunOptions, type RunOptions } from './options.js'

type Flags = RunOptions & { check?: boolean; listHosts?: boolean; listTasks?: boolean; listTags?: boolean; syntaxCheck?: boolean }

/** argv -> exit code. What a command needs is imported when it runs: `--version` answers at once. */
export async function main(argv: string[]): Promise<ExitCode> {
  // The lab is an entry of its own: it boots hosts on this machine and has nothing to do with a run.
  if (argv[0] === 'lab') return (await import('../../lab/cli.js')).main(argv.slice(1))
  let exit: ExitCode = exitCodes.done
  const program = programOf(code => (exit = code))
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exit
  } catch (error) {
    return told(error)
  }
}

function programOf(end: (code: ExitCode) => void): Command {
  const program = new Command('netplay')
    .description(
      'Agentless SSH orchestrator for the network of Kubernetes hosts.\nWithout a command it runs playbooks: netplay site.yml -i hosts.ini',
    )
    .version(`netplay ${version}`, '--version')
    .exitOverride()
    .showHelpAfterError('(netplay --help shows all options, with examples)')
    .addHelpText('after', examples)
  const ran = (body: (flags: Flags, ...rest: string[][]) => Promise<ExitCode>) => async (first: string[] | string, flags: Flags) =>
    end(await body(flags, Array.isArray(first) ? first : [first]))

  withRunOptions(program.command('play', { isDefault: true }).argument('<playbooks...>', 'playbook files'))
    .description('run playbooks (the default command); nothing is asked')
    .option('-C, --check', 'only say what would change; nothing is written anywhere', false)
    .option('--list-hosts', 'print the hosts of each play and exit')
    .option('--list-tasks', 'print the tasks of each play and exit')
    .option('--list-tags', 'print the tags of each play and exit')
    .option('--syntax-check', 'read playbooks, roles and inventory, and exit')
    .exitOverride()
    .action(ran((flags, playbooks) => runPlaybooks(flags, playbooks)))

  withRunOptions(program.command('plan').argument('<playbooks...>', 'playbook files'))
    .description('say what would change; with --out keep exactly that for `netplay apply FILE`')
    .option('--out <file>', 'save the plan (no secrets are in it)')
    .option('--detailed-exitcode', 'exit 0: nothing to do, 1: error, 2: changes pending', false)
    .exitOverride()
    .action(
      ran(async (flags, playbooks) =>
        (await import('./play.js')).play({ detailedExitcode: false, ...flags, playbooks: playbooks, mode: 'plan' }),
      ),
    )

  withRunOptions(program.command('apply').argument('<file>', 'a plan saved by `netplay plan --out`'))
    .description('carry out a saved plan and nothing else; refused where a host has moved since; only once')
    .option('--partial', 'apply to the hosts that have not moved, leave the others', false)
    .exitOverride()
    .action(ran(async (flags, [file]) => (await import('./apply.js')).apply({ partial: false, ...flags, file: file! })))

  withRunOptions(program.command('rollback').argument('<run>', 'a run of this machine, e.g. 2026-11-22T14-03-11-1f0c'))
    .description('put back what that run changed, on hosts and in etcd; what somebody else changed since is left alone and told')
    .exitOverride()
    .action(ran(async (flags, [run]) => (await import('./rollback.js')).rollback({ ...flags, run: run! })))

  program
    .command('show')
    .argument('<file>', 'a saved plan')
    .description('print a saved plan, as it was shown when it was made')
    .option('-D, --diff', 'show contents line by line', false)
    .option('--json', 'the plan itself', false)
    .exitOverride()
    .action(async (file: string, flags: { diff: boolean; json: boolean }) => end(await (await import('./show.js')).show(file, flags)))

  withRunOptions(program.command('verify').argument('<playbooks...>', 'playbook files'))
    .description("the roles' health checks alone, and whether anything is left to do")
    .exitOverride()
    .action(ran(async (flags, playbooks) => (await import('./verify.js')).verify({ ...flags, playbooks: playbooks })))

  program
    .command('inventory')
    .description('what the inventory says, as ansible-inventory prints it')
    .option('-i, --inventory <source>', 'inventory file, directory or host list; repeatable', collect, [])
    .option('-l, --limit <pattern>', 'with --list: only these hosts')
    .option('-e, --extra-vars <vars>', 'variables that win over all others; repeatable', collect, [])
    .option('--list', 'everything, as JSON')
    .option('--graph [group]', 'groups and hosts as a tree')
    .option('--vars', 'with --graph: variables too', false)
    .option('--host <name>', "one host's variables, as JSON")
    .exitOverride()
    .action(async (flags: InventoryFlags) => end(await (await import('./inventory-command.js')).inventoryCommand(flags)))

  program.command('lab').description('real hosts on this machine: netplay lab up 3').allowUnknownOption().argument('[words...]')
  return program
}

async function runPlaybooks(flags: Flags, playbooks: string[]): Promise<ExitCode> {
  if (flags.listHosts || flags.listTasks || flags.listTags || flags.syntaxCheck)
    return (await import('./list-command.js')).listCommand({ ...flags, playbooks })
  return (await import('./play.js')).play({ ...flags, playbooks, mode: flags.check ? 'check' : 'apply', detailedExitcode: false })
}

const examples = `
Examples:
  netplay site.yml -i hosts.ini --check --diff      what would change, byte for byte; nothing is written
  netplay site.yml -i hosts.ini                     change it; a second run changes nothing
  netplay site.yml -i hosts.ini -l 'workers:!n7'    only these hosts
  netplay plan site.yml -i hosts.ini --out window.plan && netplay apply window.plan
  netplay verify site.yml -i hosts.ini              do pods really reach each other?
  netplay lab up 3                                  three real hosts on this machine to try it on

Exit codes: 0 done, 1 wrong input, 2 a host failed (or bad usage), 4 a host was unreachable, 99 interrupted, 250 a bug of ours.
`

/** One place turns errors into text: message, the other side's words, what to do next. */
function told(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.failed
  const { message, words, leftAs, next } = reportOf(error)
  const lines = [
    `${error instanceof NetplayError ? 'ERROR' : 'BUG'} ${message}`,
    ...(words?.split('\n').map(line => `  ${line}`) ?? []),
    ...(leftAs === undefined ? [] : [`  ${leftAs}`]),
    `  Next: ${next}`,
  ]
  process.stderr.write(`${printable(lines.join('\n'))}\n`)
  return error instanceof NetplayError ? exitCodes.input : exitCodes.bug
}

if ((process.argv[1] !== undefined && import.meta.url.endsWith('main.js')) || process.argv[1]?.endsWith('main.ts'))
  process.exitCode = await main(process.argv.slice(2))
