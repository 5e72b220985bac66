import { Option, type Command } from 'commander'
import { InputError } from '../errors.js'

/** Flags of ansible-playbook that netplay does not have, by what to do instead. */
const refused: readonly [flags: string, next: string][] = [
  ['--step', 'A plan is looked at before: `netplay plan PLAYBOOK --out FILE`, then `netplay apply FILE`; -l and -t choose a part.'],
  ['--start-at-task <name>', 'Run the playbook again: what is as wanted is left alone; -t chooses tasks by their tags.'],
  ['-M, --module-path <folder>', 'There are no modules: kinds are part of netplay, and roles of your own lie in roles/NAME/role.ts.'],
  ['--scp-extra-args <args>', 'Leave it out: files travel through the shell that netplay has on the host.'],
  ['--sftp-extra-args <args>', 'Leave it out: files travel through the shell that netplay has on the host.'],
]

/** Those that have nothing to do here, and why. */
const idle: readonly [flag: string, why: string][] = [
  ['--flush-cache', 'facts are read in every run and kept nowhere'],
  ['--force-handlers', "a host that fails stops; the next run makes up for a unit's restart"],
]

/** What fingers that know ansible-playbook type: taken where it is the same, else told with what netplay has. Not shown by --help. */
export function withAnsiblesFlags(command: Command): Command {
  for (const [flags, next] of refused) {
    const name = hidden(command, flags)
    command.on(`option:${name}`, () => {
      throw new InputError(`netplay has no --${name}`, { next: `${next} Nothing was changed.` })
    })
  }
  for (const [flags, why] of idle) {
    const name = hidden(command, flags)
    command.on(`option:${name}`, () => void process.stderr.write(`WARNING --${name} does nothing: ${why}\n`))
  }
  const name = hidden(command, '--inventory-file <source>')
  command.on(`option:${name}`, (source: string) =>
    command.setOptionValueWithSource('inventory', [...(command.getOptionValue('inventory') as string[]), source], 'cli'),
  )
  return command
}

function hidden(command: Command, flags: string): string {
  const option = new Option(flags).hideHelp()
  command.addOption(option)
  return option.name()
}
