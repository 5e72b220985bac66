import { globMatcher } from '../inventory/glob.js'

/** Names by `*` and `?` alone. Source: ssh_config(5), "PATTERNS". */
export const patternMatcher = (pattern: string): ((name: string) => boolean) => globMatcher(pattern.replaceAll('[', '[[]'))

export const matchesPattern = (pattern: string, name: string): boolean => patternMatcher(pattern)(name)

export type ListMatch = 'matched' | 'vetoed' | 'none'

/** A list of patterns: a `!pattern` that matches vetoes it, wherever it stands. */
export function listMatcher(patterns: readonly string[]): (name: string) => ListMatch {
  const parts = patterns.map(word => ({ veto: word.startsWith('!'), matches: patternMatcher(word.replace(/^!/, '')) }))
  return name => {
    const matched = parts.filter(({ matches }) => matches(name))
    if (matched.some(({ veto }) => veto)) return 'vetoed'
    return matched.length > 0 ? 'matched' : 'none'
  }
}
