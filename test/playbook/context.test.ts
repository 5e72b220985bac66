import type { Facts } from '../../src/facts/facts.js'
import { roleContexts } from '../../src/playbook/context.js'
import { loadSite } from '../support/playbook-folder.js'

const site = `- hosts: web
  vars: {from_play: 1, both: play}
  roles:
    - {role: web/announce, port: 81, vars: {from_entry: 2}}
`
const files = {
  'group_vars/web.yml': 'both: group\nfrom_group: 3\ntemplate: "{{ x }}"\n',
  'host_vars/n1.yml': 'ansible_host: 192.0.2.1\n',
  'host_vars/n3.yml': 'ansible_host: "{{ ip }}"\n',
}
const facts = { hostname: 'one' } as unknown as Facts

async function contextOn(host: string, extraVars: string[] = [], limit?: string) {
  const playbook = await loadSite(site, { files, extraVars, ...(limit === undefined ? {} : { limit }) })
  const [play] = playbook.plays
  const contextOf = roleContexts(playbook, play!, name => (name === 'n1' ? facts : undefined))
  return contextOf(
    play!.roles[0]!,
    play!.hosts.find(({ name }) => name === host)!,
  )
}

describe('what a role sees', () => {
  test('is its host, its parameters and the part it is used for', async () => {
    const { host, params, part } = await contextOn('n1')
    expect([host.name, host.address, host.groups, host.facts]).toEqual(['n1', '192.0.2.1', ['web'], facts])
    expect(params).toMatchObject({ port: 81, backend: 'vxlan' })
    expect(part).toBe('announce')
  })

  test('are the parameters of the other hosts too, by the same precedence: what the play gives is stronger than their variables', async () => {
    const { paramsOf, peers } = await contextOn('n1')
    expect(peers.map(peer => paramsOf(peer)?.['port'])).toEqual([81, 81, 81])
    expect((await contextOn('n1', ['web_port=82'])).paramsOf(peers[1]!)).toMatchObject({ port: 82 })
  })

  test('are all hosts of the play, also those that --limit leaves out and those that nobody could reach', async () => {
    const { peers, host } = await contextOn('n1', [], 'n1')
    expect(peers.map(({ name, facts: known }) => [name, known])).toEqual([
      ['n1', facts],
      ['n2', undefined],
      ['n3', undefined],
    ])
    expect(peers.slice(0, 2).map(({ address }) => address)).toEqual(['192.0.2.1', 'n2'])
    expect(peers[0]).toBe(host)
  })

  test('are the groups of the inventory with their hosts', async () => {
    const { groups } = await contextOn('n1')
    expect(Object.keys(groups)).toEqual(['all', 'ungrouped', 'web', 'db'])
    expect(groups.db!.map(({ name }) => name)).toEqual(['d1'])
    expect(groups.gone).toBeUndefined()
  })

  test('are variables by precedence, with the names that Ansible sets itself', async () => {
    const { vars } = await contextOn('n2', ['both=command'])
    const names = ['from_play', 'from_entry', 'from_group', 'both', 'inventory_hostname', 'group_names', 'nobody']
    expect(names.map(vars)).toEqual([1, 2, 3, 'command', 'n2', ['web'], undefined])
    expect((await contextOn('n2')).vars('both')).toBe('play')
    expect((await contextOn('n2')).host.vars.get('both')).toBe('play')
  })

  test('is told where it was written when a template in it cannot be evaluated, an address too', async () => {
    const { vars, host, peers } = await contextOn('n1')
    const refused = /^group_vars\/web\.yml:3:11: "x" is not defined/
    expect(() => vars('template')).toThrow(refused)
    expect(() => host.vars.get('template')).toThrow(refused)
    expect(() => [...host.vars.values()]).toThrow(refused)
    expect(peers[2]!.name).toBe('n3')
    expect(() => peers[2]!.address).toThrow(/^host_vars\/n3\.yml:1:15: "ip" is not defined/)
  })

  test('holds a template that nobody looks at', async () => {
    const { host } = await contextOn('n1')
    expect([host.vars.has('template'), [...host.vars.keys()].includes('template'), host.vars.size]).toEqual([true, true, 5])
    expect(host.vars.get('from_group')).toBe(3)
  })
})
