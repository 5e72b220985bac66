import fc from 'fast-check'
import { splitHostLine } from '../../src/inventory/host-line.js'

const texts = (line: string) => {
  const words = splitHostLine(line)
  return Array.isArray(words) ? words.map(word => word.text) : words
}

test.each([
  ['a  b\tc', ['a', 'b', 'c']],
  ["h k='two  words' j=x", ['h', 'k=two  words', 'j=x']],
  ['k="a\\"b\\\\c\\d"', ['k=a"b\\c\\d']],
  ["k='a\\b'", ['k=a\\b']],
  ['a\\ b\\#c', ['a b#c']],
  ['r=a#b c', ['r=a']],
  ['r="a#b" # c', ['r=a#b']],
  ["a''b ''", ['ab', '']],
  ['k="a"\'b\'c', ['k=abc']],
  ['', []],
  ['  # x', []],
  ['k="{\'a\':1}"', ["k={'a':1}"]],
])('%j is split as shlex splits it', (line, words) => {
  expect(texts(line)).toEqual(words)
})

test.each([
  ['h k="x', 'this quote is never closed', 4],
  ["h 'x\\'y'z", 'this quote is never closed', 7],
  ['h x\\', 'nothing follows the backslash', 3],
])('%j is unfinished', (line, problem, offset) => {
  expect(splitHostLine(line)).toEqual({ problem, offset })
})

test('a word knows where it starts and where its value starts', () => {
  expect(splitHostLine('h1  k="a b" x')).toEqual([
    { text: 'h1', start: 0 },
    { text: 'k=a b', start: 4, equals: { index: 1, valueStart: 6 } },
    { text: 'x', start: 12 },
  ])
})

test('whatever words are quoted come back as they were', () => {
  const quoted = (word: string) => `'${word.replaceAll("'", `'"'"'`)}'`
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), words => {
      expect(texts(words.map(quoted).join(' '))).toEqual(words)
    }),
  )
})

test('any line gives words within the line, or a place within it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '=', '#', ' ', "'", '"', '\\', 'é'), { maxLength: 20 }).map(parts => parts.join('')),
      line => {
        const words = splitHostLine(line)
        if (!Array.isArray(words)) return words.offset < line.length
        return words.every(
          ({ text, start, equals }) =>
            start < line.length && (!equals || (text[equals.index] === '=' && line[equals.valueStart - 1] === '=')),
        )
      },
    ),
    { numRuns: 2000 },
  )
})
