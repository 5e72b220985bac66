import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labPaths, loadState, saveState, stateFolder, type LabState } from '../../lab/state.js'

const before = process.env.NETPLAY_LAB_DIR
beforeEach(async () => void (process.env.NETPLAY_LAB_DIR = await mkdtemp(join(tmpdir(), 'lab-'))))
afterEach(() => void (before === undefined ? delete process.env.NETPLAY_LAB_DIR : (process.env.NETPLAY_LAB_DIR = before)))

test('a state is read back as it was saved, and there is none before', async () => {
  const state: LabState = { name: 'x', segments: 1, hosts: [], complete: true }
  expect(await loadState('x')).toBeUndefined()
  await saveState(state)
  expect(await loadState('x')).toEqual(state)
})

test('everything of a lab is below its folder', () => {
  const { folder, key, knownHosts, host } = labPaths('x')
  for (const path of [key, knownHosts, ...Object.values(host('n1'))]) expect(path.startsWith(`${folder}/`)).toBe(true)
})

test.each(['/a,b', '/a:b', '/a b', '/a\\b'])('a folder that mount options cannot carry is refused: %s', path => {
  process.env.NETPLAY_LAB_DIR = path
  expect(() => stateFolder()).toThrow(/mount options cannot carry/)
})
