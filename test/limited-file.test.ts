import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readLimited } from '../src/limited-file.js'

const folder = mkdtempSync(join(tmpdir(), 'netplay-limited-'))
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
function pipe(): string {
  const path = join(folder, `pipe-${count++}`)
  execFileSync('mkfifo', [path])
  return path
}

test('a device that never ends is left as soon as there is more than can be wanted', async () => {
  const before = process.memoryUsage().rss
  await expect(readLimited('/dev/zero', { mostBytes: 4 * 1024 * 1024 })).rejects.toThrow('the file is larger than 4 MB')
  expect(process.memoryUsage().rss - before).toBeLessThan(100e6)
})

test('a pipe is read to its end, however slowly it is filled', async () => {
  const path = pipe()
  const reading = readLimited(path)
  const writer = spawn('sh', ['-c', 'exec >"$0"; echo a; sleep 0.3; echo b', path])
  expect((await reading).toString()).toBe('a\nb\n')
  if (writer.exitCode === null) await once(writer, 'exit')
})

test('a pipe that nobody writes to is not waited for without end', async () => {
  await expect(readLimited(pipe(), { pipeMs: 200 })).rejects.toThrow('whoever writes to it has not ended within 0.2 s')
})

test.each([
  ['says nothing', 'exec sleep 60 >"$0"'],
  ['says a word now and then', 'exec >"$0"; while echo a; do sleep 0.05; done'],
])('a pipe whose writer %s is not waited for without end', async (_, script) => {
  const path = pipe()
  const writer = spawn('sh', ['-c', script, path], { stdio: ['ignore', 'ignore', 'ignore'] })
  await expect(readLimited(path, { pipeMs: 500 })).rejects.toThrow('whoever writes to it has not ended within 0.5 s')
  writer.kill('SIGKILL')
})

test.each([
  ['nobody writes to', undefined],
  ['somebody holds open', 'exec sleep 60 >"$0"'],
])(
  'a process that waits for a pipe that %s can be ended',
  async (_, script) => {
    const path = pipe()
    const program = join(folder, 'wait.ts')
    await writeFile(
      program,
      `import { readLimited } from '${join(import.meta.dirname, '../src/limited-file.ts')}'
process.on('SIGINT', () => process.exit(99))
void readLimited(process.argv[2]!)
console.log('waits')`,
    )
    const writer = script === undefined ? undefined : spawn('sh', ['-c', script, path], { stdio: 'ignore' })
    const waiting = spawn(process.execPath, ['--import', 'tsx', program, path], { cwd: join(import.meta.dirname, '..') })
    try {
      await once(waiting.stdout, 'data')
      await sleep(300)
      waiting.kill('SIGINT')
      expect(await Promise.race([once(waiting, 'exit'), sleep(5000, 'still there', { ref: false })])).toEqual([99, null])
    } finally {
      waiting.kill('SIGKILL')
      writer?.kill('SIGKILL')
    }
  },
  30_000,
)
