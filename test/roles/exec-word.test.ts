import { execWord } from '../../roles/exec-word.js'

test.each([
  ['plain-word=1', 'plain-word=1'],
  ['a b', '"a b"'],
  ['%h$HOME', '%%h$$HOME'],
  ['say "hi"', '"say \\"hi\\""'],
  ["it's; \\", '"it\'s; \\\\"'],
  ['two\nlines\r\t', '"two\\nlines\\r\\t"'],
])('%j is one word of a unit file, on one line', (word, written) => expect(execWord(word)).toBe(written))
