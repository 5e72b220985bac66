import { resolveParams } from '../../src/playbook/params.js'
import { roleContexts } from '../../src/playbook/context.js'
import { Secret, secretText } from '../../src/secret.js'
import { openWith } from '../../src/vault/vault.js'
import { inFolder, loadSite } from '../support/playbook-folder.js'
import { inline, vaulted, vaultPassword } from '../support/vaulted.js'

const openVault = openWith([{ label: 'default', bytes: Buffer.from(vaultPassword) }])
const role = `import { defineRole, type Secret } from 'netplay'

export default defineRole({
  name: 'db',
  params: {
    type: 'object',
    properties: {
      password: { type: 'string', secret: true, minLength: 3 },
      users: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' }, key: { type: 'string', secret: true } } } },
      port: { type: 'integer', default: 5432 },
    },
  } as const,
  tasks: ({ params }) => {
    // What is a secret is one in TypeScript too, at any depth.
    const [password, key]: (Secret | undefined)[] = [params.password, params.users?.[0]?.key]
    return password === key ? [] : []
  },
})
`
const site = '- hosts: web\n  roles: [db]\n'
const load = (vars: string, play = site) => loadSite(play, { files: { 'roles/db/role.ts': role, 'group_vars/web.yml': vars }, openVault })
const paramsOf = async (vars: string, play = site) => {
  const { plays, extraVars } = await load(vars, play)
  const [{ roles, hosts }] = plays as [(typeof plays)[number]]
  return resolveParams(roles[0]!.role, roles[0]!, plays[0]!, hosts[0]!, extraVars).params
}

test('a parameter with `secret: true` is a Secret, encrypted or not', async () => {
  for (const vars of [inline('db_password', 'hunter2'), vaulted('db_password: hunter2\n'), 'db_password: hunter2\n']) {
    const { password } = await paramsOf(vars)
    expect(password).toBeInstanceOf(Secret)
    expect((password as Secret).reveal()).toBe('hunter2')
  }
})

test('secrets inside lists and mappings are Secrets, what is beside them is not', async () => {
  const { users } = (await paramsOf(`db_users:\n  - name: anna\n${inline('key', 'k1', '    ')}`)) as {
    users: { name: string; key: Secret }[]
  }
  expect([users[0]!.name, users[0]!.key.reveal(), JSON.stringify(users)]).toEqual(['anna', 'k1', '[{"name":"anna","key":"***"}]'])
})

test('vars of a play and keys of a role are read too, and two secrets are not taken for one', async () => {
  const play = `- hosts: web\n  roles:\n    - role: db\n${inline('password', 'one', '      ')}    - role: db\n${inline('password', 'two', '      ')}`
  const { plays, extraVars } = await load('', play)
  const found = plays[0]!.roles.map(
    use => resolveParams(use.role, use, plays[0]!, plays[0]!.hosts[0]!, extraVars).params.password as Secret,
  )
  expect(found.map(secret => secret.reveal())).toEqual(['one', 'two'])
})

test.each([
  [
    'one that is shown',
    inline('db_port', '5433'),
    'group_vars/web.yml:2:1: variable db_port, parameter "port" of role "db", is encrypted, and this parameter is shown in plans and diffs',
  ],
  [
    'the same in an encrypted file, without its line',
    vaulted('db_port: 5433\n'),
    /^group_vars\/web.yml:1:10: variable db_port, parameter "port" of role "db", is encrypted, and this parameter is shown in plans and diffs$/,
  ],
  [
    'a part of one that is shown',
    `db_users:\n  -\n${inline('name', 'anna', '    ')}`,
    'group_vars/web.yml:4:1: variable db_users, parameter "users" of role "db", is encrypted',
  ],
  [
    'a secret that the schema refuses',
    inline('db_password', 'xy'),
    'variable db_password (parameter "password" of role "db") must NOT have fewer than 3 characters',
  ],
])('an encrypted value for %s is refused where it stands', async (_, vars, message) => {
  await expect(load(vars)).rejects.toThrow(message)
})

test('a template in an encrypted file is evaluated, and what it gives is a secret', async () => {
  await inFolder({}, async () => {
    const playbook = await load(vaulted('db_password: "pw-{{ 1 + 1 }}"\n'))
    const [play] = playbook.plays
    const { params } = roleContexts(playbook, play!, () => undefined)(play!.roles[0]!, play!.hosts[0]!)
    expect((params['password'] as Secret).reveal()).toBe('pw-2')
  })
})

test('the refusal names the parameters that take secrets', async () => {
  await expect(load(inline('db_port', '5433'))).rejects.toMatchObject({ next: expect.stringContaining('kept secret: password') as string })
})

test('a role that looks at variables sees Secrets', async () => {
  await inFolder({}, async () => {
    const playbook = await load(inline('other', 'hunter2'))
    const [play] = playbook.plays
    const context = roleContexts(playbook, play!, () => undefined)(play!.roles[0]!, play!.hosts[0]!)
    expect((context.vars('other') as Secret).reveal()).toBe('hunter2')
    expect(`${context.host.vars.get('other') as Secret}`).toBe('***')
  })
})

test('text with secrets in it is a secret, and opens them only when it is used', () => {
  let opened = 0
  const secret = new Secret(() => `s${++opened}`)
  const text = secretText`a=${secret}\n${secretText`b=${7}${secret}`}.`
  expect([String(text), opened]).toEqual(['***', 0])
  expect([text.reveal(), text.reveal(), opened]).toEqual(['a=s1\nb=7s1.', 'a=s1\nb=7s1.', 1])
})
