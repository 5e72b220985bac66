import type { Place, TextFile } from './text-file.js'

/** One `Key=value` of a unit file; a value over several lines keeps them apart. */
export interface Directive {
  section: string
  key: string
  pieces: { text: string; at: Place }[]
}

/** One argument of a command line, with the line it was written in. */
export interface Word {
  /** unquoted, variables put in */
  text: string
  /** as written */
  raw: string
  at: Place
}

/** Source: systemd.syntax(7): `\` at the end goes on, lines that begin with # or ; are comments (also between continued lines). */
export function directivesOf({ path, lines }: TextFile): Directive[] {
  const found: Directive[] = []
  let section = ''
  let open: Directive | undefined
  for (const [index, line] of lines.entries()) {
    if (/^\s*[#;]/.test(line)) continue
    const at = { file: path, line: index + 1 }
    const goesOn = line.endsWith('\\')
    const text = goesOn ? line.slice(0, -1) : line
    const [, key, value] = open === undefined ? (/^\s*([A-Za-z]+)\s*=(.*)$/.exec(text) ?? []) : []
    const [, name] = open === undefined ? (/^\s*\[([^\]]+)\]\s*$/.exec(line) ?? []) : []
    if (name !== undefined) section = name
    if (key !== undefined) found.push((open = { section, key, pieces: [{ text: value ?? '', at }] }))
    else open?.pieces.push({ text, at })
    if (!goesOn) open = undefined
  }
  return found
}

export const valueOf = ({ pieces }: Directive): string =>
  pieces
    .map(({ text }) => text.trim())
    .join(' ')
    .trim()

/** Values that count: of all files in their order, an empty one takes back those before it. */
export function assigned(directives: readonly Directive[], section: string, key: string): Directive[] {
  const all = directives.filter(directive => directive.section === section && directive.key === key)
  const reset = all.findLastIndex(directive => valueOf(directive) === '')
  return all.slice(reset + 1)
}

/** Source: systemd.service(5), "Command lines": blanks part words, quotes and backslashes keep them together, `%%` is `%`, `$$` is `$`. */
export function wordsOf({ pieces }: Directive, env: (name: string) => string = () => ''): Word[] {
  return pieces.flatMap(({ text, at }) =>
    (text.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/g) ?? []).map(raw => ({ raw, at, text: expanded(unquoted(raw), env) })),
  )
}

const unquoted = (raw: string): string =>
  raw.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_all, double?: string, single?: string, escaped?: string) =>
    double !== undefined ? double.replace(/\\(.)/g, '$1') : (single ?? escaped ?? ''),
  )

const expanded = (text: string, env: (name: string) => string): string =>
  text
    .replace(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)/g, (all, braced?: string, bare?: string) =>
      all === '$$' ? '$' : env(braced ?? bare ?? ''),
    )
    .replaceAll('%%', '%')
