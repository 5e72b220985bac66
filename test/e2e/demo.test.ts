import { jest } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { labDown, openLab } from '../../lab/lab.js'
import { stateFolder } from '../../lab/state.js'
import { packageRoot } from './story.js'

const name = 'e2e-demo'

// A first run on a machine builds an image and the parts.
jest.setTimeout(900_000)
afterAll(() => labDown(name), 60_000)

/** As on a terminal: npm, the demo and what it runs are one process group, and Ctrl-C reaches them all. */
async function demo(stopAt?: string): Promise<{ code: number | null; said: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' }
  const child = spawn('npm', ['run', '--silent', 'demo', '--', '--name', name], { cwd: packageRoot, env, detached: true })
  let said = ''
  const hear = (chunk: Buffer) => {
    const before = said
    said += chunk.toString()
    if (stopAt !== undefined && said.includes(stopAt) && !before.includes(stopAt)) process.kill(-child.pid!, 'SIGINT')
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said }
}

const isGone = async () => {
  await expect(openLab(name)).rejects.toThrow(`The lab "${name}" is not up`)
  expect(existsSync(join(stateFolder(), `demo-${name}`))).toBe(false)
}

test('the demo tells the whole story and leaves nothing', async () => {
  const { code, said } = await demo()
  expect({ code, said }).toMatchObject({ code: 0 })
  expect(said).not.toContain('MISSED')
  expect(said).toMatch(/Compared before and after: \d+ things .*; none differs\./)
  expect(said.match(/1450 bytes, not to be split: answered/g)).toHaveLength(6)
  expect(said).toContain('No changes. 3 hosts are as wanted.')
  expect(said).toMatch(/-healthz-port=10299$/m)
  await isGone()
})

test.each(['3 hosts up', 'PLAY 2 flannel  batch 1'])('stopped by Ctrl-C at "%s" it cleans up', async stopAt => {
  const { code, said } = await demo(stopAt)
  expect(said).toContain('Stopped.')
  expect(code).not.toBe(0)
  await isGone()
})
