import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { loadInventory } from '../../src/inventory/load.js'
import { refusal, removeScratch, scratch } from './scratch.js'

afterAll(removeScratch)

const load = (files: Record<string, string>) => refusal(loadInventory([join(scratch(files), Object.keys(files)[0]!)]))

const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]', ...Array.from({ length: 12 }, (_, at) => letter(at))].join('\n')
function letter(at: number): string {
  const [name, below] = [at + 1, at].map(index => String.fromCharCode(97 + index))
  return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${below}`).join(', ')}]`
}

describe('a hostile source is refused with its place', () => {
  test.each([
    ['an alias bomb', { 'h.yml': bomb }, 'h.yml:6:9: alias bomb: aliases expand to more than 100000 values'],
    ['an alias bomb in group_vars', { 'h.ini': 'h\n', 'group_vars/all.yml': bomb }, 'group_vars/all.yml:6:9: alias bomb'],
    [
      'an alias inside what it names',
      { 'h.yml': 'all: &a\n  vars: {x: *a}\n' },
      'h.yml:2:14: the alias *a stands inside the value it names',
    ],
    ['nesting without end', { 'h.yml': '['.repeat(100_000) }, 'h.yml:1:'],
    ['mappings in mappings', { 'h.yml': `${'{a: '.repeat(5000)}1${'}'.repeat(5000)}` }, 'h.yml:1:'],
    [
      'TOML arrays in arrays, closed',
      { 'h.toml': `a = ${'['.repeat(20_000)}${']'.repeat(20_000)}\n` },
      'h.toml:1:1: values lie too deep in each other',
    ],
    [
      'TOML tables in tables',
      { 'h.toml': `a = ${'{a='.repeat(300)}1${'}'.repeat(300)}\n` },
      'h.toml:1:1: values lie too deep in each other',
    ],
    ['a TOML key without end', { 'h.toml': `a${'.a'.repeat(20_000)} = 1\n` }, 'h.toml:1:1: values lie too deep in each other'],
    ['TOML arrays in arrays', { 'h.toml': `[all.vars]\na = ${'['.repeat(20_000)}` }, 'h.toml:'],
    ['an INI value nested without end', { 'h.ini': 'h\nn[1:2\n', x: '' }, 'h.ini:2:1: the brackets of a range do not match'],
    ['a NUL byte in YAML', { 'h.yml': 'all:\n  hosts:\n    h\u0000:\n' }, 'h.yml:3:6: the file holds a NUL byte'],
    ['a NUL byte in INI', { 'h.ini': 'h a=1\u0000\n' }, 'h.ini:1:6: the file holds a NUL byte'],
    ['a NUL byte in TOML', { 'h.toml': 'a = "\u0000"\n' }, 'h.toml:1:6: the file holds a NUL byte'],
    ['a range for the whole world', { 'h.ini': 'n[1:99999999]\n' }, 'h.ini:1:1: a range stands for more than 100000 hosts'],
    ['ranges times ranges', { 'h.yml': 'all: {hosts: {"n[1:999][1:999][1:999]": }}\n' }, 'a range stands for more than 100000 hosts'],
  ])('%s', async (_, files, message) => {
    expect(await load(files as unknown as Record<string, string>)).toContain(message)
  })
})

test('a value of INI nested without end is text', async () => {
  const { hosts } = await loadInventory([join(scratch({ 'h.ini': `h\n[all:vars]\na=${'['.repeat(50_000)}\n` }), 'h.ini')])
  expect(String(hosts.get('h')!.vars.get('a')!.value)).toHaveLength(50_000)
})

test.each(['h.yml', 'h.ini', 'h.toml', 'group_vars/all.yml'])('%s of 100 MB is refused before it is in memory', async name => {
  const folder = scratch({ 'h.ini': 'h\n', [name]: '' })
  const file = createWriteStream(join(folder, name))
  const line = `# ${'x'.repeat(1_048_573)}\n`
  for (let written = 0; written < 100; written++) if (!file.write(line)) await once(file, 'drain')
  file.end()
  await once(file, 'close')
  const before = process.memoryUsage().rss
  expect(await refusal(loadInventory([join(folder, name.startsWith('h.') ? name : 'h.ini')]))).toContain(
    `${name}: the file is larger than 16 MB`,
  )
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
})

test.each([
  ['h.yml', '__proto__:\n  hosts:\n    constructor:\n      __proto__: {polluted: 1}\n  vars:\n    toString: {__proto__: {polluted: 1}}\n'],
  ['h.toml', '["__proto__".hosts.constructor]\n"__proto__" = {polluted = 1}\n["__proto__".vars.toString.__proto__]\npolluted = 1\n'],
])('%s with __proto__ and constructor has names like others, and pollutes nothing', async (name, text) => {
  const { hosts, groups } = await loadInventory([join(scratch({ [name]: text }), name)])
  expect(groups.get('__proto__')!.hosts).toEqual(['constructor'])
  expect(Object.keys(hosts.get('constructor')!.vars.get('__proto__')!.value as object)).toEqual(['polluted'])
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})
