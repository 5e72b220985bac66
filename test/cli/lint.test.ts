import { jest } from '@jest/globals'
import { mkdirSync, symlinkSync } from 'node:fs'
import { resolve } from 'node:path'
import { lint } from '../../src/cli/lint.js'
import { loadSettings } from '../../src/settings/settings.js'
import { inFolder } from '../support/playbook-folder.js'
import { inline, vaulted } from '../support/vaulted.js'

const role = (mode: string) => `import { defineRole, file } from 'netplay'

export default defineRole({
  name: 'web',
  params: {
    type: 'object',
    properties: { port: { type: 'integer' }, password: { type: 'string', secret: true } },
    required: ['port'],
    additionalProperties: false,
  },
  tasks: ({ params }) => [
    file('Write the port', { path: '/etc/web.conf', content: String(params.port), mode: ${mode} }),
  ],
})
`
const good = {
  'hosts.ini': '[web]\nn[1:2]\n',
  'group_vars/web.yml': 'web_port: 80\n',
  'site.yml': '- hosts: web\n  roles: [web]\n',
  'roles/web/role.ts': role('0o644'),
}
const typescript = resolve('node_modules/typescript')

let printed = ''
beforeEach(() => {
  printed = ''
  jest.spyOn(process.stdout, 'write').mockImplementation(text => ((printed += String(text)), true))
})
afterEach(() => jest.restoreAllMocks())

/** What lint says of the good folder with these files instead. */
async function linted(
  files: Record<string, string> = {},
  { playbooks = ['site.yml'], inventory = ['hosts.ini'], hasTypeScript = false, strict = false, json = false } = {},
) {
  return inFolder({ ...good, ...files }, async () => {
    mkdirSync('node_modules')
    if (hasTypeScript) symlinkSync(typescript, 'node_modules/typescript')
    const settings = await loadSettings({ env: {}, systemFile: '/nonexistent' })
    const exit = await lint(playbooks, { inventory, extraVars: [], strict, json, settings })
    return { exit, lines: printed.split('\n') }
  })
}
/** Without TypeScript in the folder, which every run of lint says. */
const untyped = 'warning: the types of 1 role in roles were not checked: there is no TypeScript here'

test('a folder without mistakes is said to be one, with what was looked at', async () => {
  const { exit, lines } = await linted({}, { hasTypeScript: true })
  expect([exit, ...lines]).toEqual([0, 'No mistakes in 1 play, 1 role, 2 hosts.', ''])
})

test('without TypeScript roles are not type-checked, which is told with what to do', async () => {
  const { exit, lines } = await linted()
  expect([exit, ...lines]).toEqual([
    0,
    untyped,
    '  Next: npm install --save-dev typescript',
    'No mistakes in 1 play, 1 role, 2 hosts, 1 warning.',
    '',
  ])
})

describe('roles in roles_path of ansible.cfg', () => {
  const shared = {
    'ansible.cfg': '[defaults]\nroles_path = ../nowhere:shared/roles\n',
    'shared/roles/other/role.ts': role("'rw'").replace("name: 'web'", "name: 'other'"),
    'shared/roles/README': 'no role',
    'site.yml': '- hosts: web\n  roles: [{ role: other, prot: 80 }]\n',
  }

  test('are looked at as those beside the playbook are: their entries, their types', async () => {
    const { exit, lines } = await linted(shared, { hasTypeScript: true })
    expect(exit).toBe(1)
    expect(lines.filter(line => /^\S/.test(line))).toEqual([
      "shared/roles/other/role.ts:12:83: Type 'string' is not assignable to type 'number'. (TS2322)",
      'site.yml:2:26: role "other" has no parameter "prot"; did you mean "port"?',
      '2 mistakes.',
    ])
  })

  test('are found from a folder that holds nothing else', async () => {
    const { exit, lines } = await linted(shared, { playbooks: [], inventory: [], hasTypeScript: true })
    expect([exit, lines.at(-2)]).toEqual([1, '1 mistake.'])
  })
})

test('warnings are mistakes for who asks for that', async () => {
  expect((await linted({}, { strict: true })).exit).toBe(1)
})

