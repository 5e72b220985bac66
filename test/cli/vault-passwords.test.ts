import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openVaultOf, vaultPasswords } from '../../src/cli/vault-passwords.js'
import type { VaultOptions } from '../../src/cli/vault-options.js'
import { loadSettings } from '../../src/settings/settings.js'
import { vaulted, vaultPassword } from '../support/vaulted.js'

let dir: string
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'netplay-passwords-'))))
afterAll(() => rmSync(dir, { recursive: true }))
function made(name: string, text: string | Buffer, mode = 0o600): string {
  writeFileSync(join(dir, name), text)
  chmodSync(join(dir, name), mode)
  return join(dir, name)
}
/** As the command line has them with these variables. */
const withSettings = async (options: VaultOptions, env: NodeJS.ProcessEnv) => ({
  ...options,
  settings: await loadSettings({ cwd: dir, env: { HOME: dir, ...env }, systemFile: '/nonexistent' }),
})
const passwords = async (options: VaultOptions, env: NodeJS.ProcessEnv = {}) =>
  (await vaultPasswords(await withSettings(options, env))).map(({ label, bytes }) => [label, bytes.toString('latin1')])

test.each<[string, string, string | Buffer, number, string]>([
  ['a file, without blanks around it', 'plain', ' \t geheim wort \r\n\n', 0o600, 'geheim wort'],
  ['a file of bytes that are no text', 'bytes', Buffer.from([0xff, 0x00, 0xfe, 0x0a]), 0o600, '\xff\0\xfe'],
  ['a script, with its blanks but without line ends', 'script.sh', '#!/bin/sh\nprintf "\\n geheim \\r\\n"\n', 0o700, ' geheim '],
  ['a client script, which is told the label', 'keyring-client.sh', '#!/bin/sh\necho "$# $1 $2"\n', 0o700, '2 --vault-id dev'],
  ['a script that is no client, which is told nothing', 'client-keyring.sh', '#!/bin/sh\necho "$#"\n', 0o700, '0'],
])('a password comes from %s', async (_, name, text, mode, password) => {
  expect(await passwords({ vaultId: [`dev@${made(name, text, mode)}`] })).toEqual([['dev', password]])
})

test('a password file may itself be encrypted with a password given before it', async () => {
  const vaultId = [made('first', vaultPassword), `inner@${made('second', vaulted('geheim\n'))}`]
  expect(await passwords({ vaultId })).toEqual([
    ['default', vaultPassword],
    ['inner', 'geheim'],
  ])
})

test('the order is that of Ansible: the list of the environment, --vault-id, --vault-password-file, the file of the environment', async () => {
  const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(name => made(name, name))
  const options = { vaultPasswordFile: [c!], vaultId: [`x@${b!}`] }
  const env = { ANSIBLE_VAULT_IDENTITY_LIST: `l@${a!}, ${e!}`, ANSIBLE_VAULT_PASSWORD_FILE: d! }
  expect(await passwords(options, env)).toEqual([
    ['l', 'a'],
    ['default', 'e'],
    ['x', 'b'],
    ['default', 'c'],
    ['default', 'd'],
  ])
})

test('without any nothing is asked, and nothing can be opened', async () => {
  expect(await passwords({})).toEqual([])
  const open = await openVaultOf({})
  expect(() => open(vaulted('x'), { file: 'f', line: 1, column: 1 })).toThrow(
    'f:1:1: this is encrypted with ansible-vault, and no vault password was given',
  )
})

test('with ANSIBLE_VAULT_ID_MATCH only the password with the label is tried', async () => {
  const options = { vaultId: [`dev@${made('pw', vaultPassword)}`] }
  const place = { file: 'f', line: 1, column: 1 }
  expect((await openVaultOf(options))(vaulted('x', 'prod'), place).toString()).toBe('x')
  const strict = await openVaultOf(await withSettings(options, { ANSIBLE_VAULT_ID_MATCH: 'true' }))
  expect(strict(vaulted('x', 'dev'), place).toString()).toBe('x')
  expect(() => strict(vaulted('x', 'prod'), place)).toThrow('no vault password with its label was given, labelled "prod"')
})

test.each<[string, () => VaultOptions, string]>([
  ['a file that is missing', () => ({ vaultId: [join(dir, 'none')] }), 'none: ENOENT'],
  ['a folder', () => ({ vaultPasswordFile: [dir] }), 'is a folder'],
  ['an empty file', () => ({ vaultId: [made('empty', '\n')] }), 'gives an empty password'],
  ['a script that fails', () => ({ vaultId: [made('fails', '#!/bin/sh\necho geheim; exit 3\n', 0o700)] }), 'fails ended with status 3'],
  [
    'a client that does not know the label',
    () => ({ vaultId: [`dev@${made('x-client', '#!/bin/sh\nexit 2\n', 0o700)}`] }),
    'has no password for dev',
  ],
  ['a password that is executable', () => ({ vaultId: [made('exec', Buffer.from([1, 2, 3]), 0o700)] }), 'exec'],
  ['a label with a semicolon', () => ({ vaultId: ['a;b@x'] }), 'a label has no ";"'],
  ['a label with an umlaut', () => ({ vaultId: ['ä@x'] }), 'a label is plain ASCII'],
  ['a label alone', () => ({ vaultId: ['dev@'] }), '--vault-id dev@ does not say where the password is'],
])('%s is told, without what it said', async (_, options, message) => {
  const error = await vaultPasswords(options()).then(
    () => undefined,
    (caught: unknown) => caught as Error,
  )
  expect(error?.message).toContain(message)
  expect(error?.message).not.toContain('geheim')
})
