import type { Origin } from '../errors.js'
import { Secret } from '../secret.js'
import type { YamlNode, YamlScalar } from '../yaml.js'
import { TemplateProblem } from './problem.js'
import { isTemplateText } from './template-text.js'
import { Callable, Float, forced, isDict, isList, Lazy, Omitted, Table, Undefined, type Jinja } from './values.js'

/**
 * A value as it was written, as templates see it. What is a template itself is made when it is asked for.
 * @param plain the same value as plain data: decrypted secrets are found there. Default: the node's own
 * @param resolve of a text that is a template; without it a `{{` is text, as in all data
 */
export function jinjaOfNode(node: YamlNode, plain?: unknown, resolve?: (node: YamlScalar) => Jinja): Jinja {
  if (plain instanceof Secret && !(node.kind === 'scalar' && resolve && mayBeTemplate(node) && isTemplateText(node.value))) return plain
  if (node.kind === 'sequence')
    return node.items.map((item, at) => jinjaOfNode(item, Array.isArray(plain) ? (plain[at] as unknown) : undefined, resolve))
  if (node.kind === 'mapping') {
    const member = (key: string) => (typeof plain === 'object' && plain !== null ? (plain as Record<string, unknown>)[key] : undefined)
    return new Map(node.entries.map(({ key, value }) => [key, jinjaOfNode(value, member(key), resolve)]))
  }
  if (resolve && mayBeTemplate(node) && isTemplateText(node.value)) return new Lazy(() => resolve(node))
  if (node.vaulted !== undefined) return node.vaulted
  return scalarOf(node)
}

/** Text that was written where templates are read. What is encrypted by itself is none, as in Ansible; in a file that is encrypted as a whole it is like any other. */
export const mayBeTemplate = (node: YamlScalar): node is YamlScalar & { value: string } =>
  typeof node.value === 'string' && node.tag !== '!unsafe' && (node.vaulted === undefined || node.vaulted.ciphertext === undefined)

function scalarOf({ value, float, plain, raw }: YamlScalar): Jinja {
  if (typeof value === 'number') return float || !Number.isInteger(value) ? new Float(value) : value
  // Too long for a number: its digits were kept.
  if (typeof value === 'string' && plain && /^[-+]?\d{16,}$/.test(raw) && /^-?\d+$/.test(value)) return new Lazy(() => tooLarge(raw))
  return value
}

function tooLarge(raw: string): never {
  throw new TemplateProblem(`${raw} is too large for a template (more than 2^53)`, 'Write it in quotes, as a text.')
}

/** Plain data (no template in it, whatever it looks like) as templates see it. */
export function jinjaOfPlain(value: unknown): Jinja {
  if (value instanceof Secret || value instanceof Omitted || value instanceof Float || value instanceof Lazy || value instanceof Table)
    return value
  if (value instanceof Callable || value instanceof Undefined) return value
  if (typeof value === 'number') return Number.isInteger(value) ? value : new Float(value)
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (Array.isArray(value)) return value.map(jinjaOfPlain)
  if (value instanceof Map) return new Map([...(value as Map<string, unknown>)].map(([key, item]) => [String(key), jinjaOfPlain(item)]))
  if (typeof value === 'object') return new Map(Object.entries(value).map(([key, item]) => [key, jinjaOfPlain(item)]))
  return new Undefined('a value that is no data')
}

/** What a template gave, as a node: floats are told from whole numbers, and a `{{` in it is text for ever. `omit` is left out of lists and mappings. */
export function nodeOfJinja(value: Jinja, origin: Origin): YamlNode {
  const made = forced(value)
  if (isList(made)) return { kind: 'sequence', origin, items: made.filter(isKept).map(item => nodeOfJinja(item, origin)) }
  if (isDict(made))
    return {
      kind: 'mapping',
      origin,
      entries: [...made]
        .filter(([, item]) => isKept(item))
        .map(([key, item]) => ({ key, keyOrigin: origin, keyIsText: true, value: nodeOfJinja(item, origin) })),
    }
  if (made instanceof Float) return { kind: 'scalar', origin, value: made.value, raw: String(made.value), plain: true, float: true }
  if (typeof made === 'string')
    return { kind: 'scalar', origin, value: made, raw: made, plain: false, ...(isTemplateText(made) ? { tag: '!unsafe' } : {}) }
  // The secret itself is in the plain value beside the node.
  if (made instanceof Secret) return { kind: 'scalar', origin, value: '***', raw: '***', plain: false }
  if (made === null || typeof made === 'boolean' || typeof made === 'number')
    return { kind: 'scalar', origin, value: made, raw: String(made ?? ''), plain: true }
  throw new TemplateProblem('a function or a table is no value of its own; name one of its members')
}

/** What a template gave, as plain data: objects without a prototype. */
export function plainOfJinja(value: Jinja): unknown {
  const made = forced(value)
  if (isList(made)) return made.filter(isKept).map(plainOfJinja)
  if (!isDict(made)) return made instanceof Float ? made.value : made
  const object = Object.create(null) as Record<string, unknown>
  for (const [key, item] of made) if (isKept(item)) object[key] = plainOfJinja(item)
  return object
}

const isKept = (value: Jinja) => !(forced(value) instanceof Omitted)
