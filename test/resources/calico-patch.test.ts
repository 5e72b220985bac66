import fc from 'fast-check'
import { bare, fieldsOf, merged, sameFields, seenWith, without, type JsonObject } from '../../src/resources/calico-patch.js'
import { isObject, type Json } from '../../src/resources/json-compare.js'

/** RFC 7386, appendix A, where objects patch objects; and where we differ from it. */
const cases: [target: JsonObject, patch: JsonObject, result: JsonObject][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ a: 'foo' }, { a: { b: 1 } }, { a: { b: 1 } }],
]
test.each(cases)('%j patched with %j is %j', (target, patch, result) => expect(merged(target, patch)).toEqual(result))

test('taking fields away makes no object, and one that it empties goes too, but for the parts of the resource itself', () => {
  expect(merged({ spec: {} }, { spec: { bgp: { id: null } } })).toEqual({ spec: {} })
  expect(merged({ spec: { bgp: { id: 1 } } }, { spec: { bgp: { id: null } } })).toEqual({ spec: {} })
  expect(merged({ spec: {} }, { metadata: { labels: { rr: null } } })).toEqual({ spec: {} })
  expect(merged(null, { spec: {} })).toEqual({ spec: {} })
})

test('names that mean something to JavaScript are names like any other', () => {
  const patch = JSON.parse('{"__proto__":{"polluted":1},"constructor":null}') as JsonObject
  expect(JSON.stringify(merged({}, patch))).toBe('{"__proto__":{"polluted":1}}')
  expect(JSON.stringify(fieldsOf(patch, {}))).toBe('{"__proto__":{"polluted":null},"constructor":null}')
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
})

test('a field with its default is one that is not written', () => {
  const defaults = { spec: { ipipMode: 'Never', allowedUses: ['Workload', 'Tunnel'] } }
  expect(sameFields(seenWith({ spec: {} }, defaults), seenWith({ spec: { ipipMode: 'Never' } }, defaults))).toBe(true)
  expect(sameFields(seenWith({ spec: {} }, defaults), seenWith({ spec: { ipipMode: 'Always' } }, defaults))).toBe(false)
  expect(seenWith(null, defaults)).toBeNull()
})

const name = fc.constantFrom('a', 'b', 'c', 'a.b/c', '__proto__', 'toString')
const plain = fc.oneof(fc.integer(), fc.string({ maxLength: 3 }), fc.boolean(), fc.constant([1, null]) as fc.Arbitrary<Json>)
const { object } = fc.letrec<{ object: JsonObject; value: Json }>(tie => ({
  object: fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  value: fc.oneof({ maxDepth: 3 }, plain, tie('object')),
}))
const { patch } = fc.letrec<{ patch: JsonObject; value: Json }>(tie => ({
  patch: fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  value: fc.oneof({ maxDepth: 3 }, plain, fc.constant(null), tie('patch')),
}))
const runs = { numRuns: 500 }

test('a patch and then its reverse is as before, but for objects that had nothing in them', () =>
  fc.assert(
    fc.property(object, patch, (before, wanted) => {
      expect(bare(merged(merged(before, wanted), fieldsOf(wanted, before)))).toEqual(bare(before))
    }),
    runs,
  ))

test('a patch twice is the patch once, and afterwards its fields are as it says', () =>
  fc.assert(
    fc.property(object, patch, (before, wanted) => {
      const once = merged(before, wanted)
      expect(sameFields(merged(once, wanted), once)).toBe(true)
      expect(sameFields(fieldsOf(wanted, once), wanted)).toBe(true)
    }),
    runs,
  ))

test('what others write beside the fields stays through the patch and through its reverse', () =>
  fc.assert(
    fc.property(object, patch, plain, (before, wanted, theirs) => {
      const shared = { ...before, theirs }
      const after = merged({ ...merged(before, wanted), theirs }, fieldsOf(wanted, before))
      expect(merged(shared, wanted)['theirs']).toEqual(theirs)
      expect(after['theirs']).toEqual(theirs)
    }),
    runs,
  ))

test('the fields that a patch takes away are those that it names', () =>
  fc.assert(
    fc.property(patch, wanted => {
      const leaves = (value: Json): Json[] =>
        isObject(value) && Object.keys(value).length > 0 ? Object.values(value).flatMap(leaves) : [value]
      expect(leaves(without(wanted)).every(leaf => leaf === null || (isObject(leaf) && Object.keys(leaf).length === 0))).toBe(true)
    }),
    runs,
  ))
