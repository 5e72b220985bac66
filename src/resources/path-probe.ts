import type { ShellText } from '../shell.js'
import { batched } from '../shell.js'
import { ProbeError } from './errors.js'
import { markOf, pathKey, sha256 } from './path-key.js'
import type { FileState, Owned, PathBody, PathState, Surroundings } from './path-state.js'
import { symlinkFrom } from './path-state.js'

export interface PathQuestion {
  /** the content is told when it has another digest than this; undefined: never */
  wantedDigest?: string
  /** digests are salted, and the content is never told */
  salt?: string
  /** names whose numbers are wanted */
  owner?: string
  group?: string
  askEmpty?: boolean
}

/** One call of `np_paths` answers for all paths of a host. */
export const probePath = (path: string, question: PathQuestion = {}): ShellText =>
  batched('np_paths', [
    path,
    markOf(path),
    (question.salt === undefined && question.wantedDigest) || '-',
    question.salt ?? '-',
    nameToAsk(question.owner),
    nameToAsk(question.group),
    question.askEmpty ? 'empty' : '-',
  ])

const nameToAsk = (name: string | undefined) => (name === undefined || isNumber(name) ? '-' : name)
export const isNumber = (name: string): boolean => /^[0-9]+$/.test(name)

/** @throws ProbeError when it is not what `np_paths` prints */
export function parsePath(output: Buffer, path: string): PathState {
  const [head, base64] = splitText(output)
  const [words = '', ...lines] = head.split('\n').filter(line => line !== '')
  const said = new Map(lines.map(line => splitOnce(line)))
  const problem = (what: string) => new ProbeError(pathKey(path), what, head.slice(0, 400))
  for (const key of said.keys()) if (!known.has(key)) throw problem(`line "${key}"`)
  for (const key of ['stat', 'self', 'parent']) if (!said.has(key)) throw problem(`no line "${key}"`)
  const body = bodyOf(words, said)
  if (body === undefined) throw problem('its fingerprint')
  const text = body.type === 'file' && base64 !== undefined ? textWith(body.digest, Buffer.from(base64, 'base64')) : undefined
  return {
    ...body,
    ...(text === undefined ? {} : { text }),
    ...(said.has('leftover') ? { leftover: true } : {}),
    ...(said.has('salt') ? { salt: said.get('salt')! } : {}),
    seen: surroundingsOf(said),
  }
}

const known = new Set(['stat', 'self', 'parent', 'salt', 'leftover', 'user', 'group', 'empty'])

const splitText = (output: Buffer): [string, string | undefined] => {
  const at = output.indexOf('\ntext\n')
  return at < 0 ? [output.toString(), undefined] : [output.toString('utf8', 0, at + 1), output.toString('latin1', at + '\ntext\n'.length)]
}

const splitOnce = (line: string): [string, string] => {
  const blank = line.indexOf(' ')
  return blank < 0 ? [line, ''] : [line.slice(0, blank), line.slice(blank + 1)]
}

function bodyOf(words: string, said: Map<string, string>): PathBody | undefined {
  const [, type, rest = ''] = /^type=([a-z]+)(?: (.*))?$/.exec(words) ?? []
  if (type === 'absent' || type === 'fifo' || type === 'socket' || type === 'device') return { type }
  if (type === 'symlink') return rest.startsWith('target=') ? symlinkFrom(rest.slice('target='.length)) : undefined
  const [, mode, uid, gid, , digest] = /^mode=([0-7]{4}) uid=(\d+) gid=(\d+)( digest=(unreadable|[0-9a-f]{64}))?$/.exec(rest) ?? []
  const [, size, owner, group] = /^(\d+) ([^:]*):(.*)$/.exec(said.get('stat')!) ?? []
  if (mode === undefined || size === undefined) return undefined
  const owned: Owned = {
    mode: parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    owner: nameOr(uid!, owner!),
    group: nameOr(gid!, group!),
  }
  if (type === 'directory') return { type, ...owned, ...(said.has('empty') ? { empty: said.get('empty') === 'yes' } : {}) }
  if (type !== 'file' || digest === undefined) return undefined
  return { type, ...owned, digest, sizeBytes: Number(size) } satisfies FileState
}

/** stat(1) says UNKNOWN where a number has no name. */
const nameOr = (number: string, name: string) => (name === 'UNKNOWN' || name === '' ? number : name)

/** A file that changed while it was read is shown by its digest alone. */
const textWith = (digest: string, bytes: Buffer): string | undefined => {
  const text = bytes.toString()
  return sha256(bytes) === digest && !text.includes('\0') && Buffer.from(text).equals(bytes) ? text : undefined
}

function surroundingsOf(said: Map<string, string>): Surroundings {
  const [uid = '', gid = '', , ...names] = said.get('self')!.split(' ')
  const [owner = '', group = ''] = names.join(' ').split(':')
  const [parent, missing] = said.get('parent')!.split(' ')
  return {
    parent: parent as Surroundings['parent'],
    missing: Number(missing),
    self: { uid: Number(uid), gid: Number(gid), owner: nameOr(uid, owner), group: nameOr(gid, group) },
    users: numbered(said.get('user')),
    groups: numbered(said.get('group')),
  }
}

const numbered = (answer: string | undefined): Record<string, number | null> => {
  if (answer === undefined) return {}
  const [number, name] = splitOnce(answer)
  return Object.fromEntries([[name, number === '?' ? null : Number(number)]])
}
