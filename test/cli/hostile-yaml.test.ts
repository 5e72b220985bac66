import { join } from 'node:path'
import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { loadInventory } from '../../src/inventory/load.js'
import { loadPlaybook } from '../../src/playbook/load.js'
import { openWith } from '../../src/vault/vault.js'
import { removeScratch, scratch } from '../inventory/scratch.js'
import { aliasBomb } from '../support/alias-bomb.js'
import { vaulted, vaultPassword } from '../support/vaulted.js'

afterAll(removeScratch)

type Files = Record<string, string | Uint8Array>
const site = (lines: string) => ({ 'site.yml': `- hosts: all\n${lines}` })
const openVault = openWith([{ label: 'default', bytes: Buffer.from(vaultPassword) }])

async function loadSite(files: Files, words: string[] = []): Promise<void> {
  const folder = scratch({ 'hosts.ini': 'n1\n', ...site(''), ...files })
  const extraVars = await parseExtraVars(
    words.map(word => word.replace('@', `@${folder}/`)),
    undefined,
    openVault,
  )
  const inventory = await loadInventory([join(folder, 'hosts.ini')], { playbookDir: folder, openVault })
  await loadPlaybook([join(folder, 'site.yml')], inventory, { extraVars, openVault })
}

/** Every file of YAML that a run reads, and what else makes it read that one. */
const waysIn: [file: string, files?: Files, words?: string[]][] = [
  ['site.yml'],
  ['imported.yml', { 'site.yml': '- import_playbook: imported.yml\n' }],
  ['tasks.yml', site('  tasks: [{include_tasks: tasks.yml}]\n')],
  ['mine.yml', site('  vars_files: [mine.yml]\n')],
  ['given.yml', {}, ['@given.yml']],
  ['group_vars/all.yml'],
  ['group_vars/all/deep/one.yml'],
  ['host_vars/n1.json'],
]

/** With what is told of each, from its place on. */
const hostile: [what: string, content: string | Uint8Array, told: string][] = [
  ['an alias bomb', aliasBomb(12), ':6:11: alias bomb'],
  ['nesting without end', `a: ${'['.repeat(100_000)}`, ':1:203: nesting exceeded'],
  ['blocks in blocks', Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''), ':200:200: nesting exceeded'],
  ['a NUL byte', 'a: 1\nb: \0\n', ':2:4: the file holds a NUL byte'],
  ['an escape', 'a: "\u001b[2J"\n', ':1:5: the file holds the control character 0x1b'],
  ['a text that is cut', 'a: "half', ':1:9: unexpected end of the stream'],
]
const notUtf8: (typeof hostile)[number][] = [
  ['invalid UTF-8', Buffer.from('a: 1\nb: \xff\n', 'latin1'), ':2:4: the file is not UTF-8 text'],
  ['a character that is cut', Buffer.from('a: é').subarray(0, -1), ':1:4: the file is not UTF-8 text'],
]

describe.each(waysIn)('%s', (file, files = {}, words = []) => {
  test.each([...hostile, ...notUtf8])('with %s is refused at its place', async (_, content, told) => {
    await expect(loadSite({ ...files, [file]: content }, words)).rejects.toMatchObject({
      code: 'INPUT',
      message: expect.stringContaining(`/${file}${told}`) as string,
    })
  })
})

describe('a file of variables that is encrypted as a whole', () => {
  test.each(hostile)('with %s is refused at its place, and nothing of it is shown', async (_, content, told) => {
    const loading = loadSite({ 'group_vars/all.yml': vaulted(String(content)) })
    await expect(loading).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`/group_vars/all\\.yml${told}[^\\n]*$`)) as string,
    })
  })
})

test('__proto__ and its like are variables like others, wherever they are set', async () => {
  const vars = '__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}\nprototype: {polluted: 1}\n'
  await loadSite({ 'mine.yml': vars, 'given.yml': vars, 'group_vars/all.yml': vars, ...site('  vars_files: [mine.yml]\n') }, [
    '@given.yml',
    '{"__proto__": {"polluted": 1}}',
  ])
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  expect(Object.keys(Object.prototype)).toEqual([])
})
