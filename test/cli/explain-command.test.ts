import { jest } from '@jest/globals'
import { join } from 'node:path'
import { explainCommand, type ExplainFlags } from '../../src/cli/explain-command.js'
import { loadSettings } from '../../src/settings/settings.js'
import { removeScratch, scratch } from '../inventory/scratch.js'
import { vaulted, vaultPassword } from '../support/vaulted.js'

afterAll(removeScratch)
afterEach(() => void jest.restoreAllMocks())

const folder = scratch({
  'hosts.ini': '[web]\nn1\n',
  'group_vars/web.yml': vaulted('db_password: hunter2\n'),
  'site.yml': '- hosts: web\n  vars: {url: "http://:{{ db_password }}@db"}\n',
  'shared/mine/role.js': `import { defineRole } from 'netplay'
export default defineRole({ name: 'mine', params: { type: 'object', properties: {}, additionalProperties: false }, tasks: () => [] })\n`,
  'roles.yml': '- hosts: web\n  roles: [{role: mine, vars: {of_role: 1}}]\n',
  pass: `${vaultPassword}\n`,
})
const flags: ExplainFlags = { inventory: [join(folder, 'hosts.ini')], extraVars: [], json: true, playbook: join(folder, 'site.yml') }
const opened = { vaultPasswordFile: [join(folder, 'pass')] }

async function printed(variable: string, more: Partial<ExplainFlags>): Promise<string> {
  const out: string[] = []
  jest.spyOn(process.stdout, 'write').mockImplementation(text => (out.push(String(text)), true))
  jest.spyOn(process.stderr, 'write').mockImplementation(() => true)
  await explainCommand('n1', variable, { ...flags, ...more })
  return out.join('')
}

test.each(['db_password', 'url'])(
  '%s, in or from a file that is encrypted, is explained with the vault password, and shown as stars',
  async variable => {
    const { variables } = JSON.parse(await printed(variable, opened)) as { variables: { value: unknown }[] }
    expect(variables.map(({ value }) => value)).toEqual(['***'])
    expect(await printed(variable, opened)).not.toContain('hunter2')
  },
)

test('without the vault password it says how to give it', async () => {
  await expect(printed('db_password', {})).rejects.toMatchObject({ next: expect.stringContaining('--vault-password-file') as string })
})

test('a source that is broken can be left out, as for every command that reads inventories', async () => {
  const inventory = [...flags.inventory, join(folder, 'none.ini')]
  await expect(printed('url', { ...opened, inventory })).rejects.toThrow('none.ini')
  expect(await printed('url', { ...opened, inventory, skipBrokenSources: true })).toContain('"***"')
})

test('roles of the playbook may lie in ANSIBLE_ROLES_PATH', async () => {
  const settings = await loadSettings({ env: { ANSIBLE_ROLES_PATH: join(folder, 'shared') }, systemFile: '/nonexistent' })
  expect(await printed('of_role', { ...opened, settings, playbook: join(folder, 'roles.yml') })).toContain('role mine in play 1')
})

test('a warning that quotes the inventory cannot drive the terminal', async () => {
  const said: string[] = []
  const hostile = scratch({ 'h.yml': 'all: {hosts: {n1: {"v\\e[2J": 1}}}\n' })
  jest.spyOn(process.stdout, 'write').mockImplementation(() => true)
  jest.spyOn(process.stderr, 'write').mockImplementation(text => (said.push(String(text)), true))
  await explainCommand('n1', undefined, { inventory: [join(hostile, 'h.yml')], extraVars: [], json: false })
  expect(said.join('')).toContain('"v\\x1b[2J" is no valid variable name')
})
