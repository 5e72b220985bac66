import { parseConfig } from '../../src/settings/config-text.js'
import { decodeSource } from '../../src/source-text.js'

const read = (text: string | Uint8Array) => parseConfig(decodeSource(typeof text === 'string' ? Buffer.from(text) : text, 'ansible.cfg'))
const valuesOf = (text: string) =>
  Object.fromEntries(
    [...read(text).sections].flatMap(([section, entries]) => [...entries].map(([key, { value }]) => [`${section}.${key}`, value])),
  )

test.each<[string, string, Record<string, string>]>([
  ['= and :, blanks around them', '[defaults]\na=1\nb : 2\nc = d=e\n', { 'defaults.a': '1', 'defaults.b': '2', 'defaults.c': 'd=e' }],
  ['keys in any letters', '[defaults]\nForks = 3\n', { 'defaults.forks': '3' }],
  ['comments', '# a\n[defaults] ; b\n ; c\na = 1 ; d\nb = x;y # z\n', { 'defaults.a': '1', 'defaults.b': 'x;y # z' }],
  ['a value that goes on', '[defaults]\na = 1,\n  2,\n\n  3\n\nb = 4\n', { 'defaults.a': '1,\n2,\n\n3', 'defaults.b': '4' }],
  ['% and quotes as they are', '[defaults]\na = "%(b)s %h"\n', { 'defaults.a': '"%(b)s %h"' }],
  ['a value that is empty', '[defaults]\na =\n', { 'defaults.a': '' }],
])('%s', (_, text, values) => expect(valuesOf(text)).toEqual(values))

test('[DEFAULT] holds for every section that is there', () => {
  const config = read('[DEFAULT]\nforks = 3\n[defaults]\n')
  expect(config.find('defaults', 'forks')).toMatchObject({ value: '3', origin: { line: 2, column: 1 } })
  expect(config.find('tags', 'forks')).toBeUndefined()
})

test.each([
  ['a = 1\n', 'ansible.cfg:1:1: before the first setting a section is missing'],
  ['[defaults]\nforks\n', 'ansible.cfg:2:1: this is neither a section'],
  ['[defaults]\na = 1\nA = 2\n', 'ansible.cfg:3:1: "a" in [defaults] is written twice, first in line 2'],
  ['[tags]\n[tags]\n', 'ansible.cfg:2:1: [tags] is written twice'],
  ['[defaults]\na = \0\n', 'ansible.cfg:2:5: the file holds a NUL byte'],
  [Buffer.from('[defaults]\na = \xff\n', 'latin1'), 'ansible.cfg:2:5: the file is not UTF-8 text'],
])('%j is refused with its place', (text, message) => expect(() => read(text)).toThrow(message))

test('__proto__ and constructor are names like others', () => {
  const config = read('[__proto__]\nconstructor = 1\n[constructor]\n__proto__ = 2\n')
  expect(config.find('__proto__', 'constructor')?.value).toBe('1')
  expect(({} as Record<string, unknown>)['constructor']).toBe(Object)
})
