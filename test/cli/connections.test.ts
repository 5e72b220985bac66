import { connectionFor, withoutSecrets, type ConnectOptions } from '../../src/cli/connections.js'
import type { Passwords } from '../../src/cli/passwords.js'
import type { Become } from '../../src/playbook/model.js'
import { Secret } from '../../src/secret.js'
import { loadIni, removeScratch } from '../inventory/scratch.js'

afterAll(removeScratch)

const nothing: ConnectOptions = { become: false, sshAcceptNew: false }

interface Given {
  variables?: string
  play?: Become
  options?: Partial<ConnectOptions>
  passwords?: Passwords
}

async function connect({ variables = '', play, options = {}, passwords = {} }: Given) {
  const host = (await loadIni(`n1 ${variables}\n`)).hosts.get('n1')!
  const warnings: string[] = []
  const connection = connectionFor(host, host.vars, play, { ...nothing, ...options }, passwords, warning => warnings.push(warning))
  return { connection, warnings }
}

test('a bare host is left to ssh_config, without a user to become', async () => {
  expect(await connect({})).toEqual({ connection: { host: 'n1', address: 'n1' }, warnings: [] })
})

test.each<[string, Given, object]>([
  ['-u', { options: { user: 'anna' } }, { user: 'anna' }],
  ['ansible_user over -u', { variables: 'ansible_user=root', options: { user: 'anna' } }, { user: 'root' }],
  ['--private-key', { options: { keyFile: '/k' } }, { privateKeyFile: '/k' }],
  ['-T in seconds', { options: { timeout: 3 } }, { connectTimeoutMs: 3000 }],
  ['ansible_timeout over -T', { variables: 'ansible_timeout=7', options: { timeout: 3 } }, { connectTimeoutMs: 7000 }],
  ['ansible_ssh_retries', { variables: 'ansible_ssh_retries=3' }, { retries: 3 }],
  ['--ssh-accept-new', { options: { sshAcceptNew: true } }, { acceptNew: true }],
  ['strict in --ssh-common-args', { options: { sshCommonArgs: '-o StrictHostKeyChecking=yes', sshAcceptNew: true } }, { acceptNew: false }],
  ['strict in --ssh-extra-args', { options: { sshExtraArgs: '-o StrictHostKeyChecking=yes', sshAcceptNew: true } }, { acceptNew: false }],
  [
    'ansible_ssh_common_args over --ssh-common-args',
    { variables: 'ansible_ssh_common_args="-C"', options: { sshCommonArgs: '-o StrictHostKeyChecking=yes', sshAcceptNew: true } },
    { acceptNew: true },
  ],
  [
    'strict in the inventory over --ssh-accept-new',
    { variables: 'ansible_ssh_common_args="-o StrictHostKeyChecking=yes"', options: { sshAcceptNew: true } },
    { acceptNew: false },
  ],
])('%s is passed on', async (_, given, expected) => {
  expect((await connect(given)).connection).toMatchObject(expected)
})

describe('whom it becomes', () => {
  test.each<[string, Given, string | undefined]>([
    ['nobody', {}, undefined],
    ['-b', { options: { become: true } }, 'root'],
    ['-b --become-user', { options: { become: true, becomeUser: 'app' } }, 'app'],
    ['--become-user alone', { options: { becomeUser: 'app' } }, undefined],
    ['become of the play', { play: { enabled: true } }, 'root'],
    ['become: false of the play under -b', { play: { enabled: false }, options: { become: true } }, undefined],
    ['become_user of the play alone', { play: { user: 'app' } }, undefined],
    ['become_user of the play alone, under -b', { play: { user: 'app' }, options: { become: true, becomeUser: 'ops' } }, 'app'],
    ['ansible_become over the play', { variables: 'ansible_become=no', play: { enabled: true } }, undefined],
    ['ansible_become_user over the play', { variables: 'ansible_become_user=db', play: { enabled: true, user: 'app' } }, 'db'],
  ])('%s', async (_, given, user) => {
    expect((await connect(given)).connection.become?.user).toBe(user)
  })

  test.each<[string, Given, object]>([
    ['--become-method', { options: { become: true, becomeMethod: 'su' } }, { method: 'su' }],
    [
      'become_method over --become-method',
      { play: { enabled: true, method: 'doas' }, options: { becomeMethod: 'su' } },
      { method: 'doas' },
    ],
    [
      'ansible_become_method over become_method, by its long name',
      { variables: 'ansible_become_method=community.general.doas', play: { enabled: true, method: 'su' } },
      { method: 'doas' },
    ],
    [
      'become_exe and become_flags of the play',
      { play: { enabled: true, exe: '/opt/sudo', flags: '-H -E' } },
      { exe: '/opt/sudo', flags: '-H -E' },
    ],
    [
      'ansible_become_flags over those of the play',
      { variables: 'ansible_become_flags=-E', play: { enabled: true, flags: '-H' } },
      { flags: '-E' },
    ],
  ])('how: %s', async (_, given, how) => {
    expect((await connect(given)).connection.become).toMatchObject(how)
  })
})

