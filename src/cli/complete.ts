import { Option, type Command } from 'commander'
import { fileCandidates } from './complete-files.js'
import { inventoryNames } from './complete-names.js'

export interface Candidate {
  /** the whole word */
  value: string
  description?: string
}

/**
 * What a word of a command line may become. Options, choices and arguments are read off the commands; what an argument or a value is, its name says:
 * `<file>`, `<source>`, `<pattern>`, `<host>` …
 * @param words after `netplay`, up to the cursor; the last one may be empty
 */
export async function complete(program: Command, words: readonly string[]): Promise<Candidate[]> {
  const last = words.at(-1) ?? ''
  const line = read(program, words.slice(0, -1))
  if (line.awaiting !== undefined) return valuesOf(line.awaiting, last, line)
  const [, name, value] = line.isPlain ? [] : (/^(--[^=]+)=(.*)$/s.exec(last) ?? [])
  const given = name === undefined ? undefined : optionsOf(line.command).find(option => namesOf(option).includes(name))
  if (given !== undefined) return (await valuesOf(given, value!, line)).map(one => ({ ...one, value: `${name}=${one.value}` }))
  if (last.startsWith('-') && !line.isPlain) return optionCandidates(line.command).filter(({ value }) => value.startsWith(last))
  const commands = line.args.length === 0 ? commandCandidates(line.command).filter(({ value }) => value.startsWith(last)) : []
  return [...commands, ...(await argumentCandidates(line, last))]
}

interface Line {
  command: Command
  /** words that are no options */
  args: string[]
  /** sources of `-i` */
  inventory: string[]
  /** the option whose value comes next */
  awaiting?: Option
  /** `--` has been there */
  isPlain: boolean
}

function read(program: Command, words: readonly string[]): Line {
  const line: Line = { command: program, args: [], inventory: [], isPlain: false }
  for (const word of words) {
    if (line.awaiting !== undefined) {
      if (line.awaiting.long === '--inventory') line.inventory.push(word)
      delete line.awaiting
    } else if (word === '--') line.isPlain = true
    else if (word.startsWith('-') && !line.isPlain) readOption(line, word)
    else {
      const command =
        line.args.length === 0 ? line.command.commands.find(each => [each.name(), ...each.aliases()].includes(word)) : undefined
      if (command === undefined) line.args.push(word)
      else line.command = command
    }
  }
  return line
}

function readOption(line: Line, word: string): void {
  const [, name = word, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? []
  const option = optionsOf(line.command).find(one => namesOf(one).includes(name))
  if (option === undefined || !option.required) return
  if (value === undefined) line.awaiting = option
  else if (option.long === '--inventory') line.inventory.push(value)
}

/** Where no command was named, playbooks are run. */
const runOf = (command: Command) => (command.parent === null ? command.commands.find(each => each.name() === 'play') : undefined)

const optionsOf = (command: Command): readonly Option[] => [
  ...(runOf(command)?.options ?? []),
  ...command.options,
  new Option('-h, --help', 'help'),
]

/** `--private-key, --key-file` has its two names as short and long one. */
const namesOf = ({ short, long }: Option): string[] => [short, long].filter(name => name !== undefined)

const optionCandidates = (command: Command): Candidate[] =>
  optionsOf(command)
    .filter(({ hidden }) => !hidden)
    .flatMap(option =>
      namesOf(option)
        .filter(name => name.startsWith('--'))
        .map(value => ({ value, description: option.description })),
    )

const commandCandidates = (command: Command): Candidate[] =>
  command.commands.map(each => ({ value: each.name(), description: each.description() }))

async function argumentCandidates({ command, args, inventory }: Line, last: string): Promise<Candidate[]> {
  const declared = (runOf(command) ?? command).registeredArguments
  const argument = declared[args.length] ?? (declared.at(-1)?.variadic ? declared.at(-1) : undefined)
  if (argument === undefined) return []
  if (argument.argChoices !== undefined) return startingWith(argument.argChoices, last)
  return valuesNamed(argument.name(), last, inventory)
}

async function valuesOf({ argChoices, flags }: Option, last: string, { inventory }: Line): Promise<Candidate[]> {
  if (argChoices !== undefined) return startingWith(argChoices, last)
  return valuesNamed(/[<[]([^\]>]*@?\]?\w*)[>\]]$/.exec(flags)?.[1]?.replace(/^.*\]/, '') ?? '', last, inventory)
}

async function valuesNamed(name: string, last: string, inventory: readonly string[]): Promise<Candidate[]> {
  if (name === 'playbooks') return fileCandidates(last, /\.ya?ml$/)
  if (['file', 'files', 'source', 'folder'].includes(name)) return fileCandidates(last)
  if (name === 'word') return startingWith(await documented(), last)
  if (name === 'of') return startingWith(['playbook', 'variables', ...(await roleNames())], last)
  if (name === 'host' || name === 'name') return startingWith((await inventoryNames(inventory)).hosts, last)
  if (['pattern', 'vars'].includes(name) && last.startsWith('@'))
    return fileCandidates(last.slice(1)).map(({ value }) => ({ value: `@${value}` }))
  return name === 'pattern' ? patternCandidates(last, inventory) : []
}

/** The part of a pattern behind its last comma or colon. */
async function patternCandidates(last: string, inventory: readonly string[]): Promise<Candidate[]> {
  const [before = ''] = /^(?:.*[,:])?[!&]?/s.exec(last) ?? []
  const { hosts, groups } = await inventoryNames(inventory)
  return startingWith([...groups, ...hosts], last.slice(before.length)).map(({ value }) => ({ value: before + value }))
}

const startingWith = (values: readonly string[], start: string): Candidate[] =>
  values.filter(value => value.startsWith(start)).map(value => ({ value }))

/** What `netplay docs` knows. */
const documented = async (): Promise<string[]> => [...(await roleNames()), ...(await import('../playbook/task-kinds.js')).taskKinds.keys()]

/** With an ansible.cfg that cannot be read, none. */
async function roleNames(): Promise<readonly string[]> {
  const { KnownRoles } = await import('./known-roles.js')
  return KnownRoles.here().then(
    ({ names }) => names,
    () => [],
  )
}
