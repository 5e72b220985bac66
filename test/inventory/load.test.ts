import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { loadInventory } from '../../src/inventory/load.js'
import { magicVariables } from '../../src/inventory/magic.js'
import { loadIni, refusal, removeScratch, scratch } from './scratch.js'

afterAll(removeScratch)

const shop = {
  'inv/hosts': '[web]\nh1 v=8 port=80\nh2\n[east:children]\nweb\n[all:vars]\nv=2\n[east:vars]\nv=3\n[web:vars]\nv=3.5\n',
  'inv/group_vars/all.yml': 'v: 4\n',
  'inv/group_vars/east.yml': 'v: 6\n',
  'inv/group_vars/web.yml': 'v: 6.5\n',
  'inv/host_vars/h1.yml': 'v: 9\n',
  'play/group_vars/all.yml': 'v: 5\n',
  'play/group_vars/web.yml': 'v: 7\n',
  'play/host_vars/h1.yml': 'v: 10\n',
}
const load = (folder: string) => loadInventory([join(folder, 'inv/hosts')], { playbookDir: join(folder, 'play') })

test('a host shows every layer of a variable, weakest first, each with its place', async () => {
  const folder = scratch(shop)
  const host = (await load(folder)).hosts.get('h1')!
  const seen = host.layers
    .filter(layer => layer.vars.has('v'))
    .map(({ level, group, vars }) => `${level} ${group ?? '-'} ${String(vars.get('v')!.value)}`)
  expect(seen).toEqual([
    '2 all 2',
    '3 east 3',
    '3 web 3.5',
    '4 all 4',
    '5 all 5',
    '6 east 6',
    '6 web 6.5',
    '7 web 7',
    '8 - 8',
    '9 - 9',
    '10 - 10',
  ])
  expect(host.vars.get('v')).toMatchObject({ value: 10, origin: { file: join(folder, 'play/host_vars/h1.yml'), line: 1, column: 4 } })
  expect(host.vars.get('port')).toMatchObject({ value: 80, origin: { file: join(folder, 'inv/hosts'), line: 2, column: 13 } })
})

test('hosts without variables of their own share one map', async () => {
  const { hosts } = await loadIni('[web]\nn[1:3]\n[web:vars]\na=1\n')
  expect(hosts.get('n1')!.vars).toBe(hosts.get('n2')!.vars)
  expect(hosts.get('n1')!.vars.get('a')!.value).toBe(1)
})

test('groups are told in merge order, with depth and priority', async () => {
  const { hosts, groups } = await loadIni('[b]\nh\n[a]\nh\n[top:children]\na\n[b:vars]\nansible_group_priority=9\n[c]\nh\n')
  expect(hosts.get('h')!.groups).toEqual(['c', 'top', 'b', 'a'])
  expect(groups.get('a')).toMatchObject({ depth: 2, priority: 1, parents: ['top'], hosts: ['h'] })
  expect(groups.get('b')).toMatchObject({ depth: 1, priority: 9 })
})

test('inventory order is breadth first, each host once', async () => {
  const inventory = await loadIni('[p:children]\nx\ny\n[x:children]\ndeep\n[deep]\nd\ny1\n[y]\ny1\ny2\n[x]\nx1\n')
  expect(inventory.hostsOf('p').map(host => host.name)).toEqual(['x1', 'y1', 'y2', 'd'])
  expect(inventory.hostsOf('nope')).toEqual([])
})

test('localhost is there when nobody wrote it, and is in no group', async () => {
  const inventory = await loadIni('h\n[all:vars]\nx=1\n')
  const local = inventory.find('localhost')!
  expect(local).toMatchObject({ name: 'localhost', implicit: true, groups: [] })
  expect([...local.vars].map(([name, { value }]) => [name, value])).toEqual([
    ['x', 1],
    ['ansible_connection', 'local'],
  ])
  expect(inventory.hostsOf('all').map(host => host.name)).toEqual(['h'])
  expect(inventory.find('nope')).toBeUndefined()
})

test('magic variables tell what Ansible tells', async () => {
  const folder = scratch({ 'hosts.ini': '[web]\na.b.c\n10.0.0.1\n[x:children]\nweb\n' })
  const inventory = await loadInventory([join(folder, 'hosts.ini'), 'later,'])
  expect(magicVariables(inventory, inventory.hosts.get('a.b.c')!)).toMatchObject({
    inventory_hostname_short: 'a',
    group_names: ['web', 'x'],
    groups: { all: ['later', 'a.b.c', '10.0.0.1'], web: ['a.b.c', '10.0.0.1'] },
    inventory_file: join(folder, 'hosts.ini'),
    inventory_dir: folder,
  })
  expect(magicVariables(inventory, inventory.hosts.get('10.0.0.1')!).inventory_hostname_short).toBe('10.0.0.1')
  expect(magicVariables(inventory, inventory.hosts.get('later')!).inventory_file).toBeNull()
})

