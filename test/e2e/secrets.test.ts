import { jest } from '@jest/globals'
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onHost } from '../../lab/lab.js'
import { leaksOf } from '../cli/vault-story.js'
import { watchProcesses, type ProcessWatch } from '../support/process-watch.js'
import { inline, vaulted, vaultPassword } from '../support/vaulted.js'
import { netplayMain, openStory, openStoryMs, type Ran, type Story } from './story.js'

const secrets = {
  become: 'needle-become-7Gq2',
  login: 'needle-login-Kd8"4',
  wrong: 'needle-wrong-Zz91',
  vault: 'needle-vault-x9Lk',
  environment: 'needle-environment-40bZ',
  file: 'needle-file-Rr8c',
}
const needles = Object.values(secrets)
const leaks = (text: string) => needles.filter(needle => leaksOf(needle, text).length > 0)

let story: Story
let watch: ProcessWatch
jest.setTimeout(120_000)
beforeAll(async () => {
  story = await openStory({ name: 'e2e-secrets', hosts: 2, etcd: false, user: 'ops' })
  for (const host of ['n1', 'n2'])
    await onHost(story.lab, host, 'chpasswd', { input: `ops:${secrets.become}\npass:${secrets.login}\n`, check: true })
  const files = {
    'site.yml': `- hosts: nodes\n  become: true\n  vars:\n${inline('site_password', secrets.vault, '    ')}    site_token: "{{ lookup('env', 'SITE_TOKEN') }}"\n  roles: [site]\n`,
    'host_vars/n1.yml': inline('ansible_become_password', secrets.become),
    'host_vars/n2.yml': `ansible_user: pass\n${inline('ansible_password', secrets.login)}${inline('ansible_become_password', secrets.login)}`,
    'files/key.pem': vaulted(`${secrets.file}\n`),
    'token.yml': inline('site_token', secrets.vault),
    'environment.yml': `- hosts: nodes\n  become: true\n  vars:\n${inline('token', secrets.vault, '    ')}  environment: {TOKEN: "{{ token }}"}\n  tasks: [{command: {cmd: 'true', unless: 'false'}}]\n`,
    'vault-pw': `${vaultPassword}\n`,
    'roles/site/role.ts': role,
  }
  for (const [path, text] of Object.entries(files)) await story.write(path, text)
  watch = watchProcesses(needles)
}, openStoryMs)
afterAll(async () => {
  await watch?.stop()
  await story?.close()
}, 60_000)

const role = `import { command, defineRole, file, secretText } from 'netplay'

export default defineRole({
  name: 'site',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['password', 'token'],
    properties: {
      password: { type: 'string', secret: true },
      token: { type: 'string', secret: true },
      shown: { type: 'string', default: 'nothing' },
    },
  } as const,
  tasks: ({ params }) => [
    file('Write the configuration', { path: '/etc/app.conf', content: secretText\`password=\${params.password}\\ntoken=\${params.token}\\n\` }),
    file('Write the key', { path: '/etc/key.pem', source: { path: 'files/key.pem' } }),
    file('Write the notice', { path: '/etc/notice', content: 'shown: ' + params.shown + '\\n' }),
    command('Take a while', { done: 'test -e /etc/waited', run: 'sleep 1; touch /etc/waited', undo: 'rm -f /etc/waited' }),
  ],
})
`

const environment = { env: { SITE_TOKEN: secrets.environment, ANSIBLE_RETRY_FILES_ENABLED: '1' } }
const withVault = ['-i', 'hosts.ini', '--vault-password-file', 'vault-pw']
/** A plan that is saved takes no secret that nobody can read again. */
const savable = ['-e', '@token.yml']
const netplay = (...argv: string[]) => story.netplay(argv, environment)
async function silent(code: number, ...argv: string[]): Promise<Ran> {
  const ran = await netplay(...argv)
  if (ran.code !== code) throw new Error(`netplay ${argv.join(' ')} ended with ${ran.code}\n${ran.stdout}\n${ran.stderr}`)
  expect({ argv, leaks: leaks(ran.stdout + ran.stderr) }).toEqual({ argv, leaks: [] })
  return ran
}

