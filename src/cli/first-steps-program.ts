import { Argument, type Command } from 'commander'
import { collect } from './collect.js'
import { completionScript, shells, type Shell } from './completion.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import type { LintOptions } from './lint.js'
import { skipBroken } from './options.js'
import { withVaultOptions } from './vault-options.js'

/** Commands for who starts, and for who writes playbooks and roles. @param end told the exit code of the command that ran */
export function addFirstSteps(program: Command, end: (code: ExitCode) => void): void {
  program
    .command('init')
    .argument('[folder]', 'made when it is not there; default: this one')
    .description('a small project to start from; nothing is overwritten')
    .action(async (folder: string | undefined) => end(await (await import('./init.js')).init(folder)))
  withVaultOptions(program.command('lint'))
    .argument('[playbooks...]', 'default: the roles of this folder alone')
    .description('all mistakes in playbooks, roles and inventory that can be found without asking a host')
    .option('-i, --inventory <source>', 'inventory file, script, directory or host list; repeatable', collect, [])
    .addOption(skipBroken())
    .option('-l, --limit <pattern>', 'only hosts that match this pattern too; @FILE reads patterns')
    .option('-e, --extra-vars <vars>', 'variables that win over all others; repeatable', collect, [])
    .option('--strict', 'exit 1 for warnings too', false)
    .option('--json', 'as one JSON object, for programs', false)
    .action(async (playbooks: string[], flags: LintOptions) => end(await (await import('./lint.js')).lint(playbooks, flags)))
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'which one').choices(shells))
    .description('print what makes a shell complete commands, options, files, hosts and groups')
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell))
      end(exitCodes.done)
    })
  program
    .command('docs')
    .argument('[word]', 'a role, or a kind of task; default: a list of them')
    .description('parameters, defaults and examples of roles and kinds of tasks')
    .action(async (word: string | undefined) => end(await (await import('./docs.js')).docs(word)))
  program
    .command('schema')
    .argument('[of]', 'playbook, variables, or a role', 'playbook')
    .description('print a JSON Schema for editors; roles of this folder and of roles_path count')
    .action(async (of: string) => end(await (await import('./schema.js')).schema(of)))
}
