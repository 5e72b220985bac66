import fc from 'fast-check'
import { BadRange, expandRanges } from '../../src/inventory/ranges.js'

test.each([
  ['n', 'n'],
  ['n[1:3]', 'n1 n2 n3'],
  ['n[1:9:3]', 'n1 n4 n7'],
  ['n[01:10:4].x', 'n01.x n05.x n09.x'],
  ['[001:100:50]', '001 051'],
  ['[9:010]', '9 10'],
  ['[:2]', '0 1 2'],
  ['[x:B]', 'x y z A B'],
  ['[a:b]-[1:2]', 'a-1 a-2 b-1 b-2'],
  ['[3:0:-1]', '3 2'],
  ['n[ 1:2 ]', 'n1 n2'],
  ['n[ 08:1_0]', 'n8 n9 n10'],
  ['[1:3', undefined],
])('%s stands for %s', (pattern, names) => {
  if (names === undefined) expect(() => expandRanges(pattern)).toThrow(BadRange)
  else expect(expandRanges(pattern)).toEqual(names.split(' '))
})

test('a range that runs backwards has no names and is no mistake', () => {
  expect(expandRanges('n[3:1]')).toEqual([])
})

test.each(['[3:]', '[1]', '[1:2:3:4]', '[1:2:0]', '[01:100]', '[a:3]', '[aa:cc]', '[c:a]', '[1:2:x]', '[1:2]]['])(
  '%s is refused',
  pattern => {
    expect(() => expandRanges(pattern)).toThrow(BadRange)
  },
)

test.each(['[1:99999999999999]', '[0:999][0:999]', '[0:99][0:99][0:99]', '[1:99999999999999999999]'])(
  '%s is too large and costs nothing',
  pattern => {
    expect(() => expandRanges(pattern)).toThrow(BadRange)
  },
)

test('a numeric range has as many names as it says, all of them different and none padded away', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.nat(500), fc.integer({ min: 1, max: 7 }), (begin, length, step) => {
      const names = expandRanges(`a[${begin}:${begin + length}:${step}]b`)
      expect(names).toHaveLength(Math.floor(length / step) + 1)
      expect(new Set(names).size).toBe(names.length)
      expect(names[0]).toBe(`a${begin}b`)
    }),
  )
})

test('any pattern gives names or a BadRange', () => {
  const parts = fc.constantFrom('n', '[', ']', ':', '1', '0', '9', 'a', 'Z', '-', '.')
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 14 }), pattern => {
      try {
        expect(expandRanges(pattern.join('')).every(name => typeof name === 'string')).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(BadRange)
      }
    }),
    { numRuns: 2000 },
  )
})
