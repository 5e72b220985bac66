import { chmodSync, mkdirSync } from 'node:fs'
import { complete } from '../../src/cli/complete.js'
import { programOf } from '../../src/cli/program.js'
import { inFolder } from '../support/playbook-folder.js'

const files = {
  'site.yml': '',
  'hosts.ini': '[web]\nn[1:2]\n[web-eu]\nn3\n',
  'cloud.py': '#!/bin/sh\ntouch ran\n',
  '.hidden': '',
  'inventory/a b.ini': '',
}

/** Values of a line typed in the folder of these files, the cursor at its end. */
const typed = (line: string, more: Record<string, string> = {}) =>
  inFolder({ ...files, ...more }, async () => {
    mkdirSync('roles')
    chmodSync('cloud.py', 0o755)
    const found = await complete(
      programOf(() => undefined),
      line.split(' '),
    )
    return found.map(({ value }) => value)
  })

test.each([
  ['pl', ['play', 'plan']],
  ['si', ['site.yml']],
  ['vault en', ['encrypt', 'encrypt-string']],
  ['vault create --enc', ['--encrypt-vault-id']],
  ['plan ', ['inventory/', 'roles/', 'site.yml']],
  ['plan site.yml ', ['inventory/', 'roles/', 'site.yml']],
  ['plan site.yml --det', ['--detailed-exitcode']],
  ['site.yml --lim', ['--limit']],
  ['site.yml --output ', ['screen', 'json']],
  ['site.yml --output=j', ['--output=json']],
  ['--become-method s', ['sudo', 'su']],
  ['site.yml -i ho', ['hosts.ini']],
  ['site.yml --inventory=ho', ['--inventory=hosts.ini']],
  ['site.yml -i inventory/', ['inventory/a b.ini']],
  ['site.yml -i .h', ['.hidden']],
  ['site.yml -i hosts.ini -l we', ['web', 'web-eu']],
  ['site.yml -i hosts.ini -l web,!n', ['web,!n1', 'web,!n2', 'web,!n3']],
  ['site.yml --inventory=hosts.ini --limit=web:&n1', ['--limit=web:&n1']],
  ['site.yml -i a,b -l ', ['all', 'ungrouped', 'a', 'b']],
  ['site.yml -l @si', ['@site.yml']],
  ['site.yml -e @inv', ['@inventory/']],
  ['explain -i hosts.ini n', ['n1', 'n2', 'n3']],
  ['inventory -i hosts.ini --host n3', ['n3']],
  ['completion ', ['bash', 'zsh', 'fish']],
  ['show --json -- --', []],
  ['site.yml --nothing', []],
  ['apply window.plan ', []],
])('%s', async (line, values) => {
  expect(await typed(line)).toEqual(values)
})

test('what an inventory that is a program would print is not asked for', async () => {
  expect(await typed('site.yml -i cloud.py -l n')).toEqual([])
})

test('hosts of the inventory and roles in the folders that ansible.cfg names are known; of a broken one, none', async () => {
  const cfg = (text: string) => ({ 'ansible.cfg': `[defaults]\n${text}`, 'more/west/role.ts': '' })
  const good = cfg('inventory = hosts.ini\nroles_path = more\n')
  expect([await typed('site.yml -l we', good), await typed('docs we', good)]).toEqual([['web', 'web-eu'], ['west']])
  const broken = cfg('forks = many\n')
  expect([await typed('site.yml -l we', broken), await typed('docs fl', broken)]).toEqual([[], []])
})

test('options that are hidden stay so, and commands say what they are', async () => {
  const found = await complete(
    programOf(() => undefined),
    ['lint', '--'],
  )
  expect(found.map(({ value }) => value)).not.toContain('--ask-vault-password')
  expect(found).toContainEqual({ value: '--strict', description: 'exit 1 for warnings too' })
})
