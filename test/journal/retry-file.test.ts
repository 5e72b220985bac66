import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepRetryFile } from '../../src/journal/retry-file.js'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'netplay-retry-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const ends = { n1: 'done', n2: 'failed', n3: 'unreachable', n4: 'stopped', n5: 'unknown', n6: 'refused' } as const
const keep = (env: NodeJS.ProcessEnv = {}, of: Parameters<typeof keepRetryFile>[0]['ends'] = ends) =>
  keepRetryFile({ run: 'r1', folder, playbook: join(folder, 'play/site.yml'), ends: of }, env)

test('every host that is not done is in the file, a line each, beside the journal', () => {
  expect(keep()).toBe(join(folder, 'r1.retry'))
  expect(readFileSync(join(folder, 'r1.retry'), 'utf8')).toBe('n2\nn3\nn4\nn5\nn6\n')
  expect(statSync(join(folder, 'r1.retry')).mode & 0o777).toBe(0o600)
})

test('where every host is done there is no file', () => {
  expect(keep({}, { n1: 'done' })).toBeUndefined()
  expect(existsSync(join(folder, 'r1.retry'))).toBe(false)
})

test('ANSIBLE_RETRY_FILES_ENABLED names it as Ansible does, in the folder that is asked for', () => {
  const env = { ANSIBLE_RETRY_FILES_ENABLED: 'True', ANSIBLE_RETRY_FILES_SAVE_PATH: folder }
  expect(keep(env)).toBe(join(folder, 'site.retry'))
  expect(keep({ ...env, ANSIBLE_RETRY_FILES_ENABLED: 'no' })).toBe(join(folder, 'r1.retry'))
})

test('a folder of the playbook that cannot be written to is no loss: the file lies beside the journal', () => {
  expect(keep({ ANSIBLE_RETRY_FILES_ENABLED: '1' })).toBe(join(folder, 'r1.retry'))
})
