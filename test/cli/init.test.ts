import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { jest } from '@jest/globals'
import { init } from '../../src/cli/init.js'
import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { loadInventory } from '../../src/inventory/load.js'
import { loadPlaybook } from '../../src/playbook/load.js'
import { version } from '../../src/version.js'
import { inFolder } from '../support/playbook-folder.js'

let printed: string
beforeEach(() => {
  printed = ''
  jest.spyOn(process.stdout, 'write').mockImplementation(text => ((printed += String(text)), true))
})
afterEach(() => jest.restoreAllMocks())

const files = async () =>
  (await readdir('.', { recursive: true, withFileTypes: true })).filter(entry => !entry.isDirectory()).map(({ name }) => name)

test('a new folder gets a project that loads, and what to do next', async () => {
  await inFolder({}, async () => {
    expect(await init('mynet/here')).toBe(0)
    process.chdir('mynet/here')
    expect((await files()).sort()).toEqual(
      ['.gitignore', 'README.md', 'all.yml', 'hosts.ini', 'package.json', 'role.ts', 'site.yml', 'tsconfig.json'].sort(),
    )
    const inventory = await loadInventory(['inventory/hosts.ini'], { playbookDir: '.' })
    const playbook = await loadPlaybook(['site.yml'], inventory, { extraVars: await parseExtraVars([]) })
    expect(playbook.hosts.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3'])
    expect(playbook.warnings).toEqual([])
    expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({ dependencies: { netplay: `^${version}` } })
  })
  expect(printed).toContain('+ mynet/here/roles/example/role.ts\n')
  expect(printed).toContain('Next:\n  cd mynet/here && npm install\n')
})

const there = { 'site.yml': 'mine', 'roles/example/role.ts': 'mine' }
test('files that are there are named, and nothing is written', async () => {
  await inFolder(there, async () => {
    await expect(init()).rejects.toThrow('roles/example/role.ts, site.yml are there already; nothing was written')
    expect((await files()).sort()).toEqual(['role.ts', 'site.yml'])
    expect(readFileSync('site.yml', 'utf8')).toBe('mine')
  })
})

test.each<[string, Record<string, string>, () => void, string]>([
  ['a file where a folder is to be', { roles: 'x' }, () => undefined, 'roles is there already'],
  ['a file where the project is to be', { new: 'x' }, () => undefined, 'new is there already'],
  ['a folder where a file is to be', {}, () => mkdirSync('new/site.yml', { recursive: true }), 'new/site.yml is there already'],
  ['a link that leads nowhere', {}, () => (mkdirSync('new'), symlinkSync('gone', 'new/site.yml')), 'new/site.yml is there already'],
])('%s is in the way', async (_, given, prepare, problem) => {
  await inFolder(given, async () => {
    prepare()
    await expect(init('roles' in given ? '.' : 'new')).rejects.toThrow(problem)
    expect(existsSync('tsconfig.json') || existsSync('new/tsconfig.json')).toBe(false)
  })
})

test('a package.json that has netplay already, as npm install leaves it, stays as it is', async () => {
  const mine = '{ "dependencies": { "netplay": "file:../netplay.tgz" } }'
  await inFolder({ 'package.json': mine }, async () => {
    expect(await init()).toBe(0)
    expect(readFileSync('package.json', 'utf8')).toBe(mine)
    expect(existsSync('site.yml')).toBe(true)
  })
})

test('a folder that cannot be made is wrong input', async () => {
  await expect(init('/dev/null/netplay')).rejects.toMatchObject({
    code: 'INPUT',
    message: expect.stringMatching(/^cannot write the project: ENOTDIR/) as unknown,
  })
})
