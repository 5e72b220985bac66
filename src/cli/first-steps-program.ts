import type { Command } from 'commander'
import type { ExitCode } from './exit-code.js'

/** Commands for who starts, and for who writes playbooks and roles. @param end told the exit code of the command that ran */
export function addFirstSteps(program: Command, end: (code: ExitCode) => void): void {
  program
    .command('init')
    .argument('[folder]', 'made when it is not there; default: this one')
    .description('a small project to start from; nothing is overwritten')
    .action(async (folder: string | undefined) => end(await (await import('./init.js')).init(folder)))
}
