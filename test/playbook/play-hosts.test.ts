import { join } from 'node:path'
import { loadInventory } from '../../src/inventory/load.js'
import { playHosts } from '../../src/playbook/play-hosts.js'
import { removeScratch, scratch } from '../inventory/scratch.js'

afterAll(removeScratch)

const origin = { file: 'site.yml', line: 1, column: 10 }
const hostsOf = async (name: string) => {
  const inventory = await loadInventory([join(scratch({ 'h.yml': `all: {hosts: {n1: , ${name}: }}\n` }), 'h.yml')])
  return (patterns: string[]) =>
    playHosts(inventory, { patterns, patternOrigin: origin, order: 'inventory' }, undefined, () => {}).hosts.map(host => host.name)
}

test.each(['__proto__', 'constructor', 'toString', '"n2\\nall"', '"n2\\ec"', '"n2\\x9b31m"', '"n2\\0"', '"\\ud800"'])(
  'a run refuses a host called %s at its place, and runs without it',
  async name => {
    const hosts = await hostsOf(name)
    expect(() => hosts(['all'])).toThrow(/h\.yml:1:21: a run cannot have a host of the name "(?:[^"\\]|\\.)*"$/m)
    expect(hosts(['n1'])).toEqual(['n1'])
  },
)

test('any other name is taken', async () => {
  expect(await hostsOf('"nö-1.example.com"').then(hosts => hosts(['all']))).toEqual(['n1', 'nö-1.example.com'])
})
