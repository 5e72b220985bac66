import { join } from 'node:path'
import { explain, explainText } from '../../src/cli/explain.js'
import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { loadInventory } from '../../src/inventory/load.js'
import { loadPlaybook } from '../../src/playbook/load.js'
import { removeScratch, scratch } from '../inventory/scratch.js'

afterEach(removeScratch)

const inventory = `[web]
n1 ip=198.18.0.11 ansible_password=hunter2

[web:vars]
mtu=9000
dns=198.18.0.2
login="{{ ansible_password }}@{{ inventory_hostname }}"

[prod:children]
web

[prod:vars]
dns=198.18.0.1
`
const site = '- hosts: web\n  vars: {mtu: "{{ 1500 - 50 }}"}\n  vars_files: [[none.yml, more.yml]]\n  roles: []\n'

async function explained(name: string | undefined, extra: string[] = [], files: Record<string, string> = {}) {
  const folder = scratch({
    'hosts.ini': inventory,
    'group_vars/all.yml': 'mtu: 1500\n',
    'play/site.yml': site,
    'play/vars/more.yml': 'ttl: 3\n',
    ...files,
  })
  const extraVars = await parseExtraVars(extra)
  const loaded = await loadInventory([join(folder, 'hosts.ini')], { playbookDir: join(folder, 'play') })
  const { plays } = await loadPlaybook([join(folder, 'play/site.yml')], loaded, { extraVars })
  const host = loaded.find('n1')!
  const found = explain(host, name, { inventory: loaded, extraVars, plays })
  return { found, text: explainText(host, found, name !== undefined, 200).replaceAll(`${folder}/`, '') }
}

test('each place that sets a variable is told, the winner first, and why it won', async () => {
  const { text } = await explained('mtu')
  expect(text).toBe(`n1  groups: prod, web

mtu = 1500
  ✔ group_vars/all of the inventory  group_vars/all.yml:1:6  1500
  · [web:vars] of the inventory      hosts.ini:5:5           9000
  group_vars/all beats [web:vars]: files of group_vars come after all that the inventory itself says of groups, those for all too

mtu  in play 1 "web" = 1450
  from the template "{{ 1500 - 50 }}"
  ✔ vars of the play                 play/site.yml:2:15      "{{ 1500 - 50 }}"
  · group_vars/all of the inventory  group_vars/all.yml:1:6  1500
  · [web:vars] of the inventory      hosts.ini:5:5           9000
  vars of a play beat all that the inventory says, host_vars too`)
})

test.each([
  ['dns', [], 'a deeper group wins: web is 2 below all, prod 1'],
  ['dns', ['dns=1.1.1.1'], 'extra vars (-e) win over everything'],
])('%s with -e %j is won because: %s', async (name, extra, reason) => {
  expect((await explained(name, extra)).found.at(-1)!.because).toBe(reason)
})

test('files of vars_files count, the first of a list that exists', async () => {
  expect((await explained('ttl')).found[0]).toMatchObject({
    value: 3,
    where: 'play 1 "web"',
    settings: [{ level: 14, place: 'vars_files of the play' }],
  })
})

describe('vars of tasks, blocks and includes', () => {
  const playbook = `- hosts: web
  vars: {url: "{{ host }}:{{ port }}", host: a, port: 1}
  tasks:
    - absent: {path: /plain}
    - name: Write it
      absent: {path: "/{{ mtu }}"}
      vars: {mtu: 1}
    - name: Tunnel
      vars: {mtu: 2}
      block:
        - absent: {path: "/{{ dev }}"}
          vars: {mtu: 3, dev: "eth{{ item }}"}
          loop: [0, 1]
        - include_tasks: more.yml
          vars: {mtu: 4}
    - import_role: {name: mine}
      vars: {mtu: 6}
    - absent: {path: /x}
      vars: {port: 2}
    - name: Again
      absent: {path: /y}
      vars: {port: 2}
  handlers:
    - name: Heard
      absent: {path: /h}
      vars: {mtu: 7}
`
  const files = {
    'play/site.yml': playbook,
    'play/more.yml': '- name: Inner\n  absent: {path: "/{{ mtu }}"}\n  vars: {mtu: 5}\n',
    'play/roles/mine/role.js': `import { defineRole } from 'netplay'
export default defineRole({ name: 'mine', params: { type: 'object', properties: {}, additionalProperties: false }, tasks: () => [] })\n`,
  }
  const told = async (name: string) =>
    (await explained(name, [], files)).found.map(({ where, value, error, settings }) => [
      where?.replaceAll(/\((?:[^)]*\/)?play\//g, '('),
      value ?? error,
      settings.at(-1)!.place,
    ])

  test('are told with whom they hold for, and win nowhere else', async () => {
    expect(await told('mtu')).toEqual([
      [undefined, 1500, 'group_vars/all of the inventory'],
      ['task "Write it" (site.yml:5:7) in play 1', 1, 'vars of task "Write it"'],
      ['block "Tunnel" (site.yml:8:7) in play 1', 2, 'vars of block "Tunnel"'],
      ['task "absent" (site.yml:11:11) in play 1', 3, 'vars of task "absent"'],
      ['include_tasks (site.yml:14:11) in play 1', 4, 'vars of include_tasks'],
      ['task "Inner" (more.yml:1:3) in play 1', 4, 'vars of include_tasks'],
      ['import_role (site.yml:16:7) in play 1', 6, 'vars of import_role'],
      ['task "Heard" (site.yml:24:7) in play 1', 7, 'vars of task "Heard"'],
    ])
  })

  test('are told layer by layer, with what made one win', async () => {
    const { found, text } = await explained('mtu', [], files)
    const inner = found.find(({ where }) => where?.startsWith('task "Inner"'))!
    expect(inner.settings.slice(-3).map(({ level, place }) => [level, place])).toEqual([
      [16, 'vars of block "Tunnel"'],
      [17, 'vars of task "Inner"'],
      [21, 'vars of include_tasks'],
    ])
    expect(inner.because).toBe('vars of include_tasks and include_role beat those of what is around them, and of what they include')
    expect(text).toContain(`mtu  in task "Write it" (play/site.yml:5:7) in play 1 = 1
  ✔ vars of task "Write it"          play/site.yml:7:19      1
  · group_vars/all of the inventory  group_vars/all.yml:1:6  1500
  · [web:vars] of the inventory      hosts.ini:5:5           9000
  they hold for this task alone, and beat all that the play and the inventory say, vars_files and host_vars too`)
  })

  test('what they change without setting it is told of all tasks where it is so', async () => {
    expect(await told('url')).toEqual([
      ['play 1 "web"', 'a:1', 'vars of the play'],
      ['task "absent" (site.yml:18:7) in play 1, task "Again" (site.yml:20:7) in play 1', 'a:2', 'vars of the play'],
    ])
  })

  test('what needs the item of a loop is no mistake', async () => {
    expect(await told('dev')).toEqual([
      ['task "absent" (site.yml:11:11) in play 1', 'another for each item of the loop', 'vars of task "absent"'],
    ])
  })
})

test('a password is shown nowhere, nor what it went into', async () => {
  const { found, text } = await explained(undefined)
  expect(text).toContain('login')
  expect(text + JSON.stringify(found)).not.toContain('hunter2')
  expect(found.find(({ name }) => name === 'login')!.value).toBe('***')
})

test('a name that nothing sets is told with the nearest', async () => {
  await expect(explained('mut')).rejects.toThrow('nothing sets mut for n1; did you mean "mtu"?')
})
