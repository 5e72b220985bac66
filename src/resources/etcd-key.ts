import { createHash } from 'node:crypto'
import type { Change } from '../change.js'
import type { EtcdCluster, EtcdValue, EtcdWrite } from '../etcd.js'
import { printable } from '../errors.js'
import { linesCompared } from '../text-diff.js'
import { RequirementError } from './errors.js'
import { etcdKeySchema } from './etcd-key-schema.js'
import { canonicalJson, differingPointers, isUnder, type Json, readableJson, valueAt } from './json-compare.js'
import type { ClusterKind } from './resource.js'
import { clusterTaskOf } from './task.js'

/** What a key should hold: `value` (written as JSON, `null` deletes the key) or `text` (as it is); one of the two. */
export interface EtcdKeyParams {
  cluster: EtcdCluster
  /** from the root, e.g. `/coreos.com/network/config` */
  key: string
  /** compared by meaning: blanks and the order of names do not count */
  value?: unknown
  /** compared byte by byte */
  text?: string
  /** what readers of the key take for what is not written, e.g. `{ SubnetLen: 24 }`: writing it or not is no difference */
  defaults?: Record<string, unknown>
  /** a key that holds something else: `stop` (default) is a RequirementError when planning, `write` replaces it */
  ifDifferent?: 'stop' | 'write'
  /** with `write`: JSON pointers of all that may differ, e.g. `['/Backend']`; a difference elsewhere stops. Default: anything may. */
  mayChange?: string[]
  /** what to do where it stops: which playbook makes the change safely */
  differentHint?: string
}

export interface EtcdKeyState {
  /** `null`: there is no such key */
  value: string | null
  /** the value, where it is JSON */
  json?: Json
  /** 0: absent; `null`: written by this plan, known after */
  revision: number | null
  /** sha256 in hex, equal for JSON that means the same; `absent` */
  digest: string
  /** of what etcd held when it was read, where this plan writes the key: what running daemons have, until then */
  digestAsRead?: string
}

export const etcdKeyKind: ClusterKind<EtcdKeyParams, EtcdKeyState, EtcdWrite> = {
  kind: 'etcd-key',
  schema: etcdKeySchema,
  key: ({ cluster, key }) => `${cluster.api === 'v2' ? 'etcd2' : 'etcd3'}:${key}`,
  cluster: ({ cluster }) => cluster,
  reads: ({ key }) => [{ key }],
  parse: (values, { key }) => etcdState(values.find(value => value.key === key) ?? { key, value: null, revision: 0 }),
  diff(desired, observed) {
    const change = changeOf(desired, observed)
    if (change !== undefined) refuseUnwanted(desired, observed)
    return change === undefined ? [] : [change]
  },
  after(desired, observed) {
    if (changeOf(desired, observed) === undefined) return observed
    const written = etcdState({ key: desired.key, value: wantedText(desired), revision: 0 })
    return { ...written, revision: null, digestAsRead: observed.digestAsRead ?? observed.digest }
  },
  writes: (desired, observed): EtcdWrite[] => {
    if (changeOf(desired, observed) === undefined) return []
    const { key } = desired
    // Written earlier in this plan: the revision is not known, the value is.
    const as = observed.revision === null ? { ifValue: observed.value } : { ifRevision: observed.revision }
    return [{ key, value: wantedText(desired), ...as }]
  },
  undo: (desired, observed): EtcdWrite[] =>
    changeOf(desired, observed) === undefined ? [] : [{ key: desired.key, value: observed.value, ifValue: wantedText(desired) }],
}

/** One key of etcd, with the value that all hosts of the cluster read. */
export const etcdKey = clusterTaskOf(etcdKeyKind)

/** A key as the world knows it: also of keys that a daemon reads and no task is about. */
export function etcdState({ value, revision }: EtcdValue): EtcdKeyState {
  if (value === null) return { value, revision: 0, digest: 'absent' }
  const json = parsed(value)
  const meaning = json === undefined ? value : canonicalJson(json)
  return { value, ...(json === undefined ? {} : { json }), revision, digest: createHash('sha256').update(meaning).digest('hex') }
}

const isText = (desired: EtcdKeyParams): desired is EtcdKeyParams & { text: string } => desired.text !== undefined

function wantedText(desired: EtcdKeyParams): string | null {
  if (isText(desired)) return desired.text
  return desired.value === null || desired.value === undefined ? null : JSON.stringify(desired.value)
}

function changeOf(desired: EtcdKeyParams, observed: EtcdKeyState): Change | undefined {
  const wanted = wantedText(desired)
  if (wanted === observed.value || differences(desired, observed)?.length === 0) return undefined
  return { field: 'value', before: shown(desired, observed.value), after: shown(desired, wanted) }
}

/** `undefined`: they cannot be compared part by part, because one of them is absent or no JSON. */
function differences(desired: EtcdKeyParams, { json }: EtcdKeyState): string[] | undefined {
  if (isText(desired) || wantedText(desired) === null || json === undefined) return undefined
  return differingPointers(json, desired.value as Json, desired.defaults as Json | undefined)
}

function shown(desired: EtcdKeyParams, text: string | null): null | { text: string } {
  if (text === null) return null
  const json = isText(desired) ? undefined : parsed(text)
  if (json === undefined) return { text }
  return { text: readableJson(json, (desired.value ?? json) as Json) }
}

/** @throws RequirementError the key holds something else, and this task may not replace it */
function refuseUnwanted(desired: EtcdKeyParams, observed: EtcdKeyState) {
  if (observed.value === null || wantedText(desired) === null) return
  const { key, ifDifferent = 'stop', mayChange } = desired
  const found = differences(desired, observed)
  const unwanted = mayChange === undefined ? found : found?.filter(pointer => !isUnder(pointer, mayChange))
  if (ifDifferent === 'write' && (mayChange === undefined || unwanted?.length === 0)) return
  const words = linesCompared(shown(desired, observed.value)!.text, shown(desired, wantedText(desired))!.text)
  throw new RequirementError(
    `${key} in etcd ${howDifferent(desired, observed, unwanted ?? [])}`,
    desired.differentHint ?? defaultHint(key),
    words,
  )
}

function howDifferent(desired: EtcdKeyParams, { json, value }: EtcdKeyState, pointers: readonly string[]): string {
  if (!isText(desired) && json === undefined) return `is no valid JSON (${whyNoJson(value ?? '')}); it is left as it is`
  if (pointers.length === 0) return 'holds another value than wanted; it is left as it is'
  const told = pointers.map(
    pointer => `${pointer || 'the value'} is ${toldAt(json!, pointer)}, wanted ${toldAt(desired.value as Json, pointer)}`,
  )
  return `holds another value, which this play does not change: ${told.join('; ')}`
}

const toldAt = (value: Json, pointer: string) => {
  const at = valueAt(value, pointer)
  return at === undefined ? 'not set' : printable(JSON.stringify(at))
}

const defaultHint = (key: string) =>
  `Find out who wrote ${key}, and either wish for what it holds or change it by a play made for that: daemons of running hosts depend on it.`

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

function whyNoJson(text: string): string {
  try {
    JSON.parse(text)
    return ''
  } catch (error) {
    return printable((error as Error).message)
  }
}
