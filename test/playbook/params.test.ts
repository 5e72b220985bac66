import { resolveParams } from '../../src/playbook/params.js'
import { loadSite, mistake } from '../support/playbook-folder.js'

const use = (entry = 'web') => `- hosts: web\n  roles:\n    - ${entry}\n`

/** Parameters of role `web` on a host, as the planner gets them. */
async function paramsOn(host: string, ...loading: Parameters<typeof loadSite>) {
  const { plays, extraVars } = await loadSite(...loading)
  const [play] = plays
  return resolveParams(
    play!.roles[0]!.role,
    play!.roles[0]!,
    play!,
    play!.peers.find(({ name }) => name === host)!,
    extraVars,
  )
}

const groupVars = (text: string) => ({ files: { 'group_vars/web.yml': text } })

describe('parameters', () => {
  test('have the defaults of the schema where nobody set them', async () => {
    const { params, origins } = await paramsOn('n1', use())
    expect(params).toEqual({ backend: 'vxlan', port: 80, tls: false, network: '10.244.0.0/16' })
    expect(origins.size).toBe(0)
  })

  test('come from the strongest of command line, play key, vars of the entry, vars of the play, host, group', async () => {
    const entry = (keys: string) => `- hosts: web\n  vars: {web_port: 4}\n  roles:\n    - {role: web${keys}}\n`
    const files = { 'group_vars/web.yml': 'web_port: 6\n', 'host_vars/n1.yml': 'web_port: 5\n' }
    const port = async (site: string, extraVars: string[] = [], host = 'n1') =>
      (await paramsOn(host, site, { files, extraVars })).params.port
    expect(await port(entry(', port: 2, vars: {web_port: 3}'), ['web_port=1'])).toBe(1)
    expect(await port(entry(', port: 2, vars: {web_port: 3}'))).toBe(2)
    expect(await port(entry(', vars: {web_port: 3}'))).toBe(3)
    expect(await port(entry(''))).toBe(4)
    expect(await port(use())).toBe(5)
    expect(await port(use(), [], 'n2')).toBe(6)
  })

  test('say where they were given', async () => {
    const { origins } = await paramsOn('n1', use('{role: web, port: 81}'), groupVars('x: 1\nweb_backend: host-gw\n'))
    expect(Object.fromEntries(origins)).toEqual({
      port: { file: 'site.yml', line: 3, column: 25 },
      backend: { file: 'group_vars/web.yml', line: 2, column: 14 },
    })
  })

  test('may share a variable with other roles; their own variable is stronger', async () => {
    const { params } = await paramsOn('n1', use(), groupVars('etcd_endpoints: [a]\n'))
    expect(params.endpoints).toEqual(['a'])
    const both = await paramsOn('n1', use(), groupVars('etcd_endpoints: [a]\nweb_endpoints: [b]\n'))
    expect(both.params.endpoints).toEqual(['b'])
  })

  test.each(['yes', 'true', '"yes"', '"True"', 'on'])('take the word %s for true', async word => {
    expect((await paramsOn('n1', use(), groupVars(`web_tls: ${word}\n`))).params.tls).toBe(true)
  })

  test('take digits from -e, where every value is text, and from nowhere else', async () => {
    expect((await paramsOn('n1', use(), { extraVars: ['web_port=8080 web_tls=no'] })).params).toMatchObject({ port: 8080, tls: false })
    expect(await mistake(use(), groupVars('web_port: "8080"\n'))).toBe(
      'group_vars/web.yml:1:11: variable web_port (parameter "port" of role "web") must be an integer, not text\n    web_port: "8080"\n              ^',
    )
  })

  test('are copies: a role that changes one changes no other host', async () => {
    const { plays, extraVars } = await loadSite(use(), groupVars('etcd_endpoints: [a]\n'))
    const [play] = plays
    const of = () => resolveParams(play!.roles[0]!.role, play!.roles[0]!, play!, play!.hosts[0]!, extraVars).params
    ;(of().endpoints as string[]).push('b')
    expect(of().endpoints).toEqual(['a'])
  })

  test('that are wrong on one host only are found when the playbook is loaded', async () => {
    const message = await mistake(use(), { files: { 'host_vars/n3.yml': 'web_backend: hostgw\n' } })
    expect(message.split('\n')[0]).toBe(
      'host_vars/n3.yml:1:14: variable web_backend (parameter "backend" of role "web") must be one of "host-gw", "vxlan"; did you mean "host-gw"?',
    )
  })

  test('that are wrong on the command line are told so', async () => {
    expect(await mistake(use(), { extraVars: ['web_port=many'] })).toBe(
      '--extra-vars: variable web_port (parameter "port" of role "web") must be an integer, not text',
    )
  })

  test('that hold a template are evaluated where they are used, and what is missing is told where it is needed', async () => {
    const given = await paramsOn('n1', use(), groupVars('other: vx\nunused: "{{ nobody }}"\nweb_backend: "{{ other }}lan"\n'))
    expect(given.params.backend).toBe('vxlan')
    const message = await mistake(use(), groupVars('other: "{{ x }}"\nweb_backend: "{{ other }}"\n'))
    expect(message.split('\n')[0]).toBe('group_vars/web.yml:1:8: "x" is not defined; needed by web_backend (group_vars/web.yml:2:14)')
  })

  test('that are vaulted and shown in plans are refused where they are used, without a password', async () => {
    const vault = '!vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3330\n'
    expect(await mistake(use(), groupVars(`web_backend: ${vault}`))).toContain(
      'group_vars/web.yml:2:1: variable web_backend, parameter "backend" of role "web", is encrypted, and this parameter is shown in plans and diffs',
    )
    expect((await paramsOn('n1', use(), groupVars(`other: ${vault}`))).params.backend).toBe('vxlan')
  })

  test('that are needed and given nowhere are told with both ways to give them', async () => {
    const role = `import { defineRole } from 'netplay'
export default defineRole({
  name: 'lean',
  params: { type: 'object', properties: { network: { type: 'string', variable: 'pod_network' } }, required: ['network'] },
  tasks: () => [],
})`
    const loading = loadSite(use('lean'), { files: { 'roles/lean/role.ts': role } })
    await expect(loading).rejects.toMatchObject({
      message: expect.stringMatching(/^site\.yml:3:7: role "lean" needs the parameter "network", and host n1 has none\n/) as unknown,
      next: 'Give it with the role in the play (`network: …`), or set the variable lean_network or pod_network, for instance in group_vars.',
    })
  })
})

