import { isIP } from 'node:net'

export interface FactLines {
  /** values by first word, in order */
  lines: Map<string, string[]>
  /** what stood between `begin NAME` and `done` */
  lists: Map<string, string[]>
  /** it begins with `facts 1` (banners before it do not matter) and ends with `end` */
  isWhole: boolean
}

/** Told apart by line; a line that is nothing to us is left out. */
export function readOutput(text: string): FactLines {
  const all = text.split('\n')
  const start = all.indexOf('facts 1')
  const found: FactLines = { lines: new Map(), lists: new Map(), isWhole: start >= 0 && all.at(-1) === '' && all.at(-2) === 'end' }
  let list: string[] | undefined
  for (const line of all.slice(start + 1)) {
    if (list !== undefined) {
      if (line === 'done') list = undefined
      else if (line.length <= 4096) list.push(line)
      continue
    }
    const [, name, value = ''] = /^([a-z-]{1,20})(?: (.{0,4096}))?$/.exec(line) ?? []
    if (name === undefined) continue
    if (name === 'begin') found.lists.set(value, (list = []))
    else if (!found.lines.has(name)) found.lines.set(name, [value])
    else found.lines.get(name)!.push(value)
  }
  // A list that is never closed swallowed the end: cut off, or a forgery.
  if (list !== undefined) found.isWhole = false
  return found
}

/** Text for people and comparisons: no control characters, at most 200 characters. */
export const plain = (text: string): string =>
  text
    .replace(/[\p{C}]/gu, '')
    .trim()
    .slice(0, 200)
/** The word, or empty when it is not what it should be. */
export const word = (text: string, pattern: RegExp): string => (pattern.test(text) ? text : '')
/** A number that is not negative, else 0. */
export const count = (text: string): number => (/^\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : 0)

export const deviceName = (text: string): boolean => /^[^\s/]{1,15}$/.test(text) && plain(text) === text
export const address = (text: string | undefined): boolean => text !== undefined && isIP(text) !== 0
/** `10.0.0.0/8`, `10.0.0.1`, `default` */
export const prefix = (text: string): boolean => {
  const [ip = '', length, ...rest] = text.split('/')
  if (text === 'default') return true
  const family = isIP(ip)
  return (
    family !== 0 && rest.length === 0 && (length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128)))
  )
}
