import { jest } from '@jest/globals'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../../lab/cli.js'

const before = process.env.NETPLAY_LAB_DIR
const written = { stdout: '', stderr: '' }

beforeEach(async () => {
  process.env.NETPLAY_LAB_DIR = await mkdtemp(join(tmpdir(), 'lab-'))
  for (const name of ['stdout', 'stderr'] as const) {
    written[name] = ''
    jest.spyOn(process[name], 'write').mockImplementation(chunk => Boolean((written[name] += String(chunk))))
  }
})
afterEach(() => {
  jest.restoreAllMocks()
  if (before === undefined) delete process.env.NETPLAY_LAB_DIR
  else process.env.NETPLAY_LAB_DIR = before
})

test('help shows the subcommands with examples', async () => {
  expect(await main(['--help'])).toBe(0)
  for (const word of ['up', 'down', 'status', 'ssh', 'exec', 'ini', 'netplay lab up 4 --segments 2']) expect(written.stdout).toContain(word)
})

test('a lab that is not up is said, with how to boot it', async () => {
  expect(await main(['status', '--name', 'nowhere'])).toBe(1)
  expect(written.stderr).toBe('The lab "nowhere" is not up\n  Next: Boot it: netplay lab up 3 --name nowhere\n')
})

test('a number that is none is refused before anything is made', async () => {
  expect(await main(['up', 'three'])).toBe(1)
  expect(written.stderr).toContain('"three" is no number of hosts')
})

test('an unknown subcommand and an unknown user are refused', async () => {
  expect(await main(['fly'])).toBe(1)
  expect(written.stderr).toContain("unknown command 'fly'")
  expect(await main(['ini', '--user', 'bob'])).toBe(1)
  expect(written.stderr).toContain('The users are root, ops, auto, pass.')
})
