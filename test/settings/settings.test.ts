import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings, placeOf } from '../../src/settings/settings.js'
import type { SettingKey } from '../../src/settings/definitions.js'
import { inFolder } from '../support/playbook-folder.js'

const nowhere = '/nonexistent/ansible.cfg'
/** What files and variables give in a folder of their own, which is HOME as well under `home/`. */
const load = (files: Record<string, string>, env: NodeJS.ProcessEnv = {}) =>
  inFolder({ 'home/x': '', ...files }, dir =>
    loadSettings({ env: { HOME: join(dir, 'home'), ...env }, systemFile: nowhere }).then(settings => ({ ...settings, dir })),
  )
const valueAndPlace = async (key: SettingKey, cfg: string, env: NodeJS.ProcessEnv = {}) => {
  const { values, sources, dir } = await load({ 'ansible.cfg': cfg }, env)
  return [JSON.parse(JSON.stringify(values[key] ?? null).replaceAll(dir, 'DIR')) as unknown, placeOf(sources[key])]
}

test.each<[string, SettingKey, string, NodeJS.ProcessEnv, unknown[]]>([
  ['the default', 'forks', '', {}, [50, 'default']],
  ['the file', 'forks', '[defaults]\nforks = 7\n', {}, [7, 'ansible.cfg:2:1']],
  ['a variable before the file', 'forks', '[defaults]\nforks = 7\n', { ANSIBLE_FORKS: '8' }, [8, 'ANSIBLE_FORKS']],
  ['an empty variable is none', 'forks', '[defaults]\nforks = 7\n', { ANSIBLE_FORKS: '' }, [7, 'ansible.cfg:2:1']],
  ['the later of two sections', 'timeout', '[ssh_connection]\ntimeout=5\n[defaults]\ntimeout=6\n', {}, [5, 'ansible.cfg:2:1']],
  ['a path beside the file', 'privateKeyFile', '[defaults]\nprivate_key_file = keys/../id\n', {}, ['DIR/id', 'ansible.cfg:2:1']],
  [
    'a path of a variable',
    'privateKeyFile',
    '',
    { ANSIBLE_PRIVATE_KEY_FILE: '~/$X/${Y}', X: 'x' },
    ['DIR/home/x/${Y}', 'ANSIBLE_PRIVATE_KEY_FILE'],
  ],
  ['paths in a list', 'inventory', '[defaults]\ninventory = a, {{CWD}}/b\n', {}, [['DIR/a', 'DIR/b'], 'ansible.cfg:2:1']],
  ['quotes in a file', 'remoteUser', '[defaults]\nremote_user = "ops"\n', {}, ['ops', 'ansible.cfg:2:1']],
  ['quotes in a variable', 'remoteUser', '', { ANSIBLE_REMOTE_USER: '"ops"' }, ['"ops"', 'ANSIBLE_REMOTE_USER']],
])('%s counts', async (_, key, cfg, env, expected) => expect(await valueAndPlace(key, cfg, env)).toEqual(expected))

test('the first file that is there counts, and no other', async () => {
  const cfg = (forks: number) => `[defaults]\nforks=${forks}\n`
  const all = { 'other.cfg': cfg(1), 'ansible.cfg': cfg(2), 'home/.ansible.cfg': cfg(3) }
  expect((await load(all, { ANSIBLE_CONFIG: 'other.cfg' })).values.forks).toBe(1)
  expect(await load(all)).toMatchObject({ file: 'ansible.cfg', values: { forks: 2 } })
  expect((await load({ 'home/.ansible.cfg': cfg(3) })).values.forks).toBe(3)
  const gone = await load(all, { ANSIBLE_CONFIG: 'none.cfg' })
  expect(gone.values.forks).toBe(2)
  expect(gone.warnings[0]).toMatch(/^ANSIBLE_CONFIG names .*none\.cfg, which cannot be read; ansible\.cfg counts$/)
})

