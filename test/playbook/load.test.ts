import { loadSite, mistake, webRole } from '../support/playbook-folder.js'

const names = (hosts: readonly { name: string }[]) => hosts.map(({ name }) => name)

describe('a playbook', () => {
  test('gives plays in order with everything they say', async () => {
    const { plays, hosts } = await loadSite(`
- name: Web
  hosts: [web, '!n2']
  gather_facts: no
  become: yes
  become_user: app
  serial: [1, "50%"]
  max_fail_percentage: 30
  any_errors_fatal: true
  tags: a, b
  vars: {x: 1}
  roles:
    - {role: web/announce, port: 81, tags: [c, a]}
- hosts: db
`)
    expect(plays).toMatchObject([
      {
        ...{ index: 1, name: 'Web', file: 'site.yml', origin: { line: 2, column: 3 }, patterns: ['web', '!n2'], serial: [1, '50%'] },
        ...{ become: { enabled: true, user: 'app' }, maxFailPercentage: 30, anyErrorsFatal: true, order: 'inventory', tags: ['a', 'b'] },
        roles: [
          {
            part: 'announce',
            tags: ['a', 'b', 'c'],
            origin: { file: 'site.yml', line: 13, column: 14 },
            role: { name: 'web', shipped: false },
          },
        ],
      },
      { index: 2, name: 'db', roles: [], serial: [], anyErrorsFatal: false },
    ])
    expect(names(plays[0]!.hosts)).toEqual(['n1', 'n3'])
    expect(names(hosts)).toEqual(['n1', 'n3', 'd1'])
    expect(plays[0]!.vars.get('x')).toMatchObject({ value: 1, origin: { line: 11, column: 13 } })
  })

  test('takes imported playbooks in their place, with the tags of the import', async () => {
    const files = { 'more/db.yml': '- hosts: db\n  tags: inner\n  roles: [web]\n' }
    const { plays, files: read } = await loadSite('- import_playbook: more/db.yml\n  tags: outer\n- hosts: web\n', { files })
    expect(plays.map(({ index, name, file, tags }) => ({ index, name, file, tags }))).toEqual([
      { index: 1, name: 'db', file: 'more/db.yml', tags: ['outer', 'inner'] },
      { index: 2, name: 'web', file: 'site.yml', tags: [] },
    ])
    expect(read).toEqual(['site.yml', 'more/db.yml'])
  })

  test('finds roles beside it, in ../roles and in the working folder, its own first', async () => {
    const role = (port: number) => webRole.replace('default: 80', `default: ${port}`)
    const files = { 'plays/roles/web/role.ts': role(1), 'plays/db.yml': '- hosts: db\n  roles: [web]\n' }
    const near = await loadSite('- import_playbook: plays/db.yml\n', { files })
    expect(near.plays[0]!.roles[0]!.role.file).toMatch(/plays\/roles\/web\/role\.ts$/)
    const above = await loadSite('- import_playbook: plays/db.yml\n', { files: { 'plays/db.yml': files['plays/db.yml'] } })
    expect(above.plays[0]!.roles[0]!.role.file).toMatch(/playbook-\w+\/roles\/web\/role\.ts$/)
  })

  test('with --limit works on those hosts only, and roles still see the others as peers', async () => {
    const { plays } = await loadSite('- hosts: web\n- hosts: db\n', { limit: 'n2' })
    expect(plays.map(play => [names(play.hosts), names(play.peers)])).toEqual([
      [['n2'], ['n1', 'n2', 'n3']],
      [[], ['d1']],
    ])
  })

  test('with a limit that leaves no host at all is refused', async () => {
    expect(await mistake('- hosts: web\n', { limit: '!all' })).toBe(
      'Specified inventory, host pattern and/or --limit leaves us with no hosts to target.',
    )
  })

  test.each([
    { order: 'reverse_inventory', expected: ['n3', 'n2', 'n1', 'd1'] },
    { order: 'sorted', expected: ['d1', 'n1', 'n2', 'n3'] },
    { order: 'reverse_sorted', expected: ['n3', 'n2', 'n1', 'd1'] },
  ])('goes through hosts in the order $order', async ({ order, expected }) => {
    const { plays } = await loadSite(`- hosts: db,web\n  order: ${order}\n`)
    expect(names(plays[0]!.hosts)).toEqual(expected)
  })

  test('warns of patterns that match nothing, with their position', async () => {
    const { warnings, plays } = await loadSite('- hosts: web:typo\n- hosts: gone\n')
    expect(warnings).toEqual([
      'site.yml:1:10: Could not match supplied host pattern, ignoring: typo',
      'site.yml:2:10: Could not match supplied host pattern, ignoring: gone',
    ])
    expect(plays[1]!.hosts).toEqual([])
  })

  test('warns of a strategy that netplay does not keep', async () => {
    const { warnings } = await loadSite('- hosts: web\n  strategy: linear\n')
    expect(warnings).toEqual([
      'site.yml:2:3: strategy linear is not kept: hosts go through the tasks of a play independently, as with free',
    ])
  })

  test('reads whom a play and its roles become, templates evaluated', async () => {
    const { plays } = await loadSite(
      '- hosts: web\n  vars: {who: app}\n  become: true\n  become_method: su\n  become_exe: /bin/su\n  become_flags: "-"\n' +
        '  roles: [{role: web, become_user: "{{ who }}"}]\n',
    )
    expect(plays[0]!.become).toMatchObject({ enabled: true, method: 'su', exe: '/bin/su', flags: '-' })
    expect(plays[0]!.roles[0]!.become).toMatchObject({ user: 'app', origin: { line: 7 } })
    expect(plays[0]!.roles[0]!.params.size).toBe(0)
  })

  test('runs a role with the same parameters once a play', async () => {
    const { plays, notes } = await loadSite('- hosts: web\n  roles: [web, web, {role: web, port: 81}, {role: web, port: 81}]\n')
    expect(plays[0]!.roles.map(use => use.params.get('port')?.value)).toEqual([undefined, 81])
    expect(notes).toHaveLength(2)
  })

  test('says with -v that a role of the admin stands before one of netplay', async () => {
    const files = { 'roles/flannel/role.ts': webRole.replace("'web'", "'flannel'") }
    const { notes, plays } = await loadSite('- hosts: web\n  roles: [flannel]\n', { files })
    expect(plays[0]!.roles[0]!.role.shipped).toBe(false)
    expect(notes).toEqual(['role "flannel" is your own, roles/flannel/role.ts, not netplay\'s'])
  })

  test("loads netplay's own roles, whose shared variables set both", async () => {
    const files = { 'group_vars/all.yml': 'flannel_network: 10.244.0.0/16\n' }
    const { plays, warnings } = await loadSite('- hosts: web\n  roles: [etcd-seed, flannel]\n', { files })
    expect(plays[0]!.roles.map(({ role }) => [role.name, role.shipped])).toEqual([
      ['etcd-seed', true],
      ['flannel', true],
    ])
    expect(plays[0]!.roles[0]!.role.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(warnings).toEqual([])
  })
})
