type Part = { star: true } | { star: false; test: (character: string) => boolean }

/**
 * A shell pattern (`*`, `?`, `[abc]`, `[!abc]`, `[a-z]`) against a whole name, as Python's fnmatch reads it: a `[` that is never closed is
 * itself, `[!]` is not closed. Takes time in proportion to both lengths whatever the pattern.
 */
export function globMatcher(pattern: string): (name: string) => boolean {
  const parts = partsOf(pattern)
  return name => matches(parts, [...name])
}

function matches(parts: readonly Part[], name: readonly string[]): boolean {
  let [part, at, star, resume] = [0, 0, -1, 0]
  while (at < name.length) {
    const current = parts[part]
    if (current?.star) {
      ;[star, resume] = [part++, at]
    } else if (current?.test(name[at]!)) {
      part++
      at++
    } else if (star >= 0) {
      ;[part, at] = [star + 1, ++resume]
    } else {
      return false
    }
  }
  while (parts[part]?.star) part++
  return part === parts.length
}

function partsOf(pattern: string): Part[] {
  const parts: Part[] = []
  const characters = [...pattern]
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!
    const end = character === '[' ? classEnd(characters, at) : -1
    if (character === '*') parts.push({ star: true })
    else if (character === '?') parts.push({ star: false, test: () => true })
    else if (end < 0) parts.push({ star: false, test: other => other === character })
    else {
      parts.push({ star: false, test: classTest(characters.slice(at + 1, end)) })
      at = end
    }
  }
  return parts
}

/** Index of the `]` that closes a class; one right at its start belongs to the class. */
function classEnd(characters: readonly string[], open: number): number {
  let at = open + 1
  if (characters[at] === '!') at++
  return characters.indexOf(']', characters[at] === ']' ? at + 1 : at)
}

function classTest(inside: readonly string[]): (character: string) => boolean {
  const negated = inside[0] === '!'
  const members = negated ? inside.slice(1) : inside
  const ranges: [from: string, to: string][] = []
  for (let at = 0; at < members.length; at++) {
    const to = members[at + 1] === '-' ? members[at + 2] : undefined
    ranges.push([members[at]!, to ?? members[at]!])
    if (to !== undefined) at += 2
  }
  return character => ranges.some(([from, to]) => point(from) <= point(character) && point(character) <= point(to)) !== negated
}

const point = (character: string) => character.codePointAt(0)!
