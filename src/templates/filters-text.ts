import { createHash, getHashes } from 'node:crypto'
import { posix } from 'node:path'
import { integer, named, text } from './arguments.js'
import type { Filter } from './filters.js'
import { capitalized, replaced, splitText, stripText } from './methods.js'
import { expandReplacement, pythonRegex } from './python-regex.js'
import { TemplateProblem } from './problem.js'
import { textOf } from './text.js'
import { isDict, isList, isTrue, type Args, type Jinja } from './values.js'

const onText =
  (change: (text: string) => Jinja): Filter =>
  value =>
    change(textOf(value))

/** Filters on texts. A value that is none is taken as Python's `str()` writes it, as Ansible does. */
export const textFilters: Readonly<Record<string, Filter>> = {
  lower: onText(value => value.toLowerCase()),
  upper: onText(value => value.toUpperCase()),
  capitalize: onText(capitalized),
  // Jinja's own, which knows fewer ends of words than Python's method.
  title: onText(value =>
    value
      .split(/([-\s({[<]+)/)
      .map(capitalized)
      .join(''),
  ),
  trim: (value, args) => stripText(textOf(value), named('trim', args, ['chars']).chars),
  replace: (value, args) => {
    const { old, new: by, count } = named('replace', args, ['old', 'new', 'count'])
    return replaced(textOf(value), textOf(old ?? null), textOf(by ?? null), integer('count', count ?? undefined, -1))
  },
  split: (value, args) => splitText(text('what is split', value), args),
  join: (value, args, { use }) => {
    const { d = '', attribute } = named('join', args, ['d', 'attribute'])
    const items = isList(value) ? value : isDict(value) ? [...value.keys()] : [...text('what is joined', value)]
    return items.map(item => textOf(use(attribute === undefined ? item : attributeOf(item, textOf(attribute))))).join(textOf(d))
  },
  format: (value, args) => percentFormat(text('the format', value), args),
  indent: (value, args) => {
    const { width = 4, first = false, blank = false } = named('indent', args, ['width', 'first', 'blank'])
    const pad = typeof width === 'number' ? ' '.repeat(width) : textOf(width)
    const lines = textOf(value).split('\n')
    return lines
      .map((line, at) => ((at === 0 && !isTrue(first)) || (at > 0 && line === '' && !isTrue(blank)) ? line : pad + line))
      .join('\n')
  },
  center: (value, args) => centred(textOf(value), integer('width', named('center', args, ['width']).width, 80)),
  wordcount: onText(value => value.split(/\s+/).filter(Boolean).length),
  quote: value => shellQuoted(value === null ? '' : textOf(value)),
  hash: (value, args) => digest(textOf(value), text('hashtype', named('hash', args, ['hashtype']).hashtype, 'sha1')),
  md5: onText(value => digest(value, 'md5')),
  sha1: onText(value => digest(value, 'sha1')),
  checksum: onText(value => digest(value, 'sha1')),
  b64encode: onText(value => Buffer.from(value).toString('base64')),
  b64decode: onText(decoded),
  basename: onText(value => value.slice(value.lastIndexOf('/') + 1)),
  dirname: onText(folderOf),
  splitext: onText(value => [value.slice(0, value.length - posix.extname(value).length), posix.extname(value)]),
  normpath: onText(value => (value === '' ? '.' : posix.normalize(value).replace(/(?<=.)\/$/, ''))),
  path_join: value => joinedPath(isList(value) ? value.map(textOf) : [textOf(value)]),
  regex_replace: (value, args) => {
    const {
      pattern,
      replacement = '',
      count = 0,
      ...flags
    } = named('regex_replace', args, ['pattern', 'replacement', 'ignorecase', 'multiline', 'count'])
    const regex = pythonRegex(text('pattern', pattern, ''), flagsOf(flags))
    let left = integer('count', count) || Infinity
    return textOf(value).replace(regex, (...found: unknown[]) => {
      if (left-- <= 0) return found[0] as string
      return expandReplacement(text('replacement', replacement), matchOf(found))
    })
  },
  regex_search: (value, args) => search(textOf(value), args),
  regex_findall: (value, args) => {
    const { regex, ...flags } = named('regex_findall', args, ['regex', 'multiline', 'ignorecase'])
    return [...textOf(value).matchAll(pythonRegex(text('regex', regex), flagsOf(flags)))].map(([whole, ...groups]) =>
      groups.length === 0 ? whole : groups.length === 1 ? (groups[0] ?? '') : groups.map(group => group ?? ''),
    )
  },
  regex_escape: onText(value =>
    value.replace(/[-\s!"#$%&'()*+,./:;<=>?@[\\\]^`{|}~]/g, letter => (/[!"%',/:;<=>@`]/.test(letter) ? letter : `\\${letter}`)),
  ),
}

/** `a.b.0` within an item, as `map(attribute=…)` and `join(attribute=…)` have it. */
export function attributeOf(item: Jinja, path: string): Jinja {
  let value: Jinja | undefined = item
  for (const key of path.split('.')) {
    value = isDict(value) ? value.get(key) : isList(value) && /^\d+$/.test(key) ? value[Number(key)] : undefined
    if (value === undefined) throw new TemplateProblem(`an item has no "${path}"`)
  }
  return value
}

const flagsOf = ({ ignorecase, multiline }: Record<string, Jinja | undefined>) => ({
  ignorecase: isTrue(ignorecase ?? false),
  multiline: isTrue(multiline ?? false),
})

/** The arguments of a replacing function as a match. */
function matchOf(found: unknown[]): RegExpExecArray {
  const last = found.at(-1)
  const groups = typeof last === 'object' ? (last as Record<string, string>) : undefined
  const at = found.findLastIndex(one => typeof one === 'number')
  return Object.assign(found.slice(0, at) as string[], { groups, index: 0, input: '' }) as unknown as RegExpExecArray
}

function search(value: string, { list: [regex, ...groups], named: flags }: Args): Jinja {
  const match = pythonRegex(text('regex', regex), flagsOf(Object.fromEntries(flags))).exec(value)
  if (!match) return null
  if (groups.length === 0) return match[0]
  return groups.map(group => {
    const [, name, digits] = /^\\(?:g<(\w+)>|(\d+))$/.exec(text('group', group)) ?? []
    if (name === undefined && digits === undefined) throw new TemplateProblem("regex_search takes groups as '\\\\1' or '\\\\g<name>'")
    const key = (name ?? digits)!
    const found = /^\d+$/.test(key) ? match[Number(key)] : match.groups?.[key]
    if (found === undefined && !(/^\d+$/.test(key) ? Number(key) < match.length : key in (match.groups ?? {})))
      throw new TemplateProblem(`the regular expression has no group ${key}`)
    return found ?? null
  })
}

function digest(value: string, type: string): string {
  if (!getHashes().includes(type)) throw new TemplateProblem(`hash: there is no "${type}"; sha1, sha256, sha512 and md5 are common`)
  return createHash(type).update(value).digest('hex')
}

function decoded(value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'base64'))
  } catch {
    throw new TemplateProblem('b64decode: what is encoded is no UTF-8 text', 'Give bytes to a host as a file (role parameter, source).')
  }
}

/** Python's `shlex.quote`. */
function shellQuoted(value: string): string {
  if (value === '') return "''"
  return /[^\w@%+=:,./-]/u.test(value) || /[^\u0000-\u007f]/.test(value) ? `'${value.replaceAll("'", `'"'"'`)}'` : value
}

function folderOf(path: string): string {
  const head = path.slice(0, path.lastIndexOf('/') + 1)
  return /^\/+$/.test(head) ? head : head.replace(/\/+$/, '')
}

/** Python's `os.path.join`: an absolute part begins anew. */
const joinedPath = (parts: readonly string[]): string =>
  parts.reduce((path, part) => (part.startsWith('/') || path === '' ? part : path.endsWith('/') ? path + part : `${path}/${part}`))

const centred = (value: string, width: number): string => {
  const missing = Math.max(0, width - [...value].length)
  const left = Math.floor(missing / 2) + (missing & width & 1)
  return ' '.repeat(left) + value + ' '.repeat(missing - left)
}

/** `'%s-%05d' | format(a, b)`: s, r, d, i, x, X, o, f, g and %. */
function percentFormat(format: string, { list, named: given }: Args): string {
  let next = 0
  return format.replace(
    /%(?:\((\w+)\))?([-+0 #]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (_whole, name?: string, flags = '', width?: string, precision?: string, kind = 's') => {
      if (kind === '%') return '%'
      const value = name === undefined ? list[next++] : given.get(name)
      if (value === undefined) throw new TemplateProblem('format: there are fewer values than places for them')
      return padded(formatOne(value, String(kind), precision), String(flags), Number(width ?? 0))
    },
  )
}

function formatOne(value: Jinja, kind: string, precision: string | undefined): string {
  if (kind === 's') return textOf(value).slice(0, precision === undefined ? undefined : Number(precision))
  const number = typeof value === 'number' ? value : Number(textOf(value))
  if (Number.isNaN(number)) throw new TemplateProblem(`format: %${kind} needs a number`)
  if (kind === 'd' || kind === 'i') return String(Math.trunc(number))
  if (kind === 'f') return number.toFixed(Number(precision ?? 6))
  const bases: Record<string, number> = { x: 16, X: 16, o: 8 }
  const base = bases[kind]
  if (base === undefined) throw new TemplateProblem(`format: %${kind} is not had`)
  return kind === 'X' ? number.toString(base).toUpperCase() : number.toString(base)
}

function padded(value: string, flags: string, width: number): string {
  const signed = flags.includes('+') && /^\d/.test(value) ? `+${value}` : value
  if (flags.includes('-')) return signed.padEnd(width)
  if (!flags.includes('0')) return signed.padStart(width)
  const sign = /^[-+]/.exec(signed)?.[0] ?? ''
  return sign + signed.slice(sign.length).padStart(width - sign.length, '0')
}
