import { parameterPosition } from '../../src/playbook/parameter-position.js'

/** `@` marks where the call stands, `^` where the parameter is to be found; without `^` it is not. */
function marked(text: string) {
  const plain = text.replace(/[@^]/g, '')
  const place = (mark: string) => {
    const before = text.slice(0, text.indexOf(mark)).replace(/[@^]/g, '').split('\n')
    return text.includes(mark) ? { line: before.length, column: before.at(-1)!.length + 1 } : undefined
  }
  return { plain, call: place('@')!, found: place('^') }
}

test.each([
  ['mode', "@file('Write it', { path: '/x', ^mode: '0644' })"],
  ['mode', "[\n  @file('Write it', {\n    path: '/x',\n    ^mode: '0644',\n  }),\n]"],
  ['mode', "@file('x', { content: 'mode: {', ^mode: 1 })"],
  ['mode', "@file('x', { content: `mode: ${ f({ mode: `}` }) } {`, ^mode: 1 })"],
  ['mode', "@file('x', { /* mode: 2, { */ path: 'a', // mode: 3 {\n ^mode: 1 })"],
  ['mode', '@file(title("x", { mode: 1 }), { inner: { mode: 1 }, ^"mode": 2 })'],
  ['mode', "@file('x', { path: base.replace(/[{/]/g, ''), size: a / b, ^mode: c / d })"],
  ['mode', "@file('x', { ^mode })"],
  ['mode', "@file('x', { mode: 1, ...rest, ^mode: 2 })"],
  ['mode', "@file('x', { mkdir: () => { return { mode: 1 } }, ^mode: 2 })"],
  ['inputs.1.paht', "@systemdUnit('x', { inputs: ['a', { ^paht: 'x' }] })"],
  ['inputs.1', "@systemdUnit('x', { inputs: ['a', ^7] })"],
  ['inputs.1.paht', "@systemdUnit('x', { ^inputs: makeInputs({ paht: 1 }) })"],
  ['mode', "@file('x', parameters)"],
  ['mode', "@file('x', { ...rest })"],
  ['mode', "@file('x'"],
  ['mode', 'const @file = { mode: 1 }'],
])('%s in %s', (path, text) => {
  const { plain, call, found } = marked(text)
  expect(parameterPosition(plain, call, path.split('.'))).toEqual(found)
})

test('a position outside the text is not found', () => {
  expect(parameterPosition('file()', { line: 3, column: 1 }, ['mode'])).toBeUndefined()
  expect(parameterPosition('', { line: 1, column: 1 }, ['mode'])).toBeUndefined()
})
