import fc from 'fast-check'
import { InputError } from '../src/errors.js'
import { entryOf, parseYaml, parseYamlDocuments, toPlain, type YamlMapping } from '../src/yaml.js'
import { Vaulted } from '../src/vaulted.js'
import { aliasBomb } from './support/alias-bomb.js'

const plain = (text: string) => JSON.parse(JSON.stringify(toPlain(parseYaml(text, 'f.yml')))) as unknown
const problem = (text: string) => {
  try {
    parseYaml(text, 'f.yml')
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as Error).message
  }
  throw new Error('nothing was refused')
}

test('every key, value and item knows its line and column', () => {
  const root = parseYaml('# c\nall:\n  hosts: {h1: "x", h2: [a, b]}\n  text: |\n    one\n', 'f.yml') as YamlMapping
  const hosts = entryOf(entryOf(root, 'all')!.value, 'hosts')!
  expect(hosts.keyOrigin).toEqual({ file: 'f.yml', line: 3, column: 3 })
  expect(entryOf(hosts.value, 'h1')!.value.origin).toEqual({ file: 'f.yml', line: 3, column: 15 })
  expect(entryOf(hosts.value, 'h2')!.value).toMatchObject({
    kind: 'sequence',
    items: [{ origin: { column: 25 } }, { origin: { column: 28 } }],
  })
  expect(entryOf(entryOf(root, 'all')!.value, 'text')!.value).toMatchObject({ raw: 'one\n', origin: { line: 5 } })
})

test('a byte order mark moves no column', () => {
  expect(parseYaml('\ufeffa: 1', 'f').origin.column).toBe(1)
})

test.each([
  ['yes', true],
  ['Off', false],
  ['y', 'y'],
  ['~', null],
  ['', null],
  ['010', 8],
  ['0o17', '0o17'],
  ['08', '08'],
  ['0x1F', 31],
  ['0b11', 3],
  ['1_000', 1000],
  ['1:30', 90],
  ['-1:30', -90],
  ['52:54:00:12:34:56', 41135085296],
  ['1:30.5', 90.5],
  ['1.10', 1.1],
  ['1e3', '1e3'],
  ['1.5e3', '1.5e3'],
  ['1.5e+3', 1500],
  ['.5', 0.5],
  ['2020-01-01', '2020-01-01'],
  ['!!str 12', '12'],
  ['! 12', '12'],
  ['!<tag:yaml.org,2002:int> "7"', 7],
  ['!!timestamp 2020-01-01', '2020-01-01'],
  ['"yes"', 'yes'],
  ['123456789012345678901', '123456789012345678901'],
  ['-9007199254740991', -9007199254740991],
])('the word %s is typed as Ansible types it', (word, value) => {
  expect(plain(`a: ${word}`)).toEqual({ a: value })
})

test('infinity and no-number are read', () => {
  expect(toPlain(parseYaml('[.inf, -.INF, .nan]', 'f'))).toEqual([Infinity, -Infinity, NaN])
})

test('the text of a number is kept beside it', () => {
  expect(entryOf(parseYaml('v: 1.10', 'f'), 'v')!.value).toMatchObject({ value: 1.1, raw: '1.10', float: true })
})

test('JSON is read by the rules of JSON', () => {
  expect(plain('{"a": 1e3, "b": "\\ud83d\\ude00"}')).toEqual({ a: 1000, b: '😀' })
})

test('aliases and merge keys give what PyYAML gives: own keys win, of several mappings the first', () => {
  expect(plain('a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\nd: {"<<": 1}\ne: *a')).toEqual({
    a: { x: 1, y: 1 },
    b: { y: 2, z: 2 },
    c: { x: 3, y: 1, z: 2 },
    d: { '<<': 1 },
    e: { x: 1, y: 1 },
  })
})

test('a key __proto__ is only a key', () => {
  const value = toPlain(parseYaml('__proto__: {polluted: yes}\nconstructor: 1', 'f')) as Record<string, unknown>
  expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  expect(Object.getPrototypeOf(value)).toBeNull()
})

test('a vaulted value stays closed and does not print', () => {
  const value = toPlain(parseYaml('!vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3330\n', 'f')) as Vaulted
  expect(value).toBeInstanceOf(Vaulted)
  expect(value.ciphertext).toBe('$ANSIBLE_VAULT;1.1;AES256\n3330\n')
  expect(String(value)).toBe('***')
})

test('several documents are read only where they are asked for', () => {
  expect(parseYamlDocuments('a: 1\n---\nb: 2\n', 'f').map(toPlain)).toEqual([{ a: 1 }, { b: 2 }])
  expect(parseYamlDocuments('', 'f')).toEqual([])
  expect(problem('a: 1\n---\nb: 2\n')).toContain('f.yml:3:1: one YAML document is expected')
})

