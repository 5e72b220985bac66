import { join } from 'node:path'
import { printInventory } from '../../src/cli/inventory.js'
import { connectionOf } from '../../src/inventory/connection.js'
import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { loadInventory } from '../../src/inventory/load.js'
import { openWith } from '../../src/vault/vault.js'
import type { OpenVault } from '../../src/vaulted.js'
import { inline, vaulted, vaultPassword } from '../support/vaulted.js'
import { refusal, removeScratch, scratch } from './scratch.js'

afterAll(removeScratch)

const openVault = openWith([{ label: 'default', bytes: Buffer.from(vaultPassword) }])
const load = (files: Record<string, string>, open: OpenVault | undefined = openVault) =>
  loadInventory([join(scratch({ 'hosts.yml': 'all: {hosts: {h: {}}}\n', ...files }), 'hosts.yml')], { openVault: open })
const passwordOf = async (files: Record<string, string>) => connectionOf((await load(files)).hosts.get('h')!).password

test.each<[string, Record<string, string>]>([
  ['an inventory in YAML', { 'hosts.yml': `all:\n  hosts:\n    h:\n${inline('ansible_password', 'geheim', '      ')}` }],
  ['group_vars', { 'group_vars/all.yml': inline('ansible_password', 'geheim') }],
  ['host_vars', { 'host_vars/h.yml': inline('ansible_password', 'geheim') }],
  ['a file that is encrypted as a whole', { 'group_vars/all/vault.yml': vaulted('ansible_password: geheim\n') }],
  ['one without an extension, with Windows line ends', { 'host_vars/h': vaulted('ansible_password: geheim\r\n').replaceAll('\n', '\r\n') }],
  ['a vault in a vault', { 'group_vars/all.yml': vaulted(inline('ansible_password', 'geheim')) }],
])('a password in %s is read, and prints as ***', async (_, files) => {
  const password = await passwordOf(files)
  expect(password?.reveal()).toBe('geheim')
  expect(String(password)).toBe('***')
})

test('a number in an encrypted file is a password as it is written', async () => {
  expect((await passwordOf({ 'group_vars/all.yml': vaulted('ansible_password: 0123456\n') }))?.reveal()).toBe('0123456')
})

test('values of -e @FILE and of -e {…} are read', async () => {
  const file = join(scratch({ 'v.yml': inline('a', 'one') }), 'v.yml')
  const vars = await parseExtraVars([`@${file}`, `{b: !vault ${JSON.stringify(vaulted('two'))}}`], undefined, openVault)
  expect(['a', 'b'].map(name => (vars.get(name)!.value as { reveal(): string }).reveal())).toEqual(['one', 'two'])
})

test('what nobody uses needs no password', async () => {
  const inventory = await load({ 'group_vars/all.yml': `${inline('other', 'geheim')}ansible_user: root\n` }, undefined)
  expect(connectionOf(inventory.hosts.get('h')!).user).toBe('root')
  expect(printInventory(inventory, { show: { list: true } })).toContain('"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\\n')
})

test('the password of sudo is opened only where sudo is used', async () => {
  const host = (become: string) =>
    load({ 'group_vars/all.yml': `${inline('ansible_become_password', 'x')}ansible_become: ${become}\n` }, openWith([]))
  expect(connectionOf((await host('false')).hosts.get('h')!).become.enabled).toBe(false)
  const used = (await host('true')).hosts.get('h')!
  expect(() => connectionOf(used)).toThrow(/all.yml:2:3: this is encrypted with ansible-vault, and no vault password was given/)
})

test('--list, --host and --graph print what is encrypted as it is, and values of an encrypted file as ***, which is told', async () => {
  const inventory = await load({
    'group_vars/all/a.yml': inline('ansible_password', 'one'),
    'group_vars/all/b.yml': vaulted('b: {c: [two, yes, 3]}\n'),
  })
  const warnings: string[] = []
  const print = (show: Parameters<typeof printInventory>[1]['show']) =>
    printInventory(inventory, { show, vars: true, warn: problem => void warnings.push(problem) })
  const host = JSON.parse(print({ host: 'h' })) as Record<string, unknown>
  expect(host).toEqual({
    ansible_password: { __ansible_vault: expect.stringMatching(/^\$ANSIBLE_VAULT;1.1;AES256\n/) as string },
    b: { c: ['***', true, '***'] },
  })
  expect(warnings[0]).toMatch(
    /b.yml is encrypted as a whole: its values are printed as \*\*\*, where ansible-inventory prints them in clear$/,
  )
  expect(print({ graph: 'all' })).toContain("{b = {'c': [***, True, ***]}}")
  expect(print({ graph: 'all' })).toContain('{ansible_password = ***}')
})