describe('variables that look like parameters', () => {
  test('are warned about once, with what was probably meant', async () => {
    const { warnings } = await loadSite(use(), { ...groupVars('web_bakend: vxlan\nweb_zzz: 1\n'), extraVars: ['web_prot=1'] })
    expect(warnings).toEqual([
      '--extra-vars: variable web_prot is no parameter of role "web"; did you mean "web_port"?',
      'group_vars/web.yml:1:13: variable web_bakend is no parameter of role "web"; did you mean "web_backend"?',
      'group_vars/web.yml:2:10: variable web_zzz is no parameter of role "web"',
    ])
  })

  test('belong to the role with the longest name that fits', async () => {
    const role = `import { defineRole } from 'netplay'
export default defineRole({ name: 'web-gate', params: { type: 'object', properties: { port: { type: 'integer' } } }, tasks: () => [] })`
    const files = { 'roles/web-gate/role.ts': role, 'group_vars/web.yml': 'web_gate_port: 1\nweb_gate_prot: 1\n' }
    const { warnings } = await loadSite('- hosts: web\n  roles: [web, web-gate]\n', { files })
    expect(warnings).toEqual([
      'group_vars/web.yml:2:16: variable web_gate_prot is no parameter of role "web-gate"; did you mean "web_gate_port"?',
    ])
  })
})
