import fc from 'fast-check'
import { paintFor } from '../../src/report/paint.js'
import { cut, widthOf, wrap } from '../../src/report/width.js'

const paint = paintFor(true)

test('colours and joining marks take no room, wide characters two columns', () => {
  expect([paint.added('abc'), 'e\u0301', '漢字', '✔ n1', '🎉'].map(widthOf)).toEqual([3, 1, 4, 4, 2])
})

test('a line that fits is left alone; a longer one ends in one sign, its colour closed', () => {
  expect(cut('12345', 5)).toBe('12345')
  expect(cut('123456', 5)).toBe('1234…')
  expect(cut(paint.added('123456'), 5)).toBe('\u001b[32m1234…\u001b[0m')
  expect(cut('漢字漢字', 5)).toBe('漢字…')
})

test('no line that is cut is wider than the screen, whatever is in it', () => {
  const texts = fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant(paint.bad('red')), fc.constant('\t')))
  fc.assert(fc.property(texts, fc.integer({ min: 1, max: 40 }), (parts, columns) => widthOf(cut(parts.join(''), columns)) <= columns))
})

test('a text that must be read whole is broken at blanks, under its own indent', () => {
  expect(wrap('  Next: run the same command again: it looks first', 24)).toEqual([
    '  Next: run the same',
    '  command again: it',
    '  looks first',
  ])
  expect(wrap('  a-word-that-is-longer-than-that', 10)).toEqual(['  a-word-that-is-longer-than-that'])
})
