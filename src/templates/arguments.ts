import { TemplateProblem } from './problem.js'
import { typeName, type Args, type Jinja } from './values.js'

/** The arguments of a filter, test or method by Python's names, in their order. @throws TemplateProblem for one too many, or unknown */
export function named(what: string, { list, named: given }: Args, names: readonly string[]): Record<string, Jinja | undefined> {
  if (list.length > names.length) throw new TemplateProblem(`${what} takes at most ${names.length} arguments, not ${list.length}`)
  const found = Object.create(null) as Record<string, Jinja | undefined>
  list.forEach((value, at) => (found[names[at]!] = value))
  for (const [name, value] of given) {
    if (!names.includes(name))
      throw new TemplateProblem(`${what} has no argument "${name}"${names.length > 0 ? `; it has ${names.join(', ')}` : ''}`)
    found[name] = value
  }
  return found
}

/** @throws TemplateProblem when the value is none */
export function text(what: string, value: Jinja | undefined, fallback?: string): string {
  if (value === undefined && fallback !== undefined) return fallback
  if (typeof value === 'string') return value
  throw new TemplateProblem(`${what} is text, not ${value === undefined ? 'left out' : typeName(value)}`)
}

export function integer(what: string, value: Jinja | undefined, fallback?: number): number {
  if (value === undefined && fallback !== undefined) return fallback
  if (typeof value === 'number') return value
  throw new TemplateProblem(`${what} is a whole number, not ${value === undefined ? 'left out' : typeName(value)}`)
}