test('all mistakes are told at once, in the order of files and lines', async () => {
  const site = `- hosts: web
  serail: 1
- hosts: web
  roles:
    - { role: web, prot: 80 }
    - { role: web, port: many }
    - webb
- hosts: web
  vars_files: [gone.yml]
`
  const { exit, lines } = await linted({ 'site.yml': site, 'roles/web/role.ts': role("'rw'") }, { hasTypeScript: true })
  expect(exit).toBe(1)
  expect(lines.filter(line => /^\S/.test(line))).toEqual([
    "roles/web/role.ts:12:83: Type 'string' is not assignable to type 'number'. (TS2322)",
    'site.yml:2:3: a play has no key "serail"; did you mean "serial"?',
    'site.yml:5:20: role "web" has no parameter "prot"; did you mean "port"?',
    'site.yml:6:26: parameter "port" of role "web" must be an integer, not text',
    'site.yml:7:7: there is no role "webb"; did you mean "web"?',
    'site.yml:9:16: there is no gone.yml',
    '6 mistakes.',
  ])
})

test.each<[string, Record<string, string>, number, string]>([
  ['YAML that is none', { 'site.yml': '- hosts: [web\n' }, 1, 'site.yml:2:1: '],
  ['an inventory that is none', { 'hosts.ini': '[web\n' }, 1, 'hosts.ini:1:'],
  [
    'a value of group_vars with the wrong type',
    { 'group_vars/web.yml': 'web_port: many\n' },
    1,
    'group_vars/web.yml:1:11: variable web_port (para',
  ],
  [
    'a parameter that is missing',
    { 'group_vars/web.yml': '' },
    1,
    'site.yml:2:11: role "web" needs the parameter "port", and host n1 has none',
  ],
  [
    'a variable that no role has',
    { 'group_vars/web.yml': 'web_port: 80\nweb_prot: 1\n' },
    0,
    'group_vars/web.yml:2:11: warning: variable web_prot',
  ],
  ['a pattern that matches nothing', { 'site.yml': '- hosts: db\n  roles: [web]\n' }, 0, 'site.yml:1:10: warning: '],
  [
    'a connection variable that is none',
    { 'group_vars/web.yml': 'web_port: 80\nansible_port: x\n' },
    1,
    'group_vars/web.yml:2:15: ansible_port',
  ],
  ['a role that does not load', { 'roles/web/role.ts': 'export default 1\n' }, 1, 'roles/web/role.ts: the default export is not a role'],
])('%s is told at its place', async (_, files, exit, start) => {
  const found = await linted(files)
  expect(found.exit).toBe(exit)
  expect(found.lines.filter(line => line.startsWith(start))).toHaveLength(1)
})

test('every task that is wrong is told, with what to use instead, and not what refers to it', async () => {
  const site = `- hosts: web
  tasks:
    - copy: { src: a, dest: /a }
      register: copied
      notify: again
    - sysctl: { name: net.ipv4.ip_forward, vlaue: 1 }
    - file: { path: /x, content: a }
      when: copied is changed
  handlers:
    - name: again
      service: { name: x, state: restarted }
- hosts: web
  tasks:
    - sysctl: { name: net.ipv4.ip_forward, vlaue: 1 }
`
  const { lines } = await linted({ 'site.yml': site })
  expect(lines.filter(line => /^(site|  Next: Use)/.test(line))).toEqual([
    'site.yml:3:7: netplay has no `copy` of a task',
    '  Next: Use `file` with `content` or `source: {path: …}`. Nothing was changed.',
    'site.yml:11:7: netplay has no `service` of a task',
    '  Next: Use `systemd_unit` with `enabled` and `active`. Nothing was changed.',
    expect.stringMatching(/^site\.yml:14:\d+: /),
  ])
})

test('files that only some hosts would include are looked at, and not what refers to what is wrong in them', async () => {
  const { lines } = await linted({
    'site.yml': '- hosts: web\n  tasks:\n    - include_tasks: "{{ inventory_hostname }}.yml"\n      notify: again\n',
    'n1.yml': '- absent: { path: /x }\n  notify: other\n- service: { name: x }\n',
    'n2.yml': '- copy: { src: a, dest: /a }\n',
  })
  expect(lines.filter(line => /^(site|n\d)/.test(line))).toEqual([
    'n1.yml:3:3: netplay has no `service` of a task',
    'n2.yml:1:3: netplay has no `copy` of a task',
  ])
})

