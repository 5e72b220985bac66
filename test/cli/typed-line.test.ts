import { jest } from '@jest/globals'
import { PassThrough } from 'node:stream'
import { Secret } from '../../src/secret.js'

let canceled = false
const actual = await import('read')
jest.unstable_mockModule('read', () => ({
  read: async (options: Parameters<typeof actual.read>[0]) => {
    if (canceled) throw new Error('canceled')
    return actual.read({ ...options, output: new PassThrough() })
  },
}))
const { typedLine } = await import('../../src/cli/typed-line.js')
const { told } = await import('../../src/cli/told.js')
const { ask } = await import('../../src/cli/passwords.js')

const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!
const inputOf = (text: string) => new PassThrough().end(text) as unknown as NodeJS.ReadStream
afterEach(() => {
  canceled = false
  Object.defineProperty(process, 'stdin', stdin)
})

test.each([
  ['s3cret\n', 's3cret'],
  ['\n', ''],
  ['no line end', 'no line end'],
])('%j is the line %j', async (text, line) => {
  expect(await typedLine('PIN: ', true, inputOf(text))).toBe(line)
})

test('an input that ends without a line is told', async () => {
  await expect(typedLine('PIN: ', true, inputOf(''))).rejects.toMatchObject({ code: 'INPUT', problem: 'nothing was typed at "PIN"' })
})

test('so is one that has ended before', async () => {
  const input = inputOf('one\n')
  expect(await typedLine('PIN: ', true, input)).toBe('one')
  await expect(typedLine('PIN: ', true, input)).rejects.toMatchObject({ problem: 'nothing was typed at "PIN"' })
})

test('passwords are read that way', async () => {
  Object.defineProperty(process, 'stdin', { value: inputOf('one\n'), configurable: true })
  expect((await ask('SSH password: ')) instanceof Secret).toBe(true)
  await expect(ask('BECOME password: ')).rejects.toMatchObject({ problem: 'nothing was typed at "BECOME password"' })
})

test('Ctrl-C at a prompt is no bug: the run is interrupted', async () => {
  canceled = true
  const error: unknown = await typedLine('PIN: ', true, inputOf('')).catch((thrown: unknown) => thrown)
  const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
  expect(told(error, [])).toBe(99)
  expect(said.mock.calls.join('')).toBe('ERROR interrupted at "PIN"\n  Next: Run again when you have the answer; nothing was changed.\n')
  said.mockRestore()
})