describe('passwords', () => {
  const asked = { login: new Secret('asked-login'), become: new Secret('asked-become') }
  const own = 'ansible_password=own-login ansible_become=yes ansible_become_password=own-become'
  const revealed = ({ password, become }: { password?: Secret; become?: { password?: Secret } }) => [
    password?.reveal(),
    become?.password?.reveal(),
  ]

  test("what is asked is for hosts that have none of their own; a host's own comes first, as in Ansible", async () => {
    const bare = await connect({ options: { become: true }, passwords: asked })
    expect(revealed(bare.connection)).toEqual(['asked-login', 'asked-become'])
    expect(revealed((await connect({ variables: own, passwords: asked })).connection)).toEqual(['own-login', 'own-become'])
  })

  test('a plan keeps none, and which were the host’s own', async () => {
    const kept = async (given: Given) => withoutSecrets((await connect(given)).connection, given.passwords ?? {})
    const ofHost = await kept({ variables: own, passwords: asked })
    expect(ofHost).toMatchObject({ host: 'n1', become: { user: 'root' }, ownSecrets: ['password', 'becomePassword'] })
    expect(JSON.stringify(ofHost)).not.toMatch(/own-|asked-|\*\*\*/)
    expect(await kept({ options: { become: true }, passwords: asked })).not.toHaveProperty('ownSecrets')
    // At the second prompt an empty answer is the first one.
    const same = { login: asked.login, become: asked.login }
    expect(await kept({ options: { become: true }, passwords: same })).not.toHaveProperty('ownSecrets')
  })
})

describe('what is set and not obeyed', () => {
  const checked = 'is not obeyed: host keys are always checked; --ssh-accept-new adds those of hosts that known_hosts does not have yet'
  test.each([
    ['ansible_host_key_checking=no', `ansible_host_key_checking off ${checked}`],
    ['ansible_ssh_common_args="-o StrictHostKeyChecking=no"', `StrictHostKeyChecking=no in ansible_ssh_args ${checked}`],
    ['ansible_python_interpreter=/usr/bin/python3', 'ansible_python_interpreter is set and has no effect: hosts need an sh and no Python'],
    ['ansible_pipelining=yes', 'ansible_pipelining is set and has no effect: hosts need an sh and no Python'],
    ['ansible_shell_executable=/bin/bash', 'ansible_shell_executable is set and has no effect: hosts need an sh and no Python'],
  ])('%s is told', async (variables, told) => {
    const { connection, warnings } = await connect({ variables })
    expect(warnings).toEqual([told])
    expect(connection.acceptNew).toBeUndefined()
  })

  test('the shell that netplay uses anyway is nothing to tell', async () => {
    expect((await connect({ variables: 'ansible_shell_type=sh ansible_shell_executable=/bin/sh' })).warnings).toEqual([])
  })

  test('a host may be the machine that netplay runs on, by its variables or --connection', async () => {
    const variables = 'ansible_connection=local ansible_user=app ansible_become=yes'
    expect((await connect({ variables })).connection).toEqual({ host: 'n1', local: true, become: { user: 'root' } })
    expect((await connect({ options: { connection: 'local' } })).connection).toEqual({ host: 'n1', local: true })
    expect((await connect({ variables: 'ansible_connection=ssh', options: { connection: 'local' } })).connection.local).toBeUndefined()
  })

  test.each([
    ['ansible_become=yes ansible_become_method=pbrun', /n1 becomes another user by pbrun; netplay knows sudo, su, doas/],
    ['ansible_shell_type=powershell', /n1 has ansible_shell_type powershell/],
    ['ansible_host="{{ ip }}"', /hosts\.ini:1:\d+: ansible_host holds a template/],
    ['ansible_ssh_common_args="-o Tunnel=yes"', /n1: ssh option/],
  ])('%s is refused', async (variables, message) => {
    await expect(connect({ variables })).rejects.toThrow(message)
  })
})
