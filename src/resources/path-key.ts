import { createHash } from 'node:crypto'
import type { ThingKey } from '../change.js'
import { InputError } from '../errors.js'

/** Key of what lives at a path. Two spellings of one path are one thing. */
export const pathKey = (path: string): ThingKey => `file:${canonicalPath(path)}`

/** The path in a key made by `pathKey`. */
export const pathOf = (key: ThingKey): string => key.slice('file:'.length)

/**
 * `//` and `/./` and an ending `/` are dropped, /var/run and /var/lock are what they link to on every host of today.
 * @throws InputError when it is not absolute, has `..` (which means another place behind a symlink) a NUL byte or half a surrogate pair
 */
export function canonicalPath(path: string): string {
  // Most are as they should be, and are asked for once a task and host.
  if (/^(?:\/(?!\.\.?(?:\/|$))[\w.,:@%+-]+)+$/.test(path) && !path.startsWith('/var/')) return path
  if (!path.startsWith('/')) throw new InputError(`path ${JSON.stringify(path)} is not absolute`)
  if (path.includes('\0')) throw new InputError(`path ${JSON.stringify(path)} has a NUL byte`)
  if (!path.isWellFormed()) throw new InputError(`path ${JSON.stringify(path)} has half a surrogate pair, which is no character`)
  const names = path.split('/').filter(name => name !== '' && name !== '.')
  if (names.includes('..')) throw new InputError(`path ${JSON.stringify(path)} has ".."`, { next: 'Write the path it means.' })
  return `/${names.join('/')}`.replace(/^\/var\/(run|lock)(?=\/|$)/, (_, name: string) => (name === 'run' ? '/run' : '/run/lock'))
}

export const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

/** 12 hex digits for the temporary name `.np-<mark>` beside the path. */
export function markOf(path: string): string {
  const known = marks.get(path)
  if (known !== undefined) return known
  const mark = sha256(path).slice(0, 12)
  marks.set(path, mark)
  return mark
}

/** The paths of a run are the same on all its hosts. */
const marks = new Map<string, string>()

/** Name of a path's pre-image in "$NP_STORE". */
export const storeNameOf = (path: string): string => sha256(path).slice(0, 32)

/** In hex. */
export const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** What a host answers for a secret: without the salt nobody can try guesses against it. */
export const saltedDigest = (salt: string, digest: string): string => sha256(salt + digest)
