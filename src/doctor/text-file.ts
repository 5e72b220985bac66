import type { Evidence } from './cause.js'

/** A file of a host, as far as it was read; secrets in it were replaced by `***` on the host. */
export interface TextFile {
  path: string
  lines: string[]
}

/** A place in a file; `line` counts from 1. */
export interface Place {
  file: string
  line: number
}

/** Long lines (a unit's ExecStart on one line) are cut: the place says where the rest is. */
const mostCharacters = 200

export const shortened = (text: string): string => {
  const flat = text.trim()
  return flat.length <= mostCharacters ? flat : `${flat.slice(0, mostCharacters - 1)}…`
}

export const quoted = (text: string, { file, line }: Place): Evidence => ({ text: shortened(text), where: `${file}:${line}` })

/** The first line that matches, quoted with its place. */
export function quotedLine({ path, lines }: TextFile, pattern: RegExp): Evidence | undefined {
  const index = lines.findIndex(line => pattern.test(line))
  return index < 0 ? undefined : quoted(lines[index]!, { file: path, line: index + 1 })
}
