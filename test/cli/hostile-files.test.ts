import { execFileSync } from 'node:child_process'
import { copyFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { askPasswords } from '../../src/cli/passwords.js'
import { readWhole } from '../../src/cli/vault-files.js'
import { passwordFrom } from '../../src/cli/vault-source.js'
import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { limitPatterns } from '../../src/inventory/limit.js'
import { loadInventory } from '../../src/inventory/load.js'
import { readPlaybookFile } from '../../src/playbook/read-file.js'
import { loadPlan } from '../../src/plan/save.js'
import { resolveSources } from '../../src/plan/sources.js'
import { loadSettings } from '../../src/settings/settings.js'
import { loadIdentity } from '../../src/transport/identity.js'
import { LocalFiles } from '../../src/transport/local-files.js'
import { removeScratch, scratch } from '../inventory/scratch.js'

afterAll(removeScratch)

const megabyte = 1024 * 1024
const sshFiles = (path: string) => new LocalFiles().text(path)
const identity = async (path: string) => {
  const found = await loadIdentity(path, undefined, new LocalFiles())
  throw new Error('unusable' in found ? found.unusable : 'it is used')
}
const asked = (path: string) => askPasswords({ askPass: false, askBecomePass: false, connectionPasswordFile: path })

/** Each way in with what it says of a file without end, and of a pipe or a folder in its place. */
const waysIn: [string, (path: string) => unknown, { endless: string; folder: string }][] = [
  ['a playbook', path => readPlaybookFile(path, []), { endless: 'larger than 16 MB', folder: 'this is a directory' }],
  ['an inventory', path => loadInventory([path]), { endless: 'larger than 16 MB', folder: 'nothing in this folder' }],
  ['-e @FILE', path => parseExtraVars([`@${path}`]), { endless: 'larger than 16 MB', folder: 'this is a directory' }],
  [
    'ansible.cfg',
    path => loadSettings({ env: { ANSIBLE_CONFIG: path }, systemFile: '/none' }),
    { endless: 'larger than 16 MB', folder: 'this is a directory' },
  ],
  ['--limit @FILE', path => limitPatterns(`@${path}`), { endless: 'must be a file, not a pipe or a device', folder: 'not a directory' }],
  ['a saved plan', loadPlan, { endless: 'larger than 256 MB', folder: 'EISDIR' }],
  ['a file of vault', readWhole, { endless: 'larger than 256 MB', folder: 'EISDIR' }],
  ['a vault password file', path => passwordFrom(path, 'default', []), { endless: 'larger than 16 MB', folder: 'is a folder' }],
  ['a password file', asked, { endless: 'larger than 16 MB', folder: 'EISDIR' }],
  ['ssh_config and known_hosts', sshFiles, { endless: 'larger than 64 MB', folder: 'this is a directory' }],
  ['a private key', identity, { endless: 'larger than 16 MB', folder: 'EISDIR' }],
  [
    'a source of a role',
    path => resolveSources([{ type: 'path', path }], { dir: '/', salt: '' }),
    { endless: 'it is no file but a pipe or a device', folder: 'it is no file but a directory' },
  ],
]

const toldBy = async (read: (path: string) => unknown, path: string): Promise<string> => {
  try {
    await read(path)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('nothing was refused')
}

describe('a file without end is refused, and memory stays bounded', () => {
  test.each(waysIn)('%s', async (_, read, { endless }) => {
    const path = join(scratch({}), 'endless.cfg')
    symlinkSync('/dev/zero', path)
    const before = process.memoryUsage().rss
    const told = await toldBy(read, path)
    expect(told).toContain(endless)
    expect(told).toContain(read === identity ? '' : path)
    expect(process.memoryUsage().rss - before).toBeLessThan(800 * megabyte)
  })
})

describe('a folder in place of a file is told', () => {
  test.each(waysIn)('%s', async (_, read, { folder }) => {
    const told = await toldBy(read, scratch({ 'ansible.cfg/x': '' }))
    expect(told).toContain(folder)
  })
})

test('a limit and a source are no pipes: nothing waits for one', async () => {
  const path = join(scratch({}), 'pipe')
  execFileSync('mkfifo', [path])
  expect(await toldBy(limitPatternsOf, path)).toContain('not a pipe')
  await expect(resolveSources([{ type: 'path', path }], { dir: '/', salt: '' })).rejects.toThrow('it is no file but a pipe')
})
const limitPatternsOf = (path: string) => limitPatterns(`@${path}`)

test('a vault password script that prints without end is ended', async () => {
  const path = join(scratch({}), 'script')
  copyFileSync('/usr/bin/yes', path)
  await expect(passwordFrom(path, 'default', [])).rejects.toThrow('prints more than 1 MB')
})