test('what is odd but not wrong is a warning with its place', async () => {
  const { warnings } = await loadIni('[web-1]\nh a-b=1\n[h]\nx\n')
  expect(warnings.map(warning => warning.replace(/^\S*\//, ''))).toEqual([
    'hosts.ini:1:2: the group name "web-1" has characters outside A-Z, a-z, 0-9 and _, or a digit first; it is kept as it is',
    'hosts.ini:2:3: "a-b" is no valid variable name (letters, digits and _, no digit first); it is kept as it is',
    'hosts.ini:2:1: "h" is a host and a group; patterns take it for the host, variables of one are those of the group',
  ])
})

test('a key __proto__ or constructor is an ordinary variable, host and group', async () => {
  const { hosts } = await loadIni('[__proto__]\nconstructor __proto__=1 toString=2\n')
  expect(hosts.get('constructor')!.groups).toEqual(['__proto__'])
  expect(hosts.get('constructor')!.vars.get('__proto__')!.value).toBe(1)
  expect(({} as Record<string, unknown>)['1']).toBeUndefined()
})

describe('a source that is wrong is fatal and told with its place', () => {
  test.each([
    ['a child that is nowhere', '[p:children]\n  x\n', 'hosts.ini:2:3: this line names a group that is declared nowhere\n      x\n      ^'],
    ['variables of no group', '[x:vars]\na=1\n', 'hosts.ini:1:2: [x:vars] sets variables of a group that is declared nowhere'],
    ['a group in itself', '[a:children]\na\n', 'hosts.ini:2:1: the group "a" cannot contain itself\n    a\n    ^'],
    ['a circle', '[a:children]\nb\n[b:children]\nc\n[c:children]\na\n', 'groups contain each other: a > b > c > a'],
    ['all as a child', '[a:children]\nall\n', 'hosts.ini:2:1: "all" contains every group'],
    ['a word without =', 'h1 ansible_user root\n', 'hosts.ini:1:4: key=value is expected behind a host name'],
    ['a password with a blank', 'h1 ansible_password=my secret\n', 'hosts.ini:1:24: key=value is expected behind a host name; quote'],
    ['a section with blanks', '[ web ]\n', 'hosts.ini:1:1: a section is written [name]'],
    ['a kind that is none', '[web:host]\n', 'hosts.ini:1:1: there are no sections of kind ":host"'],
    ['a range', 'h1\nn[01:100]\n', 'hosts.ini:2:1: with leading zeros both ends of [01:100] need the same length\n    n[01:100]\n    ^'],
    ['an unclosed quote', 'h k="x\n', 'hosts.ini:1:5: this quote is never closed'],
    ['a priority', '[a]\nh\n[a:vars]\nansible_group_priority = high\n', 'hosts.ini:4:26: ansible_group_priority is a whole number'],
    ['an unhashable literal', 'h\n[all:vars]\nx = {[1]: 2}\n', 'hosts.ini:3:5: a list, a mapping or a set cannot be the key'],
    ['an invisible line end', 'h a=1\u2028b\n', 'hosts.ini:1:6: the line holds an invisible Unicode line separator'],
    ['a control character', 'h a=\u001b[31m\n', 'hosts.ini:1:5: the file holds the control character 0x1b'],
  ])('%s', async (_, text, message) => {
    const told = await refusal(loadIni(text))
    expect(told).toContain(message)
    expect(told).not.toContain('my secret')
  })

  test.each([
    [
      'a tab in YAML',
      { 'hosts.yml': 'all:\n\thosts: {}\n' },
      'hosts.yml:2:1: YAML does not allow tabs for indentation; use spaces\n    →hosts: {}\n    ^',
    ],
    [
      'a list of hosts',
      { 'hosts.yml': 'web:\n  hosts:\n    - h1\n' },
      'hosts.yml:3:5: "hosts" of group "web" is a mapping, this is a list',
    ],
    ['YAML without extension', { hosts: 'all:\n  hosts: [a]\n' }, 'hosts:2:10: "hosts" of group "all"'],
    ['INI without extension', { hosts: '[web]\nh1 x\n' }, 'hosts:2:4: key=value is expected'],
    ['a plugin', { 'aws.yml': 'plugin: aws_ec2\n' }, 'aws.yml:1:1: this is the configuration of an Ansible inventory plugin'],
    ['a number as a host', { 'h.yml': 'web:\n  hosts:\n    10:\n' }, 'h.yml:3:5: a host name is text'],
    ['a script without the executable bit', { hosts: '#!/bin/sh\necho {}\n' }, 'hosts: this is a program, and not executable'],
    ['TOML', { 'h.toml': '[web.hosts]\nh1 = {a = }\n' }, 'h.toml:2:11: unexpected token\n    h1 = {a = }\n              ^'],
    ['TOML that is no inventory', { 'h.toml': '[web]\nhosts = ["h1"]\n' }, 'h.toml:2:9: hosts of "web" is a table, this is a list'],
    ['a lone =', { 'h.yml': 'all:\n  vars:\n    a: =\n' }, 'h.yml:3:8: a lone = is no value in YAML 1.1; put it in quotes'],
    ['a lone <<', { 'h.yml': 'all:\n  vars:\n    a: <<\n' }, 'h.yml:3:8: a lone << is no value in YAML 1.1; put it in quotes'],
    ['an anchor twice', { 'h.yml': 'all:\n  vars:\n    a: &x 1\n    b: &x 2\n' }, 'h.yml:4:9: the anchor &x is set twice'],
    ['a host that Ansible would lose', { hosts: 'db\n[web:children]\ndb\n[db]\n' }, 'hosts:1:1: the host "db" is in no group, and a group'],
    [
      'YAML that begins with a quoted name',
      { hosts: `'a b':\nweb: {hosts: {h: {a: !!set {b}}}}\n` },
      'hosts:2:22: the tag !!set is not known',
    ],
    ['hosts below ungrouped in a group', { hosts: 'h\n[web:children]\nungrouped\n' }, 'hosts:3:1: "ungrouped" lies in group "web"'],
    [
      'group_vars that are a list',
      { 'h.ini': 'h\n', 'group_vars/all.yml': '- a\n' },
      'group_vars/all.yml:1:1: a file of variables is a mapping, this is a list',
    ],
    [
      'vaulted group_vars',
      { 'h.ini': 'h\n', 'group_vars/all': '$ANSIBLE_VAULT;1.1;AES256\n33\n' },
      'group_vars/all:1:1: this is encrypted with ansible-vault, and no vault password was given',
    ],
  ])('%s', async (_, files, message) => {
    const [source] = Object.keys(files)
    expect(await refusal(loadInventory([join(scratch(files as unknown as Record<string, string>), source!)]))).toContain(message)
  })

  test('a source that is missing', async () => {
    await expect(loadInventory(['nowhere/hosts'])).rejects.toMatchObject({
      message: 'there is no inventory source "nowhere/hosts"',
      next: expect.stringContaining('-i nowhere/hosts,') as string,
    })
  })

  test('unless broken sources are skipped: they are told, and nothing of them counts', async () => {
    const folder = scratch({ 'a.ini': 'h1\n', 'b.ini': '[web]\nh2\n[x:vars]\n', 'inv/c.ini': 'h3\n', 'inv/d.yml': 'web: {hosts: [h4]}\n' })
    const sources = ['a.ini', 'b.ini', 'inv', 'nowhere'].map(name => join(folder, name))
    const { hosts, groups, warnings } = await loadInventory(sources, { skipBroken: true })
    expect([...hosts.keys()]).toEqual(['h1', 'h3'])
    expect(groups.has('web')).toBe(false)
    expect(warnings.map(warning => warning.replaceAll(`${folder}/`, ''))).toEqual([
      expect.stringMatching(/^b\.ini:3:2: .* declared nowhere; nothing of this source counts/),
      expect.stringMatching(/^inv\/d\.yml:1:14: .* nothing of this source counts/),
      expect.stringMatching(/there is no inventory source "nowhere"; nothing/),
    ])
  })

  test('one broken file of a folder', async () => {
    const folder = scratch({ 'inv/a.ini': 'h1\n', 'inv/b.ini': 'h2 x\n' })
    expect(await refusal(loadInventory([join(folder, 'inv')]))).toContain('inv/b.ini:1:4: key=value is expected')
  })
})

test('a text file with the executable bit is read as what it is', async () => {
  const folder = scratch({ 'hosts.ini': '[web]\nh\n' })
  chmodSync(join(folder, 'hosts.ini'), 0o755)
  expect([...(await loadInventory([join(folder, 'hosts.ini')])).hosts.keys()]).toEqual(['h'])
})

test('a folder that contains itself through a link ends in an error', async () => {
  const folder = scratch({ 'inv/a.ini': 'h\n' })
  symlinkSync(join(folder, 'inv'), join(folder, 'inv', 'again'))
  expect(await refusal(loadInventory([join(folder, 'inv')]))).toContain('folders lie too deep')
})

test('a host name cannot lead out of host_vars', async () => {
  const folder = scratch({ 'inv/hosts.ini': '../secret\n', 'inv/secret.yml': 'a: 1\n' })
  mkdirSync(join(folder, 'inv/host_vars'))
  expect((await loadInventory([join(folder, 'inv/hosts.ini')])).hosts.get('../secret')!.vars.size).toBe(0)
})

test('ten thousand hosts with variables and host_vars load well under the six seconds they may take', async () => {
  const lines = Array.from(
    { length: 10_000 },
    (_, index) => `node${index}.example.com ansible_host=10.0.${index >> 8}.${index & 255} rack=r${index % 40}`,
  )
  const started = performance.now()
  const inventory = await loadIni(
    `[web]\n${lines.join('\n')}\n[prod:children]\nweb\n[all:vars]\n${lines
      .slice(0, 100)
      .map((_, index) => `v${index}=${index}`)
      .join('\n')}\n`,
  )
  const sizes = inventory.hostsOf('all').map(host => host.vars.size)
  expect(performance.now() - started).toBeLessThan(6000)
  expect(sizes).toHaveLength(10_000)
  expect(new Set(sizes)).toEqual(new Set([102]))
})
