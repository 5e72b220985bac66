import { jest } from '@jest/globals'
import { Command } from 'commander'
import { withRunOptions } from '../../src/cli/options.js'

const parsed = (...words: string[]) =>
  withRunOptions(new Command('play').exitOverride()).parse(words, { from: 'user' }).opts<Record<string, unknown>>()

test.each([
  [['--step'], 'netplay plan PLAYBOOK --out FILE'],
  [['--start-at-task', 'Write it'], 'what is as wanted is left alone'],
  [['-M', 'library'], 'roles/NAME/role.ts'],
  [['--scp-extra-args=-O'], 'through the shell'],
])('%j is refused with what netplay has instead', (words, next) => {
  const parse = () => parsed(...words)
  expect(parse).toThrow(/^netplay has no --/)
  try {
    parse()
  } catch (error) {
    expect((error as { next: string }).next).toContain(next)
  }
})

test.each([['--flush-cache'], ['--force-handlers']])('%s is taken, and told to do nothing', flag => {
  const told = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
  parsed(flag)
  expect(told).toHaveBeenCalledWith(expect.stringContaining(`WARNING ${flag} does nothing: `))
  told.mockRestore()
})

test('--inventory-file is -i', () => {
  expect(parsed('--inventory-file', 'a', '-i', 'b')).toMatchObject({ inventory: ['a', 'b'] })
})
