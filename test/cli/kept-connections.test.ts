import { join } from 'node:path'
import { connectionFor, withoutSecrets } from '../../src/cli/connections.js'
import { keptConnections } from '../../src/cli/kept-connections.js'
import type { Passwords } from '../../src/cli/passwords.js'
import { loadInventory } from '../../src/inventory/load.js'
import type { Plan } from '../../src/plan/plan.js'
import { Secret } from '../../src/secret.js'
import { removeScratch, scratch } from '../inventory/scratch.js'

afterAll(removeScratch)

const own = 'n1 ansible_password=own-1 ansible_become_password=own-2\nn2\n'

/** A plan of this inventory, as JSON keeps it, and the folder of the inventory. */
async function planned(text = own, asked: Passwords = {}) {
  const folder = scratch({ 'hosts.ini': text })
  const file = join(folder, 'hosts.ini')
  const hosts = [...(await loadInventory([file])).hosts.values()]
  const connections = hosts.map(host => connectionFor(host, host.vars, { enabled: true }, { become: false, sshAcceptNew: false }, asked))
  const plan = {
    source: { inventory: [file], playbooks: [join(folder, 'site.yml')] },
    hosts: Object.fromEntries(connections.map(connection => [connection.host, { connection: withoutSecrets(connection, asked) }])),
  }
  return { plan: JSON.parse(JSON.stringify(plan)) as Plan, folder }
}

const noOptions = { inventory: [], extraVars: [] }
const secretsOf = async (...given: Parameters<typeof keptConnections>) =>
  Object.fromEntries(
    (await keptConnections(...given)).map(({ host, password, become }) => [host, [password?.reveal(), become?.password?.reveal()]]),
  )
const asked = { login: new Secret('asked-1'), become: new Secret('asked-2') }

test("a plan's connections get a host's own passwords from the inventory again, and what is asked does not replace them", async () => {
  const { plan } = await planned()
  expect(JSON.stringify(plan)).not.toMatch(/own-|\*\*\*/)
  expect(await secretsOf(plan, {}, noOptions)).toEqual({ n1: ['own-1', 'own-2'], n2: [undefined, undefined] })
  expect(await secretsOf(plan, asked, noOptions)).toEqual({ n1: ['own-1', 'own-2'], n2: ['asked-1', 'asked-2'] })
})

test('-e gives them, and -i names another inventory', async () => {
  const { plan } = await planned()
  const other = join(scratch({ 'hosts.ini': 'n1 ansible_password=new-1 ansible_become_password=new-2\n' }), 'hosts.ini')
  expect(await secretsOf(plan, {}, { ...noOptions, extraVars: ['ansible_password=extra'] })).toMatchObject({ n1: ['extra', 'own-2'] })
  expect(await secretsOf(plan, {}, { ...noOptions, inventory: [other] })).toMatchObject({ n1: ['new-1', 'new-2'] })
})

test('a password that is nowhere any more is asked for, not tried without', async () => {
  const { plan } = await planned()
  const bare = { ...noOptions, inventory: ['n1,n2'] }
  await expect(keptConnections(plan, {}, bare)).rejects.toThrow(
    'n1 was planned with ansible_password, which its inventory does not have now',
  )
  await expect(keptConnections(plan, { login: asked.login }, bare)).rejects.toThrow('n1 was planned with ansible_become_password')
  expect(await secretsOf(plan, asked, bare)).toMatchObject({ n1: ['asked-1', 'asked-2'] })
})

test('where no host has a password of its own, the inventory may be gone', async () => {
  const { plan } = await planned('n1\n', asked)
  plan.source.inventory = ['/nowhere/hosts.ini']
  expect(await secretsOf(plan, asked, noOptions)).toEqual({ n1: ['asked-1', 'asked-2'] })
})