/** By file: plans, journals and retry files of the controller. */
async function kept(): Promise<Record<string, string>> {
  const entries = await readdir(story.folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  return Object.fromEntries(await Promise.all(files.map(async file => [file, await readFile(file, 'latin1')] as const)))
}
const leaking = async () =>
  Object.entries(await kept())
    .filter(([, text]) => leaks(text).length > 0)
    .map(([file]) => file.slice(story.folder.length + 1))

/** Files of a host that hold a secret as it is. */
async function filesOn(host: string): Promise<string[]> {
  const search = 'grep -rlF -f - /etc /home /root /run /srv /tmp /usr/local /var 2>/dev/null || true'
  const { stdout } = await onHost(story.lab, host, search, { input: needles.map(needle => `${needle}\n`).join('') })
  return stdout.split('\n').filter(Boolean).sort()
}

/** netplay's own process has the environment that it was started with. */
const strange = () =>
  watch.seen.filter(
    ({ where, command, needle }) => !(where === 'environ' && needle === secrets.environment && command.includes(netplayMain)),
  )

test('a whole change, and a run that fails, say no secret: not on the screen, in plan, journal and events, and in no process here or there', async () => {
  const checked = await silent(0, 'site.yml', ...withVault, '--check', '--diff', '-vvvv')
  expect(checked.stdout).toContain('(sensitive value)')
  await silent(0, 'plan', 'site.yml', ...withVault, ...savable, '--diff', '-vvvv', '--out', 'window.plan')
  await silent(0, 'show', 'window.plan', '--diff')
  const applied = await silent(0, 'site.yml', ...withVault, '-vvvv', '--output', 'json')
  await silent(0, 'rollback', applied.events.find(event => event.type === 'run-started')!.run, ...withVault.slice(2), '-vvvv')
  await silent(0, 'site.yml', ...withVault, '--diff', '-vvvv')

  await story.write('host_vars/n1.yml', inline('ansible_become_password', secrets.wrong))
  const failed = await silent(4, 'site.yml', ...withVault, '-vvvv')
  expect(failed.stdout + failed.stderr).toContain('the sudo password is wrong')
  await story.write('host_vars/n1.yml', inline('ansible_become_password', secrets.become))

  // It would be in the texts of the plan.
  const refused = await silent(1, 'environment.yml', ...withVault, '-vvvv')
  expect(refused.stderr).toContain('is encrypted')

  expect(await leaking()).toEqual([])
  expect(Object.keys(await kept()).filter(file => /\.(jsonl|plan|plan\.json|retry)$/.test(file)).length).toBeGreaterThan(5)
  for (const host of ['n1', 'n2']) expect(await filesOn(host)).toEqual(['/etc/app.conf', '/etc/key.pem'])
  expect(strange()).toEqual([])
  expect(watch.sweeps).toBeGreaterThan(100)
  expect([...watch.onHosts].filter(command => /^sudo -k -S -p \[netplay \w+\] password: /.test(command)).length).toBeGreaterThan(1)
})

describe('the search finds a secret that is planted', () => {
  const shown = ['-e', '@shown.json']
  beforeAll(() => story.write('shown.json', JSON.stringify({ site_shown: secrets.vault })))

  test('on the screen, in events, plan and journal', async () => {
    for (const more of [['--diff'], ['--output', 'json']])
      expect(leaks((await netplay('site.yml', ...withVault, ...shown, '--check', ...more)).stdout)).toEqual([secrets.vault])
    await netplay('plan', 'site.yml', ...withVault, ...savable, ...shown, '--out', 'planted.plan')
    await netplay('site.yml', ...withVault, ...shown)
    const files = await leaking()
    expect(files).toContain('planted.plan')
    expect(files.filter(file => file.endsWith('.jsonl'))).not.toEqual([])
    expect(await filesOn('n1')).toContain('/etc/notice')
  })

  test('in a retry file', async () => {
    await story.write('more.ini', `[nodes]\n${secrets.file} ansible_host=127.0.0.1 ansible_port=1\n`)
    await netplay('site.yml', ...withVault, '-i', 'more.ini', '--limit', secrets.file)
    expect((await leaking()).filter(file => file.endsWith('.retry'))).not.toEqual([])
  })

  test.each(['cmdline', 'environ'] as const)('in the %s of a process here, and of one on a host', async where => {
    const [words, env] = where === 'cmdline' ? [`sh -c 'sleep 0.5; :' ${secrets.become}`, {}] : ['sleep 0.5', { PLANTED: secrets.become }]
    const here = spawn('sh', { env: { PATH: '/usr/bin:/bin' }, stdio: ['pipe', 'ignore', 'ignore'] })
    here.stdin.end(`${where === 'environ' ? `PLANTED=${secrets.become} ` : ''}${words}\n`)
    await new Promise(resolve => here.on('close', resolve))
    await onHost(story.lab, 'n1', `${'PLANTED' in env ? 'export PLANTED=$(cat); sleep 0.5' : 'sh'}`, {
      input: where === 'cmdline' ? `${words}\n` : secrets.become,
      check: true,
    })
    const found = strange().filter(seen => seen.needle === secrets.become && seen.where === where)
    expect(new Set(found.map(({ onHost }) => onHost))).toEqual(new Set([true, false]))
  })
})
