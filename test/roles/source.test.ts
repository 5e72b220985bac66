import { sourceOf, sourceSchema, type Source } from '../../roles/source.js'
import { mistakesOf } from '../../src/playbook/schema.js'

const sha256 = 'a'.repeat(64)
const url = 'https://example.org/flanneld'

test.each<[Source, ReturnType<typeof sourceOf>]>([
  ['parts/flanneld', { source: { path: 'parts/flanneld' } }],
  [{ path: 'flanneld' }, { source: { path: 'flanneld' } }],
  [
    { path: 'flanneld', sha256 },
    { source: { path: 'flanneld' }, sha256 },
  ],
  [{ url, sha256 }, { source: { url, sha256 } }],
  [{ url, sha256, member: 'flanneld' }, { source: { url, sha256, member: 'flanneld' } }],
  [{ url, sha256, pull: true }, { source: { url, sha256, pull: true } }],
  [{ archive: 'f.tgz', member: 'flanneld' }, { source: { archive: 'f.tgz', member: 'flanneld' } }],
  [
    { archive: 'f.tgz', member: 'flanneld', sha256 },
    { source: { archive: 'f.tgz', member: 'flanneld' }, sha256 },
  ],
])('%j is what the binary is made from, nothing of it left out', (given, expected) => {
  expect(mistakesOf(sourceSchema, given)).toEqual([])
  expect(sourceOf(given)).toEqual(expected)
})

test.each<[unknown, string[], 'missing' | 'unknown' | 'wrong']>([
  ['', [], 'wrong'],
  [{}, [], 'wrong'],
  [{ url }, ['sha256'], 'missing'],
  [{ archive: 'f.tgz', sha256 }, ['member'], 'missing'],
  [{ paht: 'flanneld' }, ['paht'], 'unknown'],
  [{ path: 'flanneld', url, sha256 }, ['url'], 'unknown'],
  [{ url, sha256: 'no digest' }, ['sha256'], 'wrong'],
  [{ url: 'https://example.org/a b', sha256 }, ['url'], 'wrong'],
])('%j is refused at %j, which is %s', (given, path, kind) => {
  expect(mistakesOf(sourceSchema, given)[0]).toMatchObject({ path, kind })
})
