import { integer, named, text } from './arguments.js'
import { TemplateProblem } from './problem.js'
import { contains, keyOf } from './operators.js'
import { equal, forced, isDict, isList, Table, wholeOf, type Args, type Jinja } from './values.js'

type Method<T> = (of: T, args: Args) => Jinja

/** The method of a text, dict or list; `undefined`: there is none of this name. @throws TemplateProblem for one of Python's that netplay has not */
export function methodOf(of: Jinja, name: string): ((args: Args) => Jinja) | undefined {
  if (typeof of === 'string') return bound(of, name, ofText, 'str', unavailable.text)
  if (isDict(of) || of instanceof Table) return bound(of, name, ofDict, 'dict', unavailable.dict)
  return isList(of) ? bound(of, name, ofList, 'list', unavailable.list) : undefined
}

function bound<T>(of: T, name: string, methods: ReadonlyMap<string, Method<T>>, type: string, others: readonly string[]) {
  const method = methods.get(name)
  if (method) return (args: Args) => method(of, args)
  if (!others.includes(name)) return undefined
  const next = `Where a key of this name is meant, write ['${name}']. netplay has ${[...methods.keys()].join(', ')}.`
  throw new TemplateProblem(`.${name} is a method of Python's ${type} that netplay's templates do not have`, next)
}

/** Python's own, which change what they are called on or are hardly met in values. */
const unavailable = {
  text: 'casefold center encode expandtabs format_map isalnum isalpha isascii isidentifier islower isprintable istitle isupper ljust maketrans partition rjust rpartition translate'.split(
    ' ',
  ),
  dict: 'clear copy fromkeys pop popitem setdefault update'.split(' '),
  list: 'append clear copy extend insert pop remove reverse sort'.split(' '),
}

const one =
  (change: (text: string) => Jinja): Method<string> =>
  (of, args) => (named('a method without arguments', args, []), change(of))

const ofText: ReadonlyMap<string, Method<string>> = new Map<string, Method<string>>([
  ['upper', one(of => of.toUpperCase())],
  ['lower', one(of => of.toLowerCase())],
  ['title', one(titleCase)],
  ['capitalize', one(capitalized)],
  ['swapcase', one(of => [...of].map(letter => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase())).join(''))],
  ['strip', (of, args) => strip(of, args, true, true)],
  ['lstrip', (of, args) => strip(of, args, true, false)],
  ['rstrip', (of, args) => strip(of, args, false, true)],
  ['startswith', (of, args) => affixes(args).some(affix => of.startsWith(affix))],
  ['endswith', (of, args) => affixes(args).some(affix => of.endsWith(affix))],
  ['removeprefix', (of, { list: [prefix] }) => (of.startsWith(text('prefix', prefix)) ? of.slice(text('prefix', prefix).length) : of)],
  [
    'removesuffix',
    (of, { list: [suffix] }) => (of.endsWith(text('suffix', suffix)) ? of.slice(0, of.length - text('suffix', suffix).length) : of),
  ],
  [
    'replace',
    (of, args) => {
      const { old, new: by, count } = named('replace', args, ['old', 'new', 'count'])
      return replaced(of, text('old', old), text('new', by), integer('count', count, -1))
    },
  ],
  ['split', (of, args) => splitText(of, args)],
  ['rsplit', (of, args) => splitFromEnd(of, args)],
  ['splitlines', one(of => of.replace(/\r\n|[\n\r\v\f]$/, '').split(/\r\n|[\n\r\v\f]/))],
  [
    'join',
    (of, { list: [items = []] }) => {
      if (!isList(items)) throw new TemplateProblem('join needs a list of texts')
      return items.map(item => text('each item of join', forced(item))).join(of)
    },
  ],
  ['find', (of, { list: [part] }) => of.indexOf(text('part', part))],
  ['rfind', (of, { list: [part] }) => of.lastIndexOf(text('part', part))],
  ['count', (of, { list: [part] }) => of.split(text('part', part)).length - 1],
  ['index', (of, { list: [part] }) => found(of.indexOf(text('part', part)))],
  [
    'zfill',
    (of, { list: [width] }) =>
      /^[-+]/.test(of) ? of[0]! + of.slice(1).padStart(integer('width', width) - 1, '0') : of.padStart(integer('width', width), '0'),
  ],
  ['isdigit', one(of => /^\d+$/.test(of))],
  ['isdecimal', one(of => /^\d+$/.test(of))],
  ['isnumeric', one(of => /^\p{N}+$/u.test(of))],
  ['isspace', one(of => /^\s+$/.test(of))],
  ['format', (of, args) => formatted(of, args)],
])

