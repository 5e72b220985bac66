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

async function explained(name: string | undefined, extra: string[] = []) {
  const folder = scratch({
    'hosts.ini': inventory,
    'group_vars/all.yml': 'mtu: 1500\n',
    'play/site.yml': site,
    'play/vars/more.yml': 'ttl: 3\n',
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

test('a password is shown nowhere, nor what it went into', async () => {
  const { found, text } = await explained(undefined)
  expect(text).toContain('login')
  expect(text + JSON.stringify(found)).not.toContain('hunter2')
  expect(found.find(({ name }) => name === 'login')!.value).toBe('***')
})

test('a name that nothing sets is told with the nearest', async () => {
  await expect(explained('mut')).rejects.toThrow('nothing sets mut for n1; did you mean "mtu"?')
})