test('the file of a folder that everybody may write to is not read, and that is told', async () => {
  const { file, warnings } = await inFolder({ 'ansible.cfg': '[defaults]\nforks=2\n' }, dir => {
    chmodSync(dir, 0o777)
    return loadSettings({ env: { HOME: '/nonexistent' }, systemFile: nowhere })
  })
  expect(file).toBeUndefined()
  expect(warnings).toEqual([expect.stringContaining('is not read: everybody may write into that folder')])
})

test.each<[string, string, NodeJS.ProcessEnv, string]>([
  ['a number', '[defaults]\nforks = many\n', {}, 'ansible.cfg:2:1: forks is a whole number, not "many"'],
  ['a number in a variable', '', { ANSIBLE_FORKS: '2.5' }, 'ANSIBLE_FORKS is a whole number, not "2.5"'],
  ['no forks', '[defaults]\nforks = 0\n', {}, 'ansible.cfg:2:1: forks is a whole number of at least 1, not 0'],
  ['merged dictionaries', '[defaults]\nhash_behaviour = merge\n', {}, 'ansible.cfg:2:1: netplay does not merge dictionaries'],
  ['a transport', '', { ANSIBLE_TRANSPORT: 'winrm' }, 'ANSIBLE_TRANSPORT: transport "winrm" is not known'],
  ['a file of another kind', '', { ANSIBLE_CONFIG: '/dev/null' }, 'the configuration file /dev/null is neither .cfg nor .ini'],
])('%s that is wrong is refused with its place', async (_, cfg, env, message) => {
  await expect(load({ 'ansible.cfg': cfg }, env)).rejects.toThrow(message)
})

test.each([
  ['[defaults]\nfroks = 3\n', 'ansible.cfg:2:1: there is no setting "froks" in [defaults]; did you mean "forks"?', true],
  [
    '[defaults]\nbecome = yes\n',
    'ansible.cfg:2:1: there is no setting "become" in [defaults]; it belongs into [privilege_escalation]',
    true,
  ],
  ['[defualts]\nforks = 3\n', 'ansible.cfg:2:1: there is no section [defualts]; did you mean "defaults"?', true],
  ['[defaults]\nno_log = yes\n', 'ansible.cfg:2:1: netplay has no no_log: secrets are hidden by type', true],
  ['[defaults]\nstdout_callback = yaml\n', 'ansible.cfg:2:1: netplay has no stdout_callback: the screen is its own', false],
  ['[galaxy]\ntoken = hunter2\n', 'ansible.cfg:2:1: netplay reads nothing of [galaxy]', false],
])('%j is told, and by every run where it matters', async (cfg, words, matters) => {
  const { foreign, warnings } = await load({ 'ansible.cfg': cfg })
  expect(foreign).toEqual([expect.objectContaining({ words: expect.stringContaining(words) as unknown, matters })])
  expect(warnings).toHaveLength(matters ? 1 : 0)
  expect(JSON.stringify(foreign)).not.toContain('hunter2')
})

test('a variable that netplay does not have is told, without its value', async () => {
  const { foreign } = await load({}, { ANSIBLE_BECOME_PASS: 'hunter2', ANSIBLE_FROKS: '3' })
  expect(foreign.map(({ words }) => words)).toEqual([
    expect.stringMatching(/^netplay has no ANSIBLE_BECOME_PASS: no password is taken from the environment/),
    'netplay has no ANSIBLE_FROKS; did you mean "ANSIBLE_FORKS"?',
  ])
  expect(JSON.stringify(foreign)).not.toContain('hunter2')
})

test('a word that is neither yes nor no counts as no, and that is told', async () => {
  const { values, warnings } = await load({ 'ansible.cfg': '[privilege_escalation]\nbecome = yess\n' })
  expect([values.become, warnings]).toEqual([false, ['ansible.cfg:2:1: become is "yess", which counts as false: write yes or no']])
})
