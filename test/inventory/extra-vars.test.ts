import fc from 'fast-check'
import { join } from 'node:path'
import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { removeScratch, scratch } from './scratch.js'

afterAll(removeScratch)

const parse = async (...values: string[]) =>
  Object.fromEntries([...(await parseExtraVars(values))].map(([name, { value }]) => [name, value]))

test.each([
  ['a=1 b=two', { a: '1', b: 'two' }],
  ['a="two words" b=\'x y\'', { a: 'two words', b: 'x y' }],
  ['a=b=c', { a: 'b=c' }],
  ['a=', { a: '' }],
  ['a=True', { a: 'True' }],
  ['a=x\\ny', { a: 'x\ny' }],
  ['a={{ x y }} b=1', { a: '{{ x y }}', b: '1' }],
  ['a="x" "y"=1', { a: 'x', '"y"': '1' }],
  ['{"k": 1, "l": [true]}', { k: 1, l: [true] }],
  ['{k: yes, v: 1.10}', { k: true, v: 1.1 }],
  ['', {}],
])('-e %j', async (text, variables) => {
  expect(JSON.parse(JSON.stringify(await parse(text)))).toEqual(variables)
})

test('of several the later one wins, and a file is typed and knows its place', async () => {
  const file = join(scratch({ 'v.yml': '# c\na: 5\nb: no\n' }), 'v.yml')
  expect(await parse('a=1', `@${file}`, 'b=2')).toEqual({ a: 5, b: '2' })
  expect((await parseExtraVars([`@${file}`])).get('a')!.origin).toEqual({ file, line: 2, column: 4 })
  expect((await parseExtraVars(['a=1'])).get('a')!.origin).toEqual({ file: '--extra-vars', line: 0, column: 0 })
})

test.each([
  ['./vars.yml', "Please prepend extra_vars filename './vars.yml' with '@'"],
  ['/etc/vars.yml', "with '@'"],
  ['@/nowhere.yml', '/nowhere.yml: there is no such file'],
  ['nope', 'key=value is expected'],
  ['a="x', 'a quote " is never closed'],
  ['a={{ x', 'a template block without its }}'],
  ['[1]', '--extra-vars:1:1: a mapping of variables is expected, this is a list'],
  ['{"a": 1', '--extra-vars:1:8: unexpected end of the stream'],
])('-e %s is refused', async (text, message) => {
  await expect(parseExtraVars([text])).rejects.toThrow(message)
})

test('a value in quotes comes back whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async value => {
      fc.pre(!/["'\\]/.test(value) && value === value.trim() && value !== '' && !/\{[{%#]/.test(value))
      expect(await parse(`a="${value}"`)).toEqual({ a: value })
    }),
  )
})
