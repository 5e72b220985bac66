/** Where netplay refuses, with a position, what Ansible reads in silence or with a warning; each is told in docs/inventory.md. */
const rules: readonly RegExp[] = [
  // Of a limit that names nobody; ansible-inventory prints an empty list.
  /leaves us with no hosts to target/,
  // Hosts that would be in no group at all, not even in `all`.
  /Ansible would lose (?:the|its) host/,
  // A text where a list is meant: Ansible takes each letter for a name.
  /children of "[^"]*" are a list, this is text/,
  // Python's own types, which YAML can spell and JSON cannot.
  /the tag !!(?:set|omap|pairs|binary) is not known/,
  /is written twice, first in line/,
]

export const isStricter = (problem: string): boolean => rules.some(rule => rule.test(problem))
