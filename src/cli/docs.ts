import { InputError } from '../errors.js'
import { describedKinds, type DescribedKind } from '../playbook/kind-docs.js'
import { parameterWords, type ParameterWords } from '../playbook/parameter-words.js'
import { variablesOf, type Role } from '../playbook/role.js'
import { didYouMean } from '../suggest.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import { KnownRoles } from './known-roles.js'

/** `netplay docs [ROLE|KIND]`. @throws InputError there is neither a role nor a kind of this name */
export async function docs(word: string | undefined): Promise<ExitCode> {
  const text = word === undefined ? await listText() : await wordText(word)
  process.stdout.write(text)
  return exitCodes.done
}

async function listText(): Promise<string> {
  const known = await KnownRoles.here()
  const roles: [string, string][] = []
  for (const name of known.names) roles.push([name, (await known.load(name)).description ?? ''])
  const kinds = describedKinds().map(({ key, summary }) => [key, summary] as const)
  return `Roles\n${columns(roles)}\nKinds of tasks\n${columns(kinds)}\nnetplay docs NAME shows the parameters of one.\n`
}

async function wordText(word: string): Promise<string> {
  const kinds = describedKinds()
  const kind = kinds.find(({ key }) => key === word.replaceAll('-', '_'))
  const known = await KnownRoles.here()
  if (known.names.includes(word)) return roleText(await known.load(word))
  if (kind !== undefined) return kindText(kind)
  throw new InputError(
    `there is no role and no kind of task "${word}"${didYouMean(word, [...known.names, ...kinds.map(({ key }) => key)])}`,
    {
      next: 'netplay docs lists them.',
    },
  )
}

function roleText({ name, description = '', parts = [], params }: Role): string {
  const named = { name, params }
  const blocks = parameterWords(params).map(words => block(words, `variable ${variablesOf(named, words.name).join(', else ')}`))
  const partsLine = parts.length === 0 ? '' : `Parts: ${parts.map(part => `${name}/${part}`).join(', ')}\n`
  return `Role ${name}: ${description}\n${partsLine}\n${blocks.join('\n')}`
}

const kindText = ({ key, summary, schema, example }: DescribedKind) =>
  `Kind ${key}: ${summary}\n\n${parameterWords(schema)
    .map(words => block(words))
    .join('\n')}\nExample\n${indented(example, '  ')}\n`

/** A parameter, for a terminal: no markdown. */
function block({ name, values, otherwise, description }: ParameterWords, ...more: string[]): string {
  const without = otherwise === 'required' ? 'required' : otherwise === '–' ? '' : `default ${otherwise}`
  const lines = [description, [values, without].filter(Boolean).join('; '), ...more].filter(Boolean)
  return `  ${name}\n${lines.map(line => indented(line.replaceAll('`', ''), '      ')).join('\n')}\n`
}

const indented = (text: string, by: string) => text.replace(/^(?=.)/gm, by)

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, words]) => `  ${name.padEnd(width)}  ${words.replaceAll('`', '')}\n`).join('')
}
