import { jest } from '@jest/globals'
import { main } from '../../lab/cli.js'
import { checkRoot } from '../../lab/needs.js'

const platform = Object.getOwnPropertyDescriptor(process, 'platform')!
afterEach(() => {
  jest.restoreAllMocks()
  Object.defineProperty(process, 'platform', platform)
})

test('on another system the lab says what it needs', () => {
  Object.defineProperty(process, 'platform', { value: 'darwin' })
  expect(checkRoot).toThrow('The lab boots Linux hosts in namespaces; this is darwin')
})

test.each([
  ['up', '3'],
  ['down'],
  ['status'],
  ['ini'],
  ['vars'],
  ['ssh', 'n1'],
  ['exec', '--', 'true'],
  ['etcd'],
  ['parts'],
  ['pod'],
  ['ping'],
])('`netplay lab %s` without root says so, and does nothing', async (...words) => {
  jest.spyOn(process, 'getuid').mockReturnValue(1000)
  const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
  expect(await main(words)).toBe(1)
  expect(said.mock.calls.flat().join('')).toContain(
    'The lab makes namespaces and mounts: it has to be root\n  Next: Run the same command with sudo.',
  )
})
