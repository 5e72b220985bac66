import { join } from 'node:path'
import { printInventory } from '../../src/cli/inventory.js'
import { secretVariables } from '../../src/inventory/connection.js'
import { loadInventory } from '../../src/inventory/load.js'
import { loadIni, removeScratch, scratch } from '../inventory/scratch.js'

afterAll(removeScratch)

const text = `[web]\nh1 ${[...secretVariables].map(name => `${name}=hunter2`).join(' ')} ansible_user=root\n`

test('secrets are stars in every form, unless they are asked for', async () => {
  const inventory = await loadIni(text)
  for (const show of [{ list: true as const }, { graph: 'all' }, { host: 'h1' }]) {
    expect(printInventory(inventory, { show, vars: true, showSecrets: true })).toContain('hunter2')
    const printed = printInventory(inventory, { show, vars: true })
    expect(printed).not.toContain('hunter2')
    expect(printed).toContain('***')
    expect(printed).toContain('root')
  }
})

test('an unknown group and a pattern of several hosts are errors', async () => {
  const inventory = await loadIni('[web]\nh1\nh2\n')
  expect(() => printInventory(inventory, { show: { graph: 'wbe' } })).toThrow('there is no group "wbe"')
  expect(() => printInventory(inventory, { show: { host: 'web' } })).toThrow('"web" names 2')
})

test('control characters in a name cannot drive the terminal', async () => {
  const inventory = await loadIni('h1 x=\'"\\x1b[31m"\'\n')
  expect(printInventory(inventory, { show: { graph: 'all' }, vars: true })).toContain('{x = \\x1b[31m}')
  expect(printInventory(inventory, { show: { list: true } })).toContain('\\u001b[31m')
})

test('tabs and line ends in a value are printed as Ansible prints them', async () => {
  const inventory = await loadIni('h1 x=\'"a\\tb\\nc"\'\n')
  expect(printInventory(inventory, { show: { graph: 'all' }, vars: true })).toContain('{x = a\tb\nc}')
})

test('a name with a line end stays on its line', async () => {
  const inventory = await loadInventory([join(scratch({ 'h.yml': 'all: {hosts: {"a\\nb\\ec": }}\n' }), 'h.yml')])
  expect(printInventory(inventory, { show: { hosts: true } })).toBe('  hosts (1):\n    a\\nb\\x1bc')
  expect(printInventory(inventory, { show: { graph: 'all' } })).toBe('@all:\n  |--@ungrouped:\n  |  |--a\\nb\\x1bc')
})
