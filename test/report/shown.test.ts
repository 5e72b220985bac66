import { clock, fieldInWords, inWords, oneLine, partOf, seconds, size } from '../../src/report/shown.js'

test.each([
  [null, 'absent'],
  ['0755', '0755'],
  [true, 'true'],
  ['a\nb\u001b', 'a\\nb\\x1b'],
  [{ unknown: 'flanneld writes it' }, '(known after apply: flanneld writes it)'],
  [{ sensitive: true as const }, '(sensitive value)'],
  [{ digest: '3f1c09'.padEnd(64, '0'), sizeBytes: 51_400_000 }, '51 MB  sha256 3f1c09…'],
  [{ text: 'one\n' }, '1 line'],
  [{ text: 'one\ntwo' }, '2 lines'],
  [{ text: '' }, 'empty'],
])('the value %j is told as %s', (value, words) => {
  expect(inWords(value)).toBe(words)
})

test('a field that is new is told by its value, one that goes by what it was', () => {
  expect(fieldInWords({ field: 'mode', before: null, after: '0644' })).toBe('0644')
  expect(fieldInWords({ field: 'mode', before: '0644', after: '0600' })).toBe('mode 0644 → 0600')
  expect(fieldInWords({ field: 'target', before: '/a', after: null })).toBe('target /a removed')
})

test('sizes are powers of ten, times short', () => {
  expect([300, 12_345, 51_400_000].map(size)).toEqual(['300 bytes', '12 kB', '51 MB'])
  expect([partOf(0, 53e6), partOf(38e6, 51e6), partOf(1, 300), partOf(1500, 12_000)]).toEqual([
    '0 of 53 MB',
    '38 of 51 MB',
    '1 of 300 bytes',
    '2 of 12 kB',
  ])
  expect([clock(0), clock(187_400), clock(3_600_000)]).toEqual(['0:00', '3:07', '60:00'])
  expect([seconds(412), seconds(-1)]).toEqual(['0.4 s', '0.0 s'])
})

test('what must stay on one line does', () => {
  expect(oneLine('a\nb\tc\r\u0085\u202e')).toBe('a\\nb\\tc\\x0d\\x85\\u202e')
})
