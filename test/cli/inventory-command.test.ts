import { jest } from '@jest/globals'
import { join } from 'node:path'
import { inventoryCommand, type InventoryFlags } from '../../src/cli/inventory-command.js'
import { InputError } from '../../src/errors.js'
import { removeScratch, scratch } from '../inventory/scratch.js'

afterAll(removeScratch)
afterEach(() => void jest.restoreAllMocks())

const folder = scratch({ 'hosts.ini': '[web-1]\nn1 x=1\nn2\n[db]\nd1\n' })
const flags: InventoryFlags = { inventory: [join(folder, 'hosts.ini')], vars: false, extraVars: [] }

async function printed(more: Partial<InventoryFlags>) {
  const [out, err]: [string[], string[]] = [[], []]
  jest.spyOn(process.stdout, 'write').mockImplementation(text => (out.push(String(text)), true))
  jest.spyOn(process.stderr, 'write').mockImplementation(text => (err.push(String(text)), true))
  const code = await inventoryCommand({ ...flags, ...more })
  return { code, out: out.join(''), err: err.join('') }
}

test.each<[string, Partial<InventoryFlags>]>([
  ['none', {}],
  ['--list --host', { list: true, host: 'n1' }],
  ['--graph --list', { list: true, graph: true }],
  ['all three', { list: true, graph: 'web', host: 'n1' }],
])('one of --list, --graph and --host must be said, and one only: %s', async (_, more) => {
  await expect(printed(more)).rejects.toThrow(new InputError('say one of --list, --graph, --host and --list-hosts'))
})

test('--list-hosts prints names as ansible does, and keeps to the limit', async () => {
  expect((await printed({ listHosts: true })).out).toBe('  hosts (3):\n    n1\n    n2\n    d1\n')
  expect((await printed({ listHosts: true, limit: 'web-1:!n1' })).out).toBe('  hosts (1):\n    n2\n')
})

test('a limit reads a retry file', async () => {
  const retry = join(scratch({ 'site.retry': 'n2\nd1\n' }), 'site.retry')
  expect((await printed({ listHosts: true, limit: `@${retry}` })).out).toBe('  hosts (2):\n    n2\n    d1\n')
})

test('a password is stars, and that is told', async () => {
  const secret = join(scratch({ 'hosts.ini': 'n1 ansible_password=hunter2\n' }), 'hosts.ini')
  const { out, err } = await printed({ inventory: [secret], list: true })
  expect(out + err).not.toContain('hunter2')
  expect(err).toContain('ansible_password: printed as ***')
})

test('without an inventory nothing is printed', async () => {
  await expect(printed({ inventory: [], list: true })).rejects.toThrow(new InputError('no inventory was given'))
})

test('--list is JSON on standard output, and what is odd is told on standard error', async () => {
  const { code, out, err } = await printed({ list: true })
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ 'web-1': { hosts: ['n1', 'n2'] }, _meta: { hostvars: { n1: { x: 1 } } } })
  expect(err).toMatch(/^WARNING .*hosts\.ini:1.*web-1/)
})

test('-l keeps to some hosts, and a part that matches nothing is told', async () => {
  const { out, err } = await printed({ list: true, limit: 'd1,nobody' })
  const listed = JSON.parse(out) as Record<string, { hosts?: string[] }>
  expect(listed['db']!.hosts).toEqual(['d1'])
  expect(listed['web-1']?.hosts).toBeUndefined()
  expect(err).toContain('nobody')
})

test('a limit that leaves nothing is wrong', async () => {
  await expect(printed({ list: true, limit: 'nobody' })).rejects.toThrow(InputError)
})

test('--graph begins at all, or at the group that is named; --vars shows variables', async () => {
  expect((await printed({ graph: true })).out).toMatch(/^@all:\n/)
  expect((await printed({ graph: 'db' })).out).toBe('@db:\n  |--d1\n')
  expect((await printed({ graph: 'web-1', vars: true })).out).toContain('{x = 1}')
  await expect(printed({ graph: 'dbs' })).rejects.toThrow('there is no group "dbs"')
})

test('--host prints the variables of one host, those of -e over its own', async () => {
  expect(JSON.parse((await printed({ host: 'n1' })).out)).toEqual({ x: 1 })
  expect(JSON.parse((await printed({ host: 'n1', extraVars: ['x=2', 'y=z'] })).out)).toEqual({ x: '2', y: 'z' })
  await expect(printed({ host: 'web-1' })).rejects.toThrow('"web-1" names 2')
})
