export interface RegexFlags {
  ignorecase?: boolean
  multiline?: boolean
  /** for `match`: at the start of the text alone; for `fullmatch` the whole of it */
  anchor?: 'start' | 'whole'
}

/** Python's regular expression as JavaScript's. @throws SyntaxError for what only Python has, or what is none */
export function pythonRegex(pattern: string, flags: RegexFlags = {}): RegExp {
  const [, inline = ''] = /^\(\?([a-zA-Z]+)\)/.exec(pattern) ?? []
  const unknown = [...inline].find(flag => !'ims'.includes(flag))
  if (unknown) throw new SyntaxError(`the regular expression has the flag (?${unknown}), which netplay has not`)
  const body = pattern.slice(inline === '' ? 0 : inline.length + 3)
  const source = translated(body)
  const anchored = flags.anchor === undefined ? source : flags.anchor === 'start' ? `^(?:${source})` : `^(?:${source})$`
  const anyLine = flags.multiline === true || inline.includes('m')
  // An anchor of ours is for the text, not for each of its lines.
  const start = flags.anchor !== undefined && anyLine ? anchored.replace('^', '(?<![\\s\\S])') : anchored
  try {
    return new RegExp(
      start,
      `dgu${flags.ignorecase || inline.includes('i') ? 'i' : ''}${anyLine ? 'm' : ''}${inline.includes('s') ? 's' : ''}`,
    )
  } catch (error) {
    throw new SyntaxError(`this is no regular expression: ${pattern} (${(error as Error).message.replace(/^.*: /, '')})`)
  }
}

/** What the two languages write differently. Python lets any character stand behind a backslash; JavaScript with `u` does not. */
function translated(body: string): string {
  let inClass = false
  /** where a ] is one of the characters: right behind the [ or the [^ */
  let first = -1
  return body.replace(
    /\\([\s\S])|\(\?P<(\w+)>|\(\?P=(\w+)\)|[[\]{}$]/g,
    (whole: string, escaped?: string, group?: string, back?: string, at?: number) => {
      if (escaped !== undefined) return escapeOf(escaped, inClass)
      if (group !== undefined && !inClass) return `(?<${group}>`
      if (back !== undefined && !inClass) return `\\k<${back}>`
      if (whole === '[') {
        if (inClass) return '\\['
        inClass = true
        first = body[at! + 1] === '^' ? at! + 2 : at! + 1
        return whole
      }
      if (whole === ']') {
        if (inClass && at === first) return '\\]'
        const closes = inClass
        inClass = false
        return closes ? whole : '\\]'
      }
      if (inClass) return whole
      if (whole === '$') return '(?=\\n?(?![\\s\\S]))'
      return isRepetition(body, whole, at!) ? whole : `\\${whole}`
    },
  )
}

function escapeOf(letter: string, inClass: boolean): string {
  if (letter === 'A') return '(?<![\\s\\S])'
  if (letter === 'Z') return '(?![\\s\\S])'
  if (/[dDwWsSbB0-9nrtfvux]/.test(letter)) return `\\${letter}`
  if (letter === 'a') return '\\x07'
  if (/[\^$\\.*+?()[\]{}|/]/.test(letter)) return `\\${letter}`
  return letter === '-' && inClass ? '\\-' : letter
}

/** Is it a brace of `{2}` or `{2,3}`, and not a letter? */
function isRepetition(body: string, brace: string, at: number): boolean {
  if (brace === '{') return /^\{\d*,?\d*\}/.test(body.slice(at)) && !body.startsWith('{}', at)
  return /\{\d*,?\d*\}$/.test(body.slice(0, at + 1)) && !body.slice(0, at + 1).endsWith('{}')
}
