import type { CalicoWrite } from '../calico.js'
import type { EtcdValue } from '../etcd.js'
import { calicoForms } from './calico-kinds.js'
import { fieldsOf, merged, sameFields, seenWith, type JsonObject } from './calico-patch.js'
import { isObject, type Json } from './json-compare.js'

/** What a write finds: what it was planned on, what it was to make, neither (with what differs, for people), or no resource where calico/node should have made one. */
export type CalicoJudged = { found: 'before' } | { found: 'after' } | { found: 'moved'; fields: string[] } | { found: 'missing' }

/** What is there, as far as an admin sets it; `null`: nothing. Text that is none of calico's counts as empty. */
export const contentAt = ({ kind }: Pick<CalicoWrite, 'kind'>, { value }: EtcdValue): JsonObject | null =>
  value === null ? (calicoForms[kind].unset ?? null) : (calicoForms[kind].content(value) ?? {})

/** Is the key as the write expects it? */
export function judgedCalico(write: CalicoWrite, value: EtcdValue): CalicoJudged {
  const { set, before, mustExist } = write as CalicoWrite & { set: JsonObject | null; before?: JsonObject | null }
  const now = contentAt(write, value)
  if (now === null && mustExist === true) return { found: 'missing' }
  if (isAfter(write, now)) return { found: 'after' }
  if (before === undefined) return { found: 'before' }
  const seen = fieldsSeen(write, now)
  return (before === null) === (now === null) && sameFields(seen, before)
    ? { found: 'before' }
    : { found: 'moved', fields: set === null ? [] : differing(before, seen, '') }
}

/** The fields that a write is about, as readers see them. Of a delete: all. */
export function fieldsSeen({ set, defaults = {} }: Pick<CalicoWrite, 'set' | 'defaults'>, now: JsonObject | null): JsonObject | null {
  const seen = seenWith(now, defaults as JsonObject)
  return seen === null || set === null ? seen : fieldsOf(set as JsonObject, seen)
}

function isAfter({ set, defaults }: CalicoWrite, now: JsonObject | null): boolean {
  if (set === null || now === null) return set === null && now === null
  return sameFields(fieldsSeen({ set, defaults }, merged(now, set as JsonObject)), fieldsSeen({ set, defaults }, now))
}

/** `spec.natOutgoing is false, was true` */
function differing(before: Json, now: Json, at: string): string[] {
  if (!isObject(before) || !isObject(now)) return sameFields(before, now) ? [] : [`${at} ${isOrIsNot(now)}, planned from ${words(before)}`]
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])]
  return names.flatMap(name => differing(before[name] ?? null, now[name] ?? null, at === '' ? name : `${at}.${name}`))
}

const isOrIsNot = (value: Json) => (value === null ? 'is not set' : `is ${words(value)}`)
const words = (value: Json) => (value === null ? 'not set' : JSON.stringify(value))
