import fc from 'fast-check'
import { parsePythonLiteral, UnhashableLiteral } from '../../src/inventory/python-literal.js'
import { jsonText } from '../../src/inventory/python-text.js'
import { toPlain } from '../../src/yaml.js'

const origin = { file: 'f', line: 1, column: 1 }
const plain = (text: string) => {
  const node = parsePythonLiteral(text, origin)
  return node ? (JSON.parse(JSON.stringify(toPlain(node))) as unknown) : undefined
}

test.each([
  ['23', 23],
  [' -2 ', -2],
  ['- 2', -2],
  ['-(1)', -1],
  ['+.5', 0.5],
  ['5.', 5],
  ['1_0.0_1e1', 100.1],
  ['0777.5', 777.5],
  ['00', 0],
  ['0x_fF', 255],
  ['0o17', 15],
  ['0B11', 3],
  ['True', true],
  ['None', null],
  ['...', '...'],
  ['\'a\' "b"', 'ab'],
  ["'''it's'''", "it's"],
  ["'\\x41\\u00e9\\101\\q\\\\'", 'AéA\\q\\'],
  ["r'\\n'", '\\n'],
  ["b'\\xc3\\xa9'", 'é'],
  ['()', []],
  ['(1)', 1],
  ['(1,)', [1]],
  ['1,', [1]],
  ["1, 'a', [True,]", [1, 'a', [true]]],
  ['{1: 2, "k": {}}', { '1': 2, k: {} }],
  ['{True: 1, None: 2, 1.0: 3}', { True: 1, None: 2, '1.0': 3 }],
  ['{3, 3, 4}', [3, 4]],
  ['set()', []],
  ['5 # five', 5],
  ['12345678901234567890', '12345678901234567890'],
])('%s is a literal', (text, value) => {
  // JSON writes the keys True and None in its own way; the recordings of ansible-inventory pin that.
  const expected = JSON.parse(JSON.stringify(value).replace('"True"', '"true"').replace('"None"', '"null"')) as unknown
  expect(plain(text)).toEqual(expected)
})

test.each(
  [
    '',
    'foo',
    'true',
    'yes',
    '010',
    '1__0',
    '1_',
    'inf',
    '1+2',
    '1j',
    '--1',
    "-'a'",
    '-True',
    '-(-1)',
    '1 2',
    '10.0.0.1',
    '1.2.3',
    '[1,,]',
    '[,]',
    '{,}',
  ].concat([
    '{1: 2, 3}',
    '{{ x }}',
    "f'x'",
    "'a' b'b'",
    "'unclosed",
    "'\\x4'",
    "'\\N{DASH}'",
    'True1',
    '0x',
    '0b2',
    '08',
    '# c',
    '(',
    '[1',
    '{**a}',
    '*a',
    '5 \\',
  ]),
)('%s stays text', text => {
  expect(parsePythonLiteral(text, origin)).toBeUndefined()
})

test.each(['{[1]: 2}', '{{}: 1}', '{[1]}', '{(1, 2): 3}'])('%s is refused, because Python or its JSON cannot hold it', text => {
  expect(() => parsePythonLiteral(text, origin)).toThrow(UnhashableLiteral)
})

test('brackets a thousand deep stay text', () => {
  expect(parsePythonLiteral('['.repeat(1000) + ']'.repeat(1000), origin)).toBeUndefined()
  expect(parsePythonLiteral('-('.repeat(5000), origin)).toBeUndefined()
})

test('a float prints as Python prints it', () => {
  const printed = (text: string) => jsonText({ value: 0, origin, node: parsePythonLiteral(text, origin)! }, 0)
  expect(['1.0', '1e16', '1e15', '1e-7', '0.0001', '-0.0', '1e999', '-1.5e300', '1.1'].map(printed)).toEqual([
    '1.0',
    '1e+16',
    '1000000000000000.0',
    '1e-07',
    '0.0001',
    '-0.0',
    'Infinity',
    '-1.5e+300',
    '1.1',
  ])
})

test('a literal written by Python conventions comes back', () => {
  const write = (value: unknown): string => {
    if (value === null) return 'None'
    if (typeof value === 'boolean') return value ? 'True' : 'False'
    if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`
    if (typeof value === 'object')
      return `{${Object.entries(value)
        .map(([key, inner]) => `${write(key)}: ${write(inner)}`)
        .join(', ')}}`
    return JSON.stringify(value).replace(/[^\x20-\x7e]/g, escapeOf)
  }
  const escapeOf = (character: string) => `\\U${character.codePointAt(0)!.toString(16).padStart(8, '0')}`
  const value = fc.letrec<{ value: unknown }>(tie => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, false),
      fc.integer(),
      fc.string({ unit: 'binary-ascii' }),
      fc.array(tie('value')),
      fc.dictionary(
        fc.string({ unit: 'grapheme-ascii' }).map(key => `k${key}`),
        tie('value'),
      ),
    ),
  })).value
  fc.assert(fc.property(value, data => expect(plain(write(data))).toEqual(JSON.parse(JSON.stringify(data)))))
})

test('any text is a literal, text, or refused as unhashable', () => {
  const parts = fc.constantFrom(
    '1',
    '.',
    'e',
    '-',
    "'",
    '"',
    '[',
    ']',
    '{',
    '}',
    '(',
    ')',
    ',',
    ':',
    ' ',
    '\\',
    'x',
    'b',
    'True',
    '#',
    '_',
    '0',
  )
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 15 }), words => {
      try {
        parsePythonLiteral(words.join(''), origin)
      } catch (error) {
        expect(error).toBeInstanceOf(UnhashableLiteral)
      }
    }),
    { numRuns: 3000 },
  )
})