describe('what cannot be is told with its place', () => {
  const dir = { 'group_vars/all.yml': '' }
  const problem = (files: Record<string, string>, open = openVault) =>
    refusal(load({ ...dir, ...files }, open).then(inventory => connectionOf(inventory.hosts.get('h')!)))
  const other = openWith([
    { label: 'default', bytes: Buffer.from('x') },
    { label: 'prod', bytes: Buffer.from('y') },
  ])

  test.each<[string, string, string] | [string, string, string, OpenVault]>([
    [
      'a wrong password',
      inline('ansible_password', 'x'),
      'group_vars/all.yml:2:3: wrong vault password: none of those given (default, prod) opens it',
      other,
    ],
    [
      'a label',
      `ansible_password: !vault |\n  ${vaulted('x', 'dev').trimEnd().replaceAll('\n', '\n  ')}\n`,
      'none of those given (default, prod) opens it, labelled "dev"',
      other,
    ],
    [
      'a broken line',
      inline('ansible_password', 'x').replace(/\n {2}(.{80})\n/, (_, line: string) => `\n  ${line.slice(0, 7)}x${line.slice(8)}\n`),
      'group_vars/all.yml:3:10: this cannot be read as an ansible-vault text: it is damaged: this is not a hexadecimal digit',
    ],
    [
      'a line that is not there',
      'ansible_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n',
      'group_vars/all.yml:2:3: this cannot be read as an ansible-vault text: it is cut off',
    ],
    [
      'an unknown version',
      inline('ansible_password', 'x').replace('1.1', '3.0'),
      'group_vars/all.yml:2:18: this cannot be read as an ansible-vault text: vault version "3.0" is not known',
    ],
    [
      'text in quotes',
      'ansible_password: !vault "x"\n',
      'group_vars/all.yml:1:26: this cannot be read as an ansible-vault text: the first line is not that of a vault',
    ],
    [
      'bytes that are no text',
      `ansible_password: !vault |\n  ${vaulted(Buffer.from([0xff, 0xfe]))
        .trimEnd()
        .replaceAll('\n', '\n  ')}\n`,
      'group_vars/all.yml:2:3: what is encrypted here is not UTF-8 text',
    ],
    [
      'an address',
      inline('ansible_host', '10.0.0.1'),
      'group_vars/all.yml:2:1: ansible_host is encrypted, but how a host is reached is shown',
    ],
    [
      'an encrypted file cut off',
      vaulted('a: 1\n').slice(0, -40),
      'group_vars/all.yml:5:1: this cannot be read as an ansible-vault text: it is cut off',
    ],
    [
      'a mistake in an encrypted file, without its words',
      vaulted('a: geheim\na: geheim\n'),
      'group_vars/all.yml:2:1: the key "***" is written twice, first in line 1',
    ],
    [
      'a template in an encrypted file',
      vaulted('ansible_password: "{{ geheim }}"\n'),
      'group_vars/all.yml:1:19: ansible_password holds a template',
    ],
  ])('%s', async (...[, text, message, open]) => {
    const told = await problem({ 'group_vars/all.yml': text }, open)
    expect(told).toContain(message)
    expect(told).not.toContain('geheim')
  })

  test('an inventory that is encrypted as a whole', async () => {
    expect(await refusal(load({ 'hosts.yml': vaulted('all: {}\n') }))).toContain(
      'hosts.yml:1:1: the whole file is encrypted with ansible-vault; netplay reads such files for variables only',
    )
  })
})

test('a value that is encrypted by itself is never a template, as in Ansible', async () => {
  expect((await passwordOf({ 'group_vars/all.yml': inline('ansible_password', 'a{{b') }))?.reveal()).toBe('a{{b')
})
