import { InputError } from '../errors.js'
import { Secret } from '../secret.js'
import type { Value } from './model.js'

const truths: Record<string, boolean> = {
  y: true,
  yes: true,
  on: true,
  '1': true,
  true: true,
  t: true,
  n: false,
  no: false,
  off: false,
  '0': false,
  false: false,
  f: false,
}

/** The value as text; numbers as they were written, so that `1.10` stays `1.10`. @throws InputError for lists, mappings and secrets */
export function asText({ value, node, origin }: Value, name: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return node?.kind === 'scalar' ? node.raw : String(value)
  throw wrong(value, name, 'text', origin)
}

/** A number or a text that is one. @throws InputError */
export function asNumber({ value, origin }: Value, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'string' && /^\s*[-+]?\d+(?:\.\d+)?\s*$/.test(value)) return Number(value)
  throw wrong(value, name, 'a number', origin)
}

/** A boolean in any of Ansible's spellings: yes, on, true, 1, t, y and their opposites. @throws InputError */
export function asBoolean({ value, origin }: Value, name: string): boolean {
  if (typeof value === 'boolean') return value
  const known = typeof value === 'string' || typeof value === 'number' ? truths[String(value).trim().toLowerCase()] : undefined
  if (known === undefined) throw wrong(value, name, 'yes or no', origin)
  return known
}

/** The value itself is left out: it may be a secret. */
function wrong(value: unknown, name: string, wanted: string, origin: Value['origin']): InputError {
  if (value instanceof Secret) {
    return new InputError(`${name} is encrypted, but how a host is reached is shown in plans and errors, so it cannot be kept secret`, {
      origin,
      next: 'Write it in a file that is not encrypted; passwords are what may be. Nothing was changed.',
    })
  }
  const kind = Array.isArray(value) ? 'a list' : value === null ? 'empty' : typeof value === 'object' ? 'a mapping' : `a ${typeof value}`
  return new InputError(`${name} is ${wanted}, this is ${kind}`, { origin })
}