describe('what is wrong is told with its place', () => {
  test.each([
    ['a tab', 'a:\n  b: 1\n\tc: 2\n', 'f.yml:3:1: YAML does not allow tabs for indentation; use spaces\n    →c: 2\n    ^'],
    ['a tab before a list', 'a:\n  - 1\n\t- 2\n', 'f.yml:3:1: YAML does not allow tabs'],
    ['a tab behind a dash', '- a\n-\tb: 1\n  c: 2\n', 'f.yml:2:2: YAML does not allow tabs'],
    ['a key written twice', 'a: 1\nb: 2\na: 3', 'f.yml:3:1: the key "a" is written twice, first in line 1\n    a: 3\n    ^'],
    ['an unclosed bracket', 'a: [1,\n  2', 'f.yml:2:4: unexpected end of the stream within a flow collection'],
    ['two colons', 'a: b: c', 'f.yml:1:5: bad indentation of a mapping entry\n    a: b: c\n        ^'],
    ['an unknown tag', 'a: !foo x', 'f.yml:1:4: the tag !foo is not known here'],
    ['a tag of another kind', 'a: !!int {b: 1}', 'f.yml:1:4: the tag !!int is not known here'],
    ['a value that does not fit its tag', 'a: !!int x', 'f.yml:1:10: "x" is not a value for the tag !!int'],
    ['a vaulted mapping', 'a: !vault {b: 1}', '!vault holds text'],
    ['an unknown alias', 'a: *b', 'f.yml:1:5: there is no anchor &b'],
    ['an alias of itself', 'a: &a [*a]', 'f.yml:1:9: the alias *a stands inside'],
    ['a merge of text', 'a: {<<: x}', 'f.yml:1:9: after `<<` comes a mapping'],
    ['a list as a key', '? [a]\n: 1', 'f.yml:1:3: a key is a single word'],
    ['a NUL byte', 'a: 1\nb: \0', 'f.yml:2:4: the file holds a NUL byte'],
    ['a control character', 'a: \u001b[31m', 'f.yml:1:4: the file holds the control character 0x1b'],
  ])('%s', (_, text, message) => {
    expect(problem(text)).toContain(message)
  })

  test('a line with a password is shown without it', () => {
    const message = problem('db_password: hunter2: x')
    expect(message).toContain('db_password: **********')
    expect(message).not.toContain('hunter2')
  })
})

describe('hostile documents cost little', () => {
  test('aliases of aliases stop at a hundred thousand values', () => {
    expect(problem(aliasBomb(30))).toMatch(/alias bomb/)
  })
  test('merge keys count too', () => {
    const first = `m0: &m0 {${Array.from({ length: 1000 }, (_, key) => `k${key}: 1`).join(', ')}}`
    const rest = Array.from({ length: 200 }, (_, level) => `m${level + 1}: &m${level + 1} {<<: *m${level}, own: ${level}}`)
    expect(problem([first, ...rest].join('\n'))).toMatch(/alias bomb/)
  })
  test('depth ends at 200, inside and through aliases', () => {
    expect(problem('['.repeat(5000))).toMatch(/nesting exceeded/)
    expect(plain(`${'['.repeat(199)}${']'.repeat(199)}`)).toBeDefined()
  })
  test.each([
    ['values in one line', `a: [${'1,'.repeat(2_100_000)}1]`],
    ['keys', `{${Array.from({ length: 1_100_000 }, (_, i) => `k${i}: `).join(',')}}`],
  ])('too many %s are refused', (_, text) => {
    expect(problem(text)).toContain('f.yml:1:1: the text holds more than two million keys and values')
  })
  test('values that are empty take no longer than others, however many there are', () => {
    const started = performance.now()
    expect(plain(`a:\n${'- \n'.repeat(300_000)}`)).toMatchObject({ a: { length: 300_000 } })
    expect(performance.now() - started).toBeLessThan(10_000)
  })
  test('a text above 16 MB is refused', () => {
    expect(problem(`a: ${'x'.repeat(16 * 1024 * 1024)}`)).toMatch(/larger than 16 MB/)
  })
})

describe('for any text', () => {
  const fragments = fc.array(
    fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '-',
      '- ',
      '  ',
      '\t',
      '[',
      ']',
      '{',
      '}',
      ',',
      '"',
      "'",
      '&x ',
      '*x',
      '<<: ',
      '!vault ',
      '|',
      '>',
      '#',
      '010',
      '? ',
      '---\n',
      '%',
    ),
    { maxLength: 30 },
  )
  test('reading gives a value or an InputError, never anything else', () => {
    fc.assert(
      fc.property(fragments, parts => {
        try {
          toPlain(parseYaml(parts.join(''), 'f'))
        } catch (error) {
          expect(error).toBeInstanceOf(InputError)
        }
      }),
      { numRuns: 3000 },
    )
  })
  test('JSON goes in and comes out the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), value => {
        const text = JSON.stringify(value)
        fc.pre(!/[\u0080-\u009f]|\d{16}|-0\b|\\u0000/.test(text) && !text.includes('"__proto__"'))
        expect(plain(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 500 },
    )
  })
})
