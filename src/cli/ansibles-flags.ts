import { Option, type Command } from 'commander'
import { InputError } from '../errors.js'

type Told = readonly [flags: string, words: string][]

/** Flags of ansible-playbook that netplay does not have, by what to do instead. */
const refused: Told = [
  ['--step', 'A plan is looked at before: `netplay plan PLAYBOOK --out FILE`, then `netplay apply FILE`; -l and -t choose a part.'],
  ['--start-at-task <name>', 'Run the playbook again: what is as wanted is left alone; -t chooses tasks by their tags.'],
  ['-M, --module-path <folder>', 'There are no modules: kinds are part of netplay, and roles of your own lie in roles/NAME/role.ts.'],
  ['--scp-extra-args <args>', 'Leave it out: files travel through the shell that netplay has on the host.'],
  ['--sftp-extra-args <args>', 'Leave it out: files travel through the shell that netplay has on the host.'],
]

/** The same of ansible-inventory. */
const refusedOfInventory: Told = [
  ['-y, --yaml', 'Leave it out: the JSON that is printed is YAML too.'],
  ['--toml', 'Leave it out and have JSON; `--list --export` says what each group and host says itself.'],
  ['--output <file>', 'Send what is printed to the file: netplay inventory --list > FILE.'],
]

const flushCache: Told = [['--flush-cache', 'facts are read in every run and kept nowhere']]
/** Those that have nothing to do here, and why. */
const idle: Told = [...flushCache, ['--force-handlers', "a host that fails stops; the next run makes up for a unit's restart"]]

/** What fingers that know ansible-playbook type: taken where it is the same, else told with what netplay has. Not shown by --help. */
export const withAnsiblesFlags = (command: Command): Command => withFlags(command, refused, idle)

/** What fingers that know ansible-inventory type. There is nothing more to say with -v. */
export const withAnsibleInventorysFlags = (command: Command): Command =>
  withFlags(command, refusedOfInventory, flushCache).addOption(new Option('-v, --verbose').hideHelp())

function withFlags(command: Command, refused: Told, idle: Told): Command {
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
