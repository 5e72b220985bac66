import * as python from '../python-regex.js'
import { TemplateProblem } from './problem.js'

/** @throws TemplateProblem for what only Python has, or what is no regular expression */
export function pythonRegex(pattern: string, flags?: python.RegexFlags): RegExp {
  try {
    return python.pythonRegex(pattern, flags)
  } catch (error) {
    throw new TemplateProblem((error as Error).message)
  }
}

/** `\1`, `\g<1>` and `\g<name>` of a replacement, and its escapes. @param match groups, by number and by name */
export function expandReplacement(replacement: string, match: RegExpExecArray): string {
  return replacement.replace(
    /\\(?:g<(\w+)>|(\d{1,2})|([\s\S]))/g,
    (whole, named: string | undefined, digits: string | undefined, letter: string | undefined) => {
      if (letter !== undefined) return ({ n: '\n', r: '\r', t: '\t', '\\': '\\' } as Record<string, string>)[letter] ?? whole
      const name = (named ?? digits)!
      if (!/^\d+$/.test(name)) {
        if (!Object.hasOwn(match.groups ?? {}, name)) throw new TemplateProblem(`the regular expression has no group "${name}"`)
        return match.groups![name] ?? ''
      }
      if (Number(name) >= match.length) throw new TemplateProblem(`the regular expression has no group ${name}`)
      return match[Number(name)] ?? ''
    },
  )
}
