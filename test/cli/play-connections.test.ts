import { connectionsOf } from '../../src/cli/play-connections.js'
import type { ConnectOptions } from '../../src/cli/connections.js'
import type { RoleUse } from '../../src/playbook/model.js'
import type { KindTask } from '../../src/playbook/written-task.js'
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

/** Whom the host's shell is of, and each role and task that works as somebody else. `null`: whoever logged in. */
async function worksAs(site: string, host: string, { flags = {}, ...loading }: More = {}) {
  const playbook = await loadSite(site, loading)
  const { connections, worksAs: others, warnings } = connectionsOf(playbook, playbook.extraVars, { ...options, ...flags }, {})
  const parts = playbook.plays.flatMap(play =>
    play.parts.flatMap((part): (RoleUse | KindTask)[] => (part.type === 'use' ? [part.use] : part.type === 'kind' ? [part] : [])),
  )
  const { become } = connections.find(connection => connection.host === host)!
  const as = parts.map(part => others(host, part)).map(other => (other === undefined ? 'shell' : (other.user ?? null)))
  return { shell: become?.user ?? null, as, warnings }
}

test.each<[string, string, More, { shell: string | null; as: (string | null)[] }]>([
  ['of which one is root', play('web', asRoot) + play('n2', asApp), {}, { shell: 'root', as: ['shell', 'app'] }],
  ['of which a later one is root', play('n2', asApp) + play('web', asRoot), {}, { shell: 'root', as: ['app', 'shell'] }],
  ['of which one says nothing', play('n2', asApp) + play('web'), {}, { shell: null, as: ['app', 'shell'] }],
  ['of which one says no to -b', play('web') + play('n2', off), { flags: { become: true } }, { shell: 'root', as: ['shell', null] }],
  ['neither of them root', play('web', asApp) + play('n2', ['become: true', 'become_user: db']), {}, { shell: 'app', as: ['shell', 'db'] }],
])('plays of one host want different users, %s: it has one shell', async (_, site, more, expected) => {
  expect(await worksAs(site, 'n2', more)).toEqual({ ...expected, warnings: [] })
})

test('roles of a play may say whom they become', async () => {
  const roles = 'web, {role: web, port: 81, become: false}, {role: web, port: 82, become_user: app}'
  expect(await worksAs(play('web', asRoot, roles), 'n1')).toEqual({ shell: 'root', as: ['shell', null, 'app'], warnings: [] })
})

test('tasks and blocks of a play may say whom they become', async () => {
  const site = `- hosts: web
  tasks:
    - {absent: {path: /x}, become: true, become_user: app}
    - block: [{absent: {path: /y}}, {absent: {path: /z}, become_user: "{{ 'app' }}"}]
      become: true
      become_user: root
`
  expect(await worksAs(site, 'n1')).toEqual({ shell: 'root', as: ['app', 'shell', 'app'], warnings: [] })
})

test('another way to become somebody than the one that the shell takes is told once', async () => {
  const { warnings } = await worksAs(play('web', asRoot) + play('web', [...asApp, 'become_method: su']), 'n2')
  expect(warnings).toEqual([
    expect.stringContaining('become_method, become_exe or become_flags for app differ from those for root') as unknown,
  ])
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
