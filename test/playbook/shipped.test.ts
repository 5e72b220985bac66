import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadInventory } from '../../src/inventory/load.js'
import { loadPlaybook } from '../../src/playbook/load.js'
import { inFolder } from '../support/playbook-folder.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const playbooks = `${root}playbooks`

const load = async (name: string, inventory: string) =>
  loadPlaybook([`${playbooks}/${name}`], await loadInventory([inventory], { playbookDir: playbooks }), { extraVars: new Map() })
const told = ({ plays, warnings }: Awaited<ReturnType<typeof load>>) => ({
  plays: plays.map(({ name, hosts }) => `${name}: ${hosts.map(host => host.name).join(' ')}`),
  warnings,
})

test('site.yml gives flannel to an inventory that says nothing of calico, without a word about what it has no hosts of', async () => {
  expect(told(await load('site.yml', `${root}inventory/hosts.ini`))).toEqual({
    plays: ['flannel configuration in etcd: n1', 'flannel: n1 n2 n3'],
    warnings: [],
  })
})

test('and calico and kube-proxy to one that has the groups', async () => {
  expect(told(await load('site.yml', `${root}inventory/calico/hosts.ini`))).toEqual({
    plays: ['calico: n1 n2 n3 n4', 'kube-proxy: n1 n2 n3 n4'],
    warnings: [],
  })
})

test('what was left out is said with -v', async () => {
  const { notes } = await load('site.yml', `${root}inventory/hosts.ini`)
  expect(notes).toContainEqual(expect.stringMatching(/site\.yml:\d+:10: play "calico" is left out: no host is in nodes:&calico$/))
})

test('an inventory that no play fits is told so', async () => {
  await inFolder({ 'hosts.ini': '[web]\nw1\n' }, async dir => {
    const { plays, warnings } = told(await load('site.yml', `${dir}/hosts.ini`))
    expect(plays).toEqual([])
    expect(warnings).toContainEqual(expect.stringMatching(/site\.yml:\d+:10: Could not match supplied host pattern, ignoring: nodes$/))
  })
})

test('in an admin’s own playbook such a group is a mistake to warn of', async () => {
  await inFolder({ 'hosts.ini': '[nodes]\nn1\n', 'site.yml': '- hosts: nodes:!calico\n- hosts: kube_proxy\n' }, async dir => {
    const loaded = await loadPlaybook(['site.yml'], await loadInventory([`${dir}/hosts.ini`], { playbookDir: '.' }), {
      extraVars: new Map(),
    })
    expect(loaded.plays).toHaveLength(2)
    expect(loaded.warnings).toHaveLength(2)
  })
})

test('decommission.yml: nobody leaves is told; who does is stopped first, and then forgotten by the others', async () => {
  expect(told(await load('decommission.yml', `${root}inventory/hosts.ini`)).warnings).toContainEqual(
    expect.stringContaining('nothing leaves'),
  )
  const ini = '[nodes]\nn[1:4]\n[etcd]\nn1\n[leaving]\nn3\nn4 netplay_absent="burnt until 2999-01-01"\n'
  await inFolder({ 'hosts.ini': ini, 'group_vars/all.yml': 'flannel_network: 10.244.0.0/16\n' }, async dir => {
    expect(told(await load('decommission.yml', `${dir}/hosts.ini`))).toEqual({
      plays: ['flannel leaves the host: n3', 'the hosts that stay have forgotten it: n1 n2'],
      warnings: [],
    })
  })
})

test.each(readdirSync(playbooks))('%s can be read with the example inventories', async name => {
  const inventory =
    name.startsWith('flannel') || name === 'site.yml' || name === 'decommission.yml' ? 'inventory/hosts.ini' : 'inventory/calico/hosts.ini'
  if (name.startsWith('certs')) return
  await load(name, `${root}${inventory}`)
})
