import fc from 'fast-check'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeSource, excerptOf, loadSource, SourceText } from '../src/source-text.js'

test('an offset is told as line and column, whatever ends the lines', () => {
  const source = new SourceText('f', 'ab\nc\r\nd\re')
  expect([0, 2, 3, 6, 8].map(offset => source.originAt(offset)).map(({ line, column }) => `${line}:${column}`)).toEqual([
    '1:1',
    '1:3',
    '2:1',
    '3:1',
    '4:1',
  ])
  expect([1, 2, 3, 4, 5].map(line => source.line(line))).toEqual(['ab', 'c', 'd', 'e', ''])
})

test('line and column lead back to the offset', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', '\n', '\r\n', '\t')), fc.nat(), (parts, at) => {
      const source = new SourceText('f', parts.join(''))
      const offset = at % (source.text.length + 1)
      const { line, column } = source.originAt(offset)
      expect(source.lineStarts[line - 1]! + column - 1).toBe(offset)
    }),
  )
})

test('an error carries the place, the line and a caret', () => {
  expect(new SourceText('f.ini', 'a\n\tb=c').error('wrong', 3).message).toBe('f.ini:2:2: wrong\n    →b=c\n     ^')
})

test.each([
  ['ansible_password=hunter2 x=1', 'ansible_password=***********'],
  ['  "api_token": "abc",', '  "api_token": ******'],
  ['PASS = a', 'PASS = *'],
  ['password:', 'password:'],
  ['port=22', 'port=22'],
])('the line %j is shown as %j', (line, shown) => {
  expect(excerptOf(line, 1)).toBe(shown)
})

test('an excerpt cannot drive the terminal, and a far column shows none', () => {
  expect(excerptOf('a\u001b[31m\u202eb', 1)).toBe('a·[31m·b')
  expect(excerptOf('x'.repeat(1000), 1)).toHaveLength(200)
  expect(excerptOf('x'.repeat(1000), 900)).toBeUndefined()
})

test('bytes that are not UTF-8 are refused with their place', () => {
  expect(() => decodeSource(Buffer.from('61620a63e9', 'hex'), 'f')).toThrow('f:2:2: the file is not UTF-8 text')
})

test('a comment may hold bytes of any encoding where comments are said to', () => {
  const source = decodeSource(Buffer.concat([Buffer.from('\ufeff'), Buffer.from('é\n#'), Buffer.from([0xe9]), Buffer.from('\nb')]), 'f', {
    comments: '#;',
  })
  expect([1, 2, 3].map(line => source.line(line))).toEqual(['é', '', 'b'])
})

test('control characters are refused, tabs and line ends are not', () => {
  expect(() => decodeSource(Buffer.from('a\tb\r\n\0'), 'f')).toThrow('f:2:1: the file holds a NUL byte')
  expect(() => decodeSource(Buffer.from('a\u009b'), 'f')).toThrow('the control character 0x9b')
})

test('a file that cannot be read is told by its path', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'netplay-source-'))
  const large = join(folder, 'large')
  writeFileSync(large, Buffer.alloc(16 * 1024 * 1024 + 1, 'a'))
  await expect(loadSource(join(folder, 'none'))).rejects.toThrow(/none: there is no such file/)
  await expect(loadSource(folder)).rejects.toThrow(/this is a directory/)
  await expect(loadSource(large)).rejects.toThrow(/larger than 16 MB/)
  rmSync(folder, { recursive: true })
})
