import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepRetryFile } from '../../src/journal/retry-file.js'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'netplay-retry-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const ends = { n1: 'done', n2: 'failed', n3: 'unreachable', n4: 'stopped', n5: 'unknown', n6: 'refused' } as const
const keep = (wanted?: { folder?: string }, of: Parameters<typeof keepRetryFile>[0]['ends'] = ends) =>
  keepRetryFile({ run: 'r1', folder, playbook: join(folder, 'play/site.yml'), ends: of, wanted })

test('every host that is not done is in the file, a line each, beside the journal', () => {
  expect(keep()).toBe(join(folder, 'r1.retry'))
  expect(readFileSync(join(folder, 'r1.retry'), 'utf8')).toBe('n2\nn3\nn4\nn5\nn6\n')
  expect(statSync(join(folder, 'r1.retry')).mode & 0o777).toBe(0o600)
})

test('where every host is done there is no file', () => {
  expect(keep(undefined, { n1: 'done' })).toBeUndefined()
  expect(existsSync(join(folder, 'r1.retry'))).toBe(false)
})

test('where retry files are wanted it is named as Ansible names it, in the folder that is asked for', () => {
  expect(keep({ folder })).toBe(join(folder, 'site.retry'))
})

test('a folder of the playbook that cannot be written to is no loss: the file lies beside the journal', () => {
  expect(keep({})).toBe(join(folder, 'r1.retry'))
})
