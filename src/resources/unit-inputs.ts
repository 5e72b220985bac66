import { posix } from 'node:path'
import type { ThingKey } from '../change.js'
import type { EtcdCluster } from '../etcd.js'
import { canonicalPath, pathKey, pathOf, saltedDigest } from './path-key.js'
import type { PathState } from './path-state.js'
import type { World } from './resource.js'

/**
 * Something a process reads only when it starts: a file, by its path on the host, or a key of etcd. The digest of a `secret` file leaves its
 * host salted only. `cluster`: where the key is read when no task of the plan is about it; `required`: the process cannot run without it.
 */
export type Input = string | { path: string; secret?: true } | { etcd: ThingKey; cluster?: EtcdCluster; required?: true }

/** One input of a running process, as its host tells it. Digests are sha256 in hex, salted where secret, else `absent`, `other` (no file), `unreadable`. */
export interface InputState {
  /** `file:/etc/x` or `etcd3:/coreos.com/network/config` */
  key: ThingKey
  /** what is there now; undefined for a key of etcd */
  present?: string
  /** what the process was started with, where that was recorded for this very process */
  recorded?: string
  /** last change of the file or of a link on the way to it, µs since 1970 */
  changedAtUs?: number
  /** what the link says, and where it leads in the end */
  link?: string
  target?: string
}

/** ctime lags the clock by up to 7 ms (measured): without a margin a restart could be lost. */
const marginUs = 20_000

/** Folders that systemd itself reads: what changes there needs a daemon-reload too. */
export const isUnitConfig = (key: ThingKey): boolean => /^file:\/(etc|run|lib|usr\/lib|usr\/local\/lib)\/systemd\/system\//.test(key)

export const inputKey = (input: Input): ThingKey =>
  typeof input === 'object' && 'etcd' in input ? input.etcd : pathKey(typeof input === 'string' ? input : input.path)

/** The line that asks for an input in `np_units`. */
export const inputQuestion = (input: Input): string => {
  if (typeof input === 'object' && 'etcd' in input) return `etcd ${input.etcd}`
  return typeof input === 'string' ? `plain ${canonicalPath(input)}` : `${input.secret ? 'secret' : 'plain'} ${canonicalPath(input.path)}`
}

/**
 * What an input will be when the plan has come this far.
 * @returns undefined when nobody can know: a link that the plan points elsewhere, a key that was not read
 */
export function predictedDigest(input: InputState, world: World): string | undefined {
  if (!input.key.startsWith('file:')) return world.state<KeyState>(input.key)?.digest
  return atPath(pathOf(input.key), input, world, 8)
}

function atPath(path: string, input: InputState, world: World, hops: number): string | undefined {
  const planned = hops > 0 ? world.state<PathState>(pathKey(path)) : undefined
  if (planned === undefined) return path === pathOf(input.key) ? behindLink(input, world) : undefined
  if (planned.type === 'file') return planned.digest
  if (planned.type !== 'symlink') return planned.type === 'absent' ? 'absent' : 'other'
  const next = canonicalPath(posix.resolve(posix.dirname(path), planned.target))
  return atPath(next, input, world, hops - 1) ?? (planned.target === input.link ? behindLink(input, world) : undefined)
}

/** No task is about the path itself: what lies there now counts, unless it is a link to what the plan writes. */
const behindLink = (input: InputState, world: World) => {
  const planned = input.target === undefined ? undefined : world.state<PathState>(pathKey(input.target))
  return planned?.type === 'file' ? planned.digest : input.present
}

/** Was the process that started then (µs since 1970) surely started after the file came to be what it is? */
const isOlder = ({ changedAtUs, present }: InputState, startedAtUs: number | undefined): boolean =>
  present === 'absent' || (changedAtUs !== undefined && startedAtUs !== undefined && changedAtUs + marginUs < startedAtUs)

/** Does the process run with what is there now, going by clocks alone? */
export const runsWithPresent = (input: InputState, startedAtUs: number | undefined, needsReload: boolean): boolean =>
  input.key.startsWith('file:') && isOlder(input, startedAtUs) && !(needsReload && isUnitConfig(input.key))

/** Does the running process have what this input is predicted to be? Recorded digests decide, clocks only where nothing was recorded. */
export function isFresh(input: InputState, startedAtUs: number | undefined, needsReload: boolean, world: World): boolean {
  const predicted = predictedDigest(input, world)
  if (predicted === undefined && !input.key.startsWith('file:')) return true
  if (input.recorded !== undefined) return predicted !== undefined && sameDigest(input.recorded, predicted, world.salt)
  // A key of etcd has no clock: without a record it counts as what the process read, unless this plan changes it.
  if (!input.key.startsWith('file:')) return !isChangedByPlan(input.key, world)
  const stays = predicted !== undefined && input.present !== undefined && sameDigest(input.present, predicted, world.salt)
  return stays && runsWithPresent(input, startedAtUs, needsReload)
}

/** As etcd-key.ts keeps a key; revision null: a task of this plan writes it. */
interface KeyState {
  digest: string
  revision?: number | null
  digestAsRead?: string
}

const isChangedByPlan = (key: ThingKey, world: World): boolean => world.state<KeyState>(key)?.revision === null

/** What etcd held when it was read; `other` where only that it will change is known: no process was started with what it will hold. */
export function etcdDigestNow(key: ThingKey, world: World): string | undefined {
  const state = world.state<KeyState>(key)
  return state?.digestAsRead ?? (state?.revision === null ? 'other' : state?.digest)
}

/** Digests of one content, of which either may be salted. */
export const sameDigest = (a: string, b: string, salt: string): boolean =>
  a === b || saltedDigest(salt, a) === b || a === saltedDigest(salt, b)

/** `its unit file changed: /etc/systemd/system/x.service`, as told to people. */
export const reasonOf = (key: ThingKey, unitFile: ThingKey): string => {
  if (key === unitFile) return `its unit file changed: ${pathOf(key)}`
  return key.startsWith('file:') ? `${pathOf(key)} changed` : `etcd key ${key.slice(key.indexOf(':') + 1)} changed`
}
