import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { maxSourceBytes } from '../limited-file.js'
import { didYouMean } from '../suggest.js'
import { integer, text } from './arguments.js'
import { Namespace } from './render.js'
import { TemplateProblem } from './problem.js'
import { Callable, isDict, isList, isTrue, Omitted, Undefined, type Args, type Jinja } from './values.js'

export interface FunctionContext {
  /** folders in which `lookup('file', …)` looks, in this order; each one's `files/` comes before it */
  folders: readonly string[]
  /** a variable, for `lookup('vars', …)` */
  variable: (name: string) => Jinja | undefined
  environment?: Readonly<Record<string, string | undefined>>
}

const mostNumbers = 1_000_000

/** Functions and names that every template has. */
export function functionsOf(context: FunctionContext): ReadonlyMap<string, Jinja> {
  const lookups = lookupsOf(context)
  return new Map<string, Jinja>([
    ['range', new Callable(range)],
    [
      'dict',
      new Callable(({ list: [from], named }) => new Map([...(isDict(from ?? null) ? (from as ReadonlyMap<string, Jinja>) : []), ...named])),
    ],
    ['namespace', new Callable(({ named }) => new Namespace(named))],
    ['lookup', new Callable(args => joined(found(lookups, args), args))],
    ['query', new Callable(args => found(lookups, args))],
    ['q', new Callable(args => found(lookups, args))],
    ['undef', new Callable(({ list: [hint], named }) => new Undefined(text('hint', hint ?? named.get('hint'), 'undef() was used')))],
    ['omit', Omitted.value],
  ])
}

function range({ list }: Args): Jinja {
  const [first, second, third] = list.map(value => integer('a bound of range', value))
  if (first === undefined) throw new TemplateProblem('range needs at least one number')
  const [start, stop, step] = [second === undefined ? 0 : first, second ?? first, third ?? 1]
  if (step === 0) throw new TemplateProblem('the step of range is not 0')
  const count = Math.max(0, Math.ceil((stop - start) / step))
  if (count > mostNumbers) throw new TemplateProblem(`range would give ${count} numbers`)
  return Array.from({ length: count }, (_, at) => start + at * step)
}

type Lookup = (term: string, options: ReadonlyMap<string, Jinja>) => Jinja

function lookupsOf({ folders, variable, environment = process.env }: FunctionContext): ReadonlyMap<string, Lookup> {
  return new Map<string, Lookup>([
    ['env', (name, options) => environment[name] ?? options.get('default') ?? ''],
    ['file', (path, options) => fileText(path, folders, options)],
    ['vars', (name, options) => variable(name) ?? options.get('default') ?? new Undefined(`"${name}" is not defined`, { name })],
  ])
}

function found(lookups: ReadonlyMap<string, Lookup>, { list: [plugin, ...terms], named }: Args): readonly Jinja[] {
  const name = text('the name of a lookup', plugin).replace(/^ansible\.(?:builtin|legacy)\./, '')
  const lookup = lookups.get(name)
  if (!lookup) {
    const next = 'It reads env, file and vars. Work out anything else before the run and give it as -e, or in a role.'
    throw new TemplateProblem(`netplay has no lookup "${name}"${didYouMean(name, lookups.keys())}`, next)
  }
  for (const option of named.keys())
    if (!['default', 'rstrip', 'lstrip', 'wantlist'].includes(option))
      throw new TemplateProblem(`lookup "${name}": netplay has no option "${option}"`)
  return terms.flatMap(term => (isList(term) ? term : [term])).map(term => lookup(text(`what lookup "${name}" looks for`, term), named))
}

/** `lookup` gives one value as it is, several as a text with commas; `query` always a list. */
function joined(values: readonly Jinja[], { named }: Args): Jinja {
  if (isTrue(named.get('wantlist') ?? false) || values.length === 1)
    return values.length === 1 && !isTrue(named.get('wantlist') ?? false) ? values[0]! : values
  return values.every(value => typeof value === 'string') ? values.join(',') : values
}

function fileText(written: string, folders: readonly string[], options: ReadonlyMap<string, Jinja>): string {
  const path = written.startsWith('~/') ? join(homedir(), written.slice(2)) : written
  const tried = isAbsolute(path) ? [path] : folders.flatMap(folder => [join(folder, 'files', path), join(folder, path)])
  const file = tried.find(candidate => statSync(candidate, { throwIfNoEntry: false })?.isFile())
  if (file === undefined) throw new TemplateProblem(`lookup "file": there is no ${written}`, `Looked for: ${tried.join(', ')}.`)
  if (statSync(file).size > maxSourceBytes) throw new TemplateProblem(`lookup "file": ${file} is larger than 16 MB`)
  const content = decoded(readFileSync(file), file)
  const right = isTrue(options.get('rstrip') ?? true) ? content.trimEnd() : content
  return isTrue(options.get('lstrip') ?? false) ? right.trimStart() : right
}

function decoded(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new TemplateProblem(`lookup "file": ${file} is not UTF-8 text`)
  }
}
