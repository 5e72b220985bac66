import { homedir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { connectionOf } from '../../src/inventory/connection.js'
import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { Secret } from '../../src/secret.js'
import { loadInventory } from '../../src/inventory/load.js'
import { loadIni, removeScratch, scratch } from './scratch.js'

afterAll(removeScratch)

const hostOf = async (line: string) => (await loadIni(`${line}\n`)).hosts.values().next().value!
const connect = async (line: string, options?: Parameters<typeof connectionOf>[1]) => connectionOf(await hostOf(line), options)

test('a bare host is reached by its name with everything else left to ssh_config', async () => {
  expect(await connect('h1')).toEqual({
    name: 'h1',
    address: 'h1',
    connection: 'ssh',
    hostKeyChecking: true,
    unused: [],
    become: { enabled: false, method: 'sudo', user: 'root' },
  })
})

test('every variable has its place', async () => {
  const line =
    'h1:22 ansible_host=10.0.0.1 ansible_user=root ansible_private_key_file=~/k ansible_ssh_common_args="-o A=b" ansible_host_key_checking=no ' +
    'ansible_timeout=3 ansible_ssh_retries=2 ansible_become=yes ansible_become_user=ops ansible_become_flags="-H -S" ansible_shell_type=sh ' +
    'ansible_python_interpreter=/usr/bin/python3'
  expect(await connect(line)).toMatchObject({
    address: '10.0.0.1',
    port: 22,
    user: 'root',
    privateKeyFile: join(homedir(), 'k'),
    sshCommonArgs: '-o A=b',
    hostKeyChecking: false,
    connectTimeoutMs: 3000,
    retries: 2,
    become: { enabled: true, method: 'sudo', user: 'ops', flags: '-H -S' },
    shellType: 'sh',
    unused: ['ansible_python_interpreter'],
  })
})

test.each([
  ['ansible_ssh_host=a', { address: 'a' }],
  ['ansible_port=1 ansible_ssh_port=2', { port: 2 }],
  ['ansible_ssh_user=u', { user: 'u' }],
  ['ansible_connection=local', { connection: 'local' }],
  ['ansible_connection=ansible.builtin.ssh', { connection: 'ssh' }],
  ['ansible_user=1.10', { user: '1.10' }],
  ['ansible_port=None', { port: undefined }],
])('%s', async (variables, expected) => {
  expect(await connect(`h ${variables}`)).toMatchObject(expected)
})

test('passwords are secrets that print as stars, whatever the alias', async () => {
  for (const name of ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password']) {
    const { password, become } = await connect(`h ${name}=0123 ansible_become_pass="'hunter2'"`)
    expect(password).toBeInstanceOf(Secret)
    expect(password!.reveal()).toBe('0123')
    expect(become.password!.reveal()).toBe('hunter2')
    expect(inspect({ password, become }) + JSON.stringify({ password, become })).not.toMatch(/0123|hunter2/)
  }
})

test('a variable beats what command line and play say, an extra variable beats all', async () => {
  const host = await hostOf('h ansible_user=inventory')
  const defaults = { user: 'option', port: 2022, become: { enabled: true } }
  expect(connectionOf(host, { defaults })).toMatchObject({ user: 'inventory', port: 2022, become: { enabled: true, user: 'root' } })
  const variables = new Map([...host.vars, ...(await parseExtraVars(['ansible_user=extra']))])
  expect(connectionOf(host, { defaults, variables }).user).toBe('extra')
})

test.each([
  ['ansible_port=70000', /hosts.ini:1:16: ansible_port is a port from 1 to 65535/],
  ['ansible_port=ssh', /ansible_port is a number, this is a string/],
  ['ansible_become=perhaps', /ansible_become is yes or no/],
  ['ansible_connection=winrm', /netplay knows ssh and local/],
  ['ansible_password="[1]"', /ansible_password is text, this is a list/],
  ['ansible_host="{{ ip }}"', /hosts.ini:1:16: ansible_host holds a template/],
  ['ansible_become="{{ x }}"', /hosts.ini:1:18: ansible_become holds a template/],
  ['ansible_ssh_retries=-1', /hosts.ini:1:23: ansible_ssh_retries is a whole number of at least 0/],
  ['ansible_timeout=0', /hosts.ini:1:19: ansible_timeout is more than 0/],
])('%s is refused with its place', async (variables, message) => {
  const host = await hostOf(`h ${variables}`)
  expect(() => connectionOf(host)).toThrow(message)
})

test('a vaulted password without its password says what to do', async () => {
  const file = join(scratch({ 'h.yml': 'all:\n  hosts:\n    h:\n      ansible_password: !vault x\n' }), 'h.yml')
  const host = (await loadInventory([file])).hosts.get('h')!
  expect(() => connectionOf(host)).toThrow(/h.yml:4:32: this is encrypted with ansible-vault, and no vault password was given/)
})

test('text that is marked as no template is taken as it is', async () => {
  const file = join(scratch({ 'h.yml': "all:\n  hosts:\n    h:\n      ansible_user: !unsafe '{{ x }}'\n" }), 'h.yml')
  expect(connectionOf((await loadInventory([file])).hosts.get('h')!).user).toBe('{{ x }}')
})
