import type { Evidence } from './cause.js'
import { isObject } from './json.js'
import type { Snapshot } from './snapshot.js'
import { quoted, quotedLine, type TextFile } from './text-file.js'

/** One file of /etc/cni/net.d that a runtime would read. */
export interface CniConf {
  file: TextFile
  /** why it is no JSON object; then it has no plugins */
  broken?: Evidence & { reason: string }
  name?: string
  /** in the order they are called; a plain `.conf` has one */
  plugins: Record<string, unknown>[]
}

/** In the order of their names, which is the order runtimes take them in. Source: libcni ConfFiles, go-cni. */
export const cniConfsOf = ({ texts, cniConfFolders }: Snapshot): CniConf[] =>
  [...texts.values()]
    .filter(({ path }) => cniConfFolders.some(folder => path.startsWith(`${folder}/`)) && /\.(conf|conflist|json)$/.test(path))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .map(confOf)

export const nameOf = ({ path }: TextFile): string => path.replace(/^.*\//, '')

function confOf(file: TextFile): CniConf {
  const text = file.lines.join('\n')
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch (error) {
    return { file, plugins: [], broken: brokenAt(file, text, (error as Error).message) }
  }
  if (!isObject(said)) return { file, plugins: [], broken: { ...brokenAt(file, text, 'it is no JSON object') } }
  const list = Array.isArray(said['plugins']) ? said['plugins'].filter(isObject) : [said]
  return { file, plugins: list, ...(typeof said['name'] === 'string' ? { name: said['name'] } : {}) }
}

/** V8 says where: `… at position 63`; at the end of the text it is what is missing that counts. */
function brokenAt(file: TextFile, text: string, message: string): Evidence & { reason: string } {
  const open = missingBraces(text)
  const last = file.lines.findLastIndex(line => line.trim() !== '')
  const position = Number(/position (\d+)/.exec(message)?.[1] ?? text.length)
  const line = open > 0 ? last : text.slice(0, position).split('\n').length - 1
  const reason =
    open > 0 ? `${open === 1 ? 'a closing brace is' : `${open} closing braces are`} missing at its end` : message.replace(/ in JSON.*$/, '')
  return { ...quoted(file.lines[Math.max(0, line)] ?? '', { file: file.path, line: Math.max(0, line) + 1 }), reason }
}

/** Braces that are opened and never closed, where adding them would do. */
function missingBraces(text: string): number {
  for (let count = 1; count <= 3; count++) {
    try {
      JSON.parse(`${text}${'}'.repeat(count)}`)
      return count
    } catch {
      // one more
    }
  }
  return 0
}

export const pluginOf = (conf: CniConf, type: string): Record<string, unknown> | undefined =>
  conf.plugins.find(plugin => plugin['type'] === type)

/** The line of a conf that holds a text, quoted. */
export const inConf = ({ file }: CniConf, pattern: RegExp): Evidence =>
  quotedLine(file, pattern) ?? { text: nameOf(file), where: file.path }
