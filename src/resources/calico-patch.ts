import { canonicalJson, isObject, objectOf, withDefaults, type Json } from './json-compare.js'

export type JsonObject = { [name: string]: Json }

/**
 * A merge patch (RFC 7386) laid over `target`: what it does not name stays, `null` takes a field away, lists count as one value.
 * In one thing it differs from the RFC: taking fields away never makes an object, and one that it empties goes with them (but for the parts of a
 * resource itself, `spec` and `metadata`): calico takes `bgp: {}` for a node that speaks BGP.
 */
export const merged = (target: JsonObject | null, patch: JsonObject): JsonObject => mergedAt(target ?? {}, patch, true)

function mergedAt(target: JsonObject, patch: JsonObject, isTop = false): JsonObject {
  const names = [...new Set([...Object.keys(target), ...Object.keys(patch)])]
  return objectOf(
    names.flatMap((name): [string, Json][] => {
      const before = own(target, name)
      if (!Object.hasOwn(patch, name)) return [[name, before!]]
      const wanted = patch[name]!
      if (!isObject(wanted)) return wanted === null ? [] : [[name, wanted]]
      const inner = mergedAt(isObject(before) ? before : {}, wanted)
      const isEmptied = Object.keys(inner).length === 0 && Object.keys(wanted).length > 0
      return isEmptied && !(isTop && before !== undefined) ? [] : [[name, inner]]
    }),
  )
}

/**
 * What `target` has where the patch names a field; `null`: nothing. It is at once what to compare when asking whether those fields moved, and the
 * patch that puts them back.
 */
export function fieldsOf(patch: JsonObject, target: JsonObject): JsonObject {
  return objectOf(
    Object.keys(patch).map((name): [string, Json] => {
      const [wanted, found] = [patch[name]!, own(target, name)]
      const goesDeeper = isObject(wanted) && (isObject(found) || (found === undefined && Object.keys(wanted).length > 0))
      return [name, goesDeeper ? fieldsOf(wanted, isObject(found) ? found : {}) : (found ?? null)]
    }),
  )
}

/** Do both mean the same? A name without a value, or with an empty object, is as good as absent. */
export const sameFields = (one: Json, other: Json): boolean => canonicalJson(bare(one)) === canonicalJson(bare(other))

/** `target` as its readers see it: defaults where nothing is written. `null` stays: what is absent has no fields. */
export const seenWith = (target: JsonObject | null, defaults: JsonObject): JsonObject | null =>
  target === null ? null : (withDefaults(bare(target), defaults) as JsonObject)

/** Every field that a patch names, taken away. */
export const without = (patch: JsonObject): JsonObject => fieldsOf(patch, {})

/** Without names that have no value or an empty object; lists stay as they are. */
export function bare(value: Json): Json {
  if (!isObject(value)) return value
  return objectOf(
    Object.entries(value)
      .map(([name, inner]): [string, Json] => [name, bare(inner)])
      .filter(([, inner]) => inner !== null && !(isObject(inner) && Object.keys(inner).length === 0)),
  )
}

const own = (value: JsonObject, name: string): Json | undefined => (Object.hasOwn(value, name) ? value[name] : undefined)