const ofDict: ReadonlyMap<string, Method<ReadonlyMap<string, Jinja> | Table>> = new Map<string, Method<ReadonlyMap<string, Jinja> | Table>>(
  [
    [
      'get',
      (of, args) => {
        const { key, default: fallback } = named('get', args, ['key', 'default'])
        const found = of.get(keyOf(key ?? null))
        return found === undefined ? (fallback ?? null) : found
      },
    ],
    ['keys', of => [...(of instanceof Table ? of.keys() : of.keys())]],
    ['values', of => [...(of instanceof Table ? of.keys() : of.keys())].map(key => of.get(key) ?? null)],
    ['items', of => [...(of instanceof Table ? of.keys() : of.keys())].map(key => [key, of.get(key) ?? null])],
  ],
)

const ofList: ReadonlyMap<string, Method<readonly Jinja[]>> = new Map<string, Method<readonly Jinja[]>>([
  ['index', (of, { list: [item = null] }) => found(of.findIndex(one => equal(wholeOf(one), item)))],
  ['count', (of, { list: [item = null] }) => of.filter(one => equal(wholeOf(one), item)).length],
  ['__contains__', (of, { list: [item = null] }) => contains(of, item)],
])

export function capitalized(of: string): string {
  return [...of].map((letter, at) => (at === 0 ? letter.toUpperCase() : letter.toLowerCase())).join('')
}

function titleCase(of: string): string {
  return of.replace(/\p{L}+/gu, word => word[0]!.toUpperCase() + word.slice(1).toLowerCase())
}

function found(at: number): number {
  if (at < 0) throw new TemplateProblem('index: it is not in there')
  return at
}

function strip(of: string, args: Args, left: boolean, right: boolean): string {
  const { chars } = named('strip', args, ['chars'])
  const taken = chars === undefined || chars === null ? undefined : new Set(text('chars', chars))
  const gone = (letter: string) => (taken ? taken.has(letter) : /\s/.test(letter))
  const letters = [...of]
  let [start, end] = [0, letters.length]
  while (left && start < end && gone(letters[start]!)) start++
  while (right && end > start && gone(letters[end - 1]!)) end--
  return letters.slice(start, end).join('')
}

/** Python's `strip()` with its one argument. */
export const stripText = (of: string, chars?: Jinja): string =>
  strip(of, { list: chars === undefined ? [] : [chars], named: new Map() }, true, true)

const affixes = ({ list: [affix = null] }: Args): string[] =>
  isList(affix) ? affix.map(each => text('affix', forced(each))) : [text('affix', affix)]

export function replaced(of: string, old: string, by: string, count: number): string {
  if (count < 0) return of.replaceAll(old, () => by)
  const parts = of.split(old)
  return (
    parts.slice(0, count + 1).join(by) +
    parts
      .slice(count + 1)
      .map(part => old + part)
      .join('')
  )
}

export function splitText(of: string, args: Args): string[] {
  const { sep, maxsplit } = named('split', args, ['sep', 'maxsplit'])
  const most = integer('maxsplit', maxsplit, -1)
  if (sep !== undefined && sep !== null) {
    if (sep === '') throw new TemplateProblem('split needs a separator that is not empty')
    const parts = of.split(text('sep', sep))
    return most < 0 || parts.length <= most ? parts : [...parts.slice(0, most), parts.slice(most).join(text('sep', sep))]
  }
  const words: string[] = []
  for (let rest = of.trimStart(); rest !== '';) {
    const [word] = most >= 0 && words.length === most ? [rest.trimEnd()] : /^\S+/.exec(rest)!
    words.push(word)
    rest = rest.slice(word.length).trimStart()
  }
  return words
}

function splitFromEnd(of: string, args: Args): string[] {
  const { sep, maxsplit } = named('rsplit', args, ['sep', 'maxsplit'])
  const mirrored = (value: string) => [...value].reverse().join('')
  const list = [typeof sep === 'string' ? mirrored(sep) : (sep ?? null), ...(maxsplit === undefined ? [] : [maxsplit])]
  return splitText(mirrored(of), { list, named: new Map() }).map(mirrored).reverse()
}

/** `'{} {0} {name}'.format(…)`, without format specifications. */
function formatted(of: string, { list, named: given }: Args): string {
  let next = 0
  return of.replace(/\{\{|\}\}|\{(\w*)\}|\{/g, (whole, name: string | undefined) => {
    if (whole === '{{' || whole === '}}') return whole[0]!
    if (name === undefined)
      throw new TemplateProblem('.format knows {}, {0} and {name}', "Use the filter format ('%05d' | format(n)) for more.")
    const value = name === '' ? list[next++] : /^\d+$/.test(name) ? list[Number(name)] : given.get(name)
    if (value === undefined) throw new TemplateProblem(`.format has no value for {${name}}`)
    return keyOf(value)
  })
}
