import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseProcessRecord, recordedPid, writeOwnRecord } from '../../lab/process-record.js'

const boot = '11111111-2222-3333-4444-555555555555'

test('the start time is read right behind a name with blanks and parentheses', () => {
  const stat = `4711 (a) b (c) S 1 4711 4711 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 99\n${boot}\n`
  expect(parseProcessRecord(stat)).toEqual({ pid: 4711, startTime: '987654', bootId: boot })
})

test('half a record is none', () => {
  expect(parseProcessRecord('4711 (sh) S 1 4711')).toBeUndefined()
  expect(parseProcessRecord('')).toBeUndefined()
})

test('a recorded process is found while it lives, and not when its number is another’s or it has ended', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'record-')), 'pid')
  const child = spawn('sh', ['-c', `record=$1; ${writeOwnRecord}; echo written; exec sleep 100`, 'sh', file])
  await once(child.stdout, 'data')
  expect(await recordedPid(file)).toBe(child.pid)

  const record = await readFile(file, 'utf8')
  const { startTime } = parseProcessRecord(record)!
  await writeFile(file, record.replace(` ${startTime} `, ` ${Number(startTime) - 1} `))
  expect(await recordedPid(file)).toBe(0)

  await writeFile(file, record)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await recordedPid(file)).toBe(0)
})
