import { connectionsOf } from '../../src/cli/play-connections.js'
import type { ConnectOptions } from '../../src/cli/connections.js'
import { loadSite } from '../support/playbook-folder.js'

const options: ConnectOptions = { become: false, sshAcceptNew: false }
const play = (hosts: string, more: string[] = [], role = 'web') =>
  [`- hosts: ${hosts}`, ...more, ...(role === '' ? [] : [`roles: [${role}]`])].join('\n  ') + '\n'

interface More {
  files?: Record<string, string>
  extraVars?: string[]
  limit?: string
  flags?: Partial<ConnectOptions>
}

async function users(site: string, { flags = {}, ...loading }: More = {}) {
  const playbook = await loadSite(site, loading)
  const { connections } = connectionsOf(playbook, playbook.extraVars, { ...options, ...flags }, {})
  return Object.fromEntries(connections.map(({ host, become }) => [host, become?.user]))
}
const first = (site: string, more?: More) => users(site, more).catch((error: Error) => error.message.split('\n')[0])

const [asRoot, asApp, off] = [['become: true'], ['become: true', 'become_user: app'], ['become: false']]

test('plays on different hosts may want different users', async () => {
  expect(await users(play('web', asRoot) + play('db', asApp))).toEqual({ n1: 'root', n2: 'root', n3: 'root', d1: 'app' })
})

test('become: false and a lone become_user are kept under -b', async () => {
  const flags = { become: true }
  expect(await users(play('web', off) + play('db', ['become_user: app']), { flags })).toMatchObject({ n1: undefined, d1: 'app' })
})

test.each<[string, string, string, More]>([
  [
    'another user',
    play('web', asRoot) + play('n2', asApp),
    'site.yml:5:3: on n2, play "n2" as app and play "web" as root (site.yml:2:3): in one run a host is worked on as one user',
    {},
  ],
  [
    'no user, as nothing is said',
    play('n2', asApp) + play('web'),
    'site.yml:5:3: on n2, play "web" as the login user and play "n2" as app (site.yml:2:3): in one run a host is worked on as one user',
    {},
  ],
  [
    'no user, under -b',
    play('web') + play('n2', off),
    'site.yml:4:3: on n2, play "n2" as the login user and play "web" as root (site.yml:1:3): in one run a host is worked on as one user',
    { flags: { become: true } },
  ],
])('two plays of one host, of which the second wants %s, are refused', async (_, site, message, more) => {
  expect(await first(site, more)).toBe(message)
})

test('roles of a play may say whom they become, as long as all on a host agree', async () => {
  const roles = '[{role: web, become: true, become_user: app}, {role: web, port: 81, become: true, become_user: app}]'
  expect(await users(play('web', [], roles.slice(1, -1)))).toMatchObject({ n1: 'app' })
  expect(await users(play('web', asRoot, '{role: web, become_user: app}'))).toMatchObject({ n1: 'app' })
  expect(await first(play('web', asRoot, 'web, {role: web, port: 81, become: false}'))).toBe(
    'site.yml:3:38: on n1, play "web" as the login user and play "web" as root (site.yml:2:3): in one run a host is worked on as one user',
  )
})

test('tasks and blocks of a play may say whom they become, as long as all on a host agree', async () => {
  const tasks = (second: string) => `- hosts: web
  tasks:
    - {absent: {path: /x}, become: true, become_user: app}
    - block: [{absent: {path: /y}}]
      become: true
      become_user: ${second}
`
  expect(await users(tasks('"{{ \'app\' }}"'))).toMatchObject({ n1: 'app' })
  expect(await first(tasks('root'))).toBe(
    'site.yml:5:7: on n1, play "web" as root and play "web" as app (site.yml:3:28): in one run a host is worked on as one user',
  )
})

test('two ways to one user are told apart', async () => {
  expect(await first(play('web', asRoot) + play('n2', [...asRoot, 'become_method: su']))).toContain(
    'on n2, play "n2" as root by su and play "web" as root (site.yml:2:3)',
  )
})

test('what the inventory says holds for every play, so that they agree', async () => {
  const files = { 'group_vars/web.yml': 'ansible_become: true\nansible_become_user: ops\n' }
  expect(await users(play('web', asRoot) + play('n2', asApp), { files })).toMatchObject({ n1: 'ops', n2: 'ops' })
})

test('a play without roles, and one that --limit takes the host from, do nothing there', async () => {
  expect(await users(play('web', asRoot) + play('n2', asApp, ''))).toMatchObject({ n2: 'root' })
  expect(await users(play('n1', asApp) + play('web', asRoot), { limit: 'n2' })).toEqual({ n2: 'root', n1: 'app', n3: 'root' })
})

test('what is not obeyed is told once for all hosts', async () => {
  const playbook = await loadSite(play('web'), { files: { 'group_vars/all.yml': 'ansible_host_key_checking: no\n' } })
  const { warnings } = connectionsOf(playbook, playbook.extraVars, options, {})
  expect(warnings).toEqual([expect.stringContaining('ansible_host_key_checking off is not obeyed') as unknown])
})

test.each([
  ['of a play', play('web', ['vars: {ansible_become_user: app}']), 'site.yml:2:31: ansible_become_user in the vars of a play'],
  ['of a role', play('web', [], '{role: web, vars: {ansible_user: app}}'), 'site.yml:2:44: ansible_user in the vars of a play'],
])('connection variables in the vars %s are refused', async (_, site, message) => {
  expect(await first(site)).toContain(message)
})
