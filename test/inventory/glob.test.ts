import fc from 'fast-check'
import { globMatcher } from '../../src/inventory/glob.js'

test.each([
  ['web*', 'web1', true],
  ['web*', 'aweb', false],
  ['*', '', true],
  ['?', 'é', true],
  ['w[ab]b', 'wab', true],
  ['w[!ab]b', 'wab', false],
  ['w[!ab]b', 'wcb', true],
  ['[a-c]1', 'b1', true],
  ['[c-a]1', 'b1', false],
  ['[]a]', ']', true],
  ['[!]a]', ']', false],
  ['[a-]', '-', true],
  ['[^a]', '^', true],
  ['[ab', '[ab', true],
  ['a.c', 'abc', false],
  ['A', 'a', false],
])('%s against %s: %s', (pattern, name, matches) => {
  expect(globMatcher(pattern)(name)).toBe(matches)
})

test('a name without special characters matches itself and nothing longer', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9.-]{1,20}$/), name => {
      expect(globMatcher(name)(name)).toBe(true)
      expect(globMatcher(name)(`${name}x`)).toBe(false)
    }),
  )
})

test('stars put anywhere into a name still match it', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{0,5}$/), { minLength: 1 }), parts => {
      expect(globMatcher(parts.join('*'))(parts.join('xyz'))).toBe(true)
    }),
  )
})

test('a pattern made to be slow is not', () => {
  const started = performance.now()
  expect(globMatcher(`${'*a'.repeat(200)}b`)('a'.repeat(20_000))).toBe(false)
  expect(performance.now() - started).toBeLessThan(3000)
})