test('a mistake of a playbook is told beside that of a broken inventory, and no pattern is blamed', async () => {
  const { lines } = await linted({ 'hosts.ini': '[web\n', 'site.yml': '- hosts: web\n  serail: 1\n' })
  expect(lines.filter(line => /^\S/.test(line))).toEqual([
    untyped,
    expect.stringMatching(/^hosts\.ini:1:/),
    expect.stringMatching(/^site\.yml:2:3:/),
    '2 mistakes, 1 warning.',
  ])
})

describe('what no password opens', () => {
  test('a file is told, and what may stand in it is not missing', async () => {
    const { exit, lines } = await linted({ 'group_vars/web.yml': vaulted('web_port: 80\n') })
    expect(exit).toBe(0)
    expect(lines).toContainEqual(expect.stringMatching(/^group_vars\/web\.yml:1:1: warning: .*no vault password was given: not looked at$/))
    expect(lines).toContainEqual(expect.stringMatching(/^site\.yml:2:11: warning: role "web" needs the parameter "port"/))
  })

  test('a value is told, and everything else is looked at', async () => {
    const { exit, lines } = await linted({ 'group_vars/web.yml': `web_port: 80\nweb_prot: 1\n${inline('web_password', 'x')}` })
    expect(exit).toBe(0)
    expect(lines).toContainEqual(expect.stringMatching(/^group_vars\/web\.yml:\d+:\d+: warning: .*: not looked at$/))
    expect(lines).toContainEqual(expect.stringMatching(/^group_vars\/web\.yml:2:11: warning: variable web_prot/))
  })
})

test('without an inventory a playbook is looked at by itself', async () => {
  const { exit, lines } = await linted({ 'site.yml': '- hosts: db\n  roles: [{role: web, prot: 1}]\n' }, { inventory: [] })
  expect(exit).toBe(1)
  expect(lines.filter(line => line.startsWith('site.yml'))).toEqual([
    'site.yml:2:23: role "web" has no parameter "prot"; did you mean "port"?',
  ])
})

test('without a playbook the roles of the folder are looked at', async () => {
  const { exit, lines } = await linted({ 'roles/web/role.ts': role("'rw'") }, { playbooks: [], inventory: [], hasTypeScript: true })
  expect(exit).toBe(1)
  expect(lines[0]).toContain('roles/web/role.ts:12:83')
})

test('nothing to look at is wrong input', async () => {
  await inFolder({}, async () => {
    await expect(lint([], { inventory: [], extraVars: [], strict: false, json: false })).rejects.toThrow('there is nothing to look at')
  })
})

test('a tsconfig.json of the folder holds, and its mistakes are told', async () => {
  const { lines } = await linted(
    {
      'tsconfig.json': '{ "compilerOptions": { "module": "nodenext", "noUnusedLocals": true, "strictt": true } }',
      'roles/web/role.ts': `const unused = 1\n${role('0o644')}`,
    },
    { hasTypeScript: true },
  )
  expect(lines.filter(line => /^\S/.test(line))).toEqual([
    "roles/web/role.ts:1:7: 'unused' is declared but its value is never read. (TS6133)",
    expect.stringMatching(/^tsconfig\.json:1:\d+: Unknown compiler option 'strictt'\./),
    '2 mistakes.',
  ])
})

test('programs get one object', async () => {
  await linted({ 'site.yml': '- hosts: web\n  serail: 1\n' }, { json: true, hasTypeScript: true })
  expect(JSON.parse(printed)).toMatchObject({
    mistakes: 1,
    warnings: 0,
    problems: [
      {
        severity: 'mistake',
        file: 'site.yml',
        line: 2,
        column: 3,
        message: 'a play has no key "serail"; did you mean "serial"?',
        excerpt: '  serail: 1',
      },
    ],
  })
})
