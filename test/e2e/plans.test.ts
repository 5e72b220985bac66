import { jest } from '@jest/globals'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { etcdctl } from '../../lab/etcd-keys.js'
import { onHost, startInNetns } from '../../lab/lab.js'
import { endOf } from './faults.js'
import { follow } from './running.js'
import { netplayMain, openStory, openStoryMs, type Ran, type Story } from './story.js'

const json = ['--output', 'json']
const secret = `-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIB"quoted"${'x7Kq'.repeat(20)}\n-----END PRIVATE KEY-----\n`
let story: Story
let number = 0

jest.setTimeout(60_000)
beforeAll(async () => {
  story = await openStory({ name: 'e2e-plans', hosts: 2 })
  await story.write('site.yml', '- hosts: nodes\n  roles: [site]\n')
  await story.write('seed.yml', '- hosts: n1\n  roles: [etcd-seed]\n- hosts: nodes\n  roles: [site]\n')
  await story.write('files/service.key', secret)
  await story.write('roles/site/role.ts', role)
  await story.write('guarded.yml', '- hosts: nodes\n  roles: [guarded]\n')
  await story.write('roles/guarded/role.ts', guardedRole)
}, openStoryMs)
afterAll(() => story?.close(), 60_000)
beforeEach(async () => {
  await story.setVars({ site_text: `text ${++number}` })
  await story.write('files/service.key', secret)
})

const role = `import { defineRole, file } from 'netplay'

export default defineRole({
  name: 'site',
  params: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'], additionalProperties: false } as const,
  tasks: ({ params }) => [
    file('Write the text', { path: '/etc/site.conf', content: params.text + '\\n' }),
    file('Write more', { path: '/etc/site-more.conf', content: 'more of ' + params.text + '\\n' }),
    file('Write the key', { path: '/etc/site.key', source: { path: 'files/service.key' }, secret: true }),
  ],
})
`

/** Writes nothing while another CNI configuration is there. */
const guardedRole = `import { check, defineRole, file, sh, type CheckKind } from 'netplay'

const cni: CheckKind<object> = {
  kind: 'cni',
  scope: 'host',
  probe: () => sh\`ls /etc/cni/net.d 2>/dev/null; :\`,
  verdict: (_params, _seen, { output }) =>
    output.trim() === '' ? { holds: true } : { holds: false, reason: 'another CNI configuration is there: ' + output.trim() },
}

export default defineRole({
  name: 'guarded',
  params: { type: 'object', properties: { text: { type: 'string', variable: 'site_text' } }, required: ['text'], additionalProperties: false } as const,
  checkKinds: [cni],
  preconditions: () => [check('no other CNI configuration', cni, {})],
  tasks: ({ params }) => [file('Write the text', { path: '/etc/guarded.conf', content: params.text + '\\n' })],
})
`

const on = async (host: string, path: string) => (await onHost(story.lab, host, `cat ${path}`)).stdout
const apply = (file: string, flags: string[] = [], env = {}) => story.netplay(['apply', file, ...flags], { env })

async function planned(file: string, playbook = 'site.yml'): Promise<Ran> {
  const ran = await story.netplay(['plan', playbook, '-i', 'hosts.ini', '--diff', '--out', file])
  if (ran.code !== 0) throw new Error(ran.stdout + ran.stderr)
  return ran
}

test('a saved plan shows from its file what it showed when it was made, is applied as it is, and once: this machine and the hosts remember it', async () => {
  const made = await planned('window.plan')
  const shown = await story.netplay(['show', 'window.plan', '--diff'])
  const plays = (text: string) => text.slice(text.indexOf('PLAY 1'), text.search(/\n\n(Would|To) change/))
  expect(plays(made.stdout)).toContain(`+ text ${number}`)
  expect(plays(shown.stdout)).toBe(plays(made.stdout))
  expect(await on('n1', '/etc/site.conf')).not.toContain(`text ${number}`)

  const first = await apply('window.plan', json)
  expect([first.code, endOf(first, 'n1'), endOf(first, 'n2')]).toEqual([0, 'done', 'done'])
  expect(await on('n2', '/etc/site.conf')).toBe(`text ${number}\n`)

  const again = await apply('window.plan')
  expect(again.code).toBe(1)
  expect(again.stderr).toMatch(
    /window\.plan was applied before \(run \d{4}\S+ on this machine\); a plan is applied once\n.*Next: Plan again; nothing was written\./s,
  )
  const elsewhere = await apply('window.plan', [], { NETPLAY_STATE_DIR: join(story.folder, 'another-machine') })
  expect(elsewhere.code).toBe(1)
  expect(elsewhere.stderr).toMatch(/was applied before \((n1, n2|n2, n1)\); a plan is applied once/)
})

describe('hosts that have moved', () => {
  test('are named item by item and nothing is written anywhere; --partial applies the plan to the others', async () => {
    await planned('moved.plan')
    await onHost(story.lab, 'n2', 'echo mine >/etc/site.conf; chmod 600 /etc/site-more.conf', { check: true })
    const refused = await apply('moved.plan')
    expect(refused.code).toBe(1)
    expect(refused.stdout).toMatch(/^Refused: 1 of 2 hosts has moved since this plan was made \(.* by \S+@\S+\)\.$/m)
    expect(refused.stdout).toMatch(/^ {2}n2 {2}\/etc\/site\.conf +planned from sha256 [0-9a-f]{6}…, now sha256 [0-9a-f]{6}…$/m)
    expect(refused.stdout).toMatch(/^ {2}n2 {2}\/etc\/site-more\.conf +planned from mode 0644, now mode 0600$/m)
    expect(refused.stdout).toContain('Nothing was written. Plan again, or apply to the other host with --partial.')
    expect(await on('n1', '/etc/site.conf')).not.toContain(`text ${number}`)

    const partial = await apply('moved.plan', ['--partial', ...json])
    expect([partial.code, endOf(partial, 'n1'), endOf(partial, 'n2')]).toEqual([2, 'done', 'refused'])
    expect(partial.events.flatMap(event => (event.type === 'plan-stale' ? event.moved.map(({ host, key }) => [host, key]) : []))).toEqual([
      ['n2', 'file:/etc/site.conf'],
      ['n2', 'file:/etc/site-more.conf'],
    ])
    expect([await on('n1', '/etc/site.conf'), await on('n2', '/etc/site.conf')]).toEqual([`text ${number}\n`, 'mine\n'])
  })

  test('a thing that the plan leaves as it is counts too', async () => {
    await story.play('site.yml')
    await story.setVars({ site_text: `text ${++number}` })
    await planned('key.plan')
    await onHost(story.lab, 'n1', 'echo other >/etc/site.key', { check: true })
    const { code, stdout } = await apply('key.plan')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^ {2}n1 {2}\/etc\/site\.key +planned from sha256/m)
  })

  test('a key in etcd that the plan read and leaves as it is counts as well: who writes it otherwise meanwhile refuses the run', async () => {
    await story.play('seed.yml')
    const key = '/coreos.com/network/config'
    const value = (await etcdctl(story.lab, ['get', '--print-value-only', key])).trim()
    await story.setVars({ site_text: `text ${++number}` })
    await planned('read.plan', 'seed.yml')
    await etcdctl(story.lab, ['put', key, value.replace('"10.244.', '"10.243.')])
    const { code, stderr } = await apply('read.plan')
    expect(code).toBe(1)
    expect(stderr).toContain(`etcd3:${key} has moved since it was read`)
    expect(await on('n1', '/etc/site.conf')).not.toContain(`text ${number}`)
    // The same in other words has not moved.
    await etcdctl(story.lab, ['put', key, ` ${value} `])
    expect((await apply('read.plan')).code).toBe(0)
    await etcdctl(story.lab, ['del', key])
  })

  test('a precondition that no longer holds refuses the host by name, and nothing is written anywhere', async () => {
    await story.play('seed.yml')
    await planned('guarded.plan', 'guarded.yml')
    await onHost(story.lab, 'n2', 'mkdir -p /etc/cni/net.d; echo {} >/etc/cni/net.d/87-stray.conflist', { check: true })
    const refused = await apply('guarded.plan', json)
    expect([refused.code, endOf(refused, 'n1'), endOf(refused, 'n2')]).toEqual([1, 'stopped', 'refused'])
    expect(refused.events.flatMap(event => (event.type === 'host-refused' ? [[event.host, event.error.message]] : []))).toEqual([
      ['n2', 'no other CNI configuration: another CNI configuration is there: 87-stray.conflist'],
    ])
    expect(await on('n1', '/etc/guarded.conf')).toBe('')
    await onHost(story.lab, 'n2', 'rm /etc/cni/net.d/87-stray.conflist')
    const applied = await apply('guarded.plan', json)
    expect(applied.code).toBe(0)
    const requests = applied.events.flatMap(event => (event.type === 'run-finished' ? [event.requests['n2']?.['preflight']] : []))
    expect(requests).toEqual([1])
    expect(await on('n2', '/etc/guarded.conf')).toBe(`text ${number}\n`)
  })

  test('a key in etcd that somebody wrote meanwhile refuses the run before its first write', async () => {
    await planned('seed.plan', 'seed.yml')
    await etcdctl(story.lab, ['put', '/coreos.com/network/config', '{}'])
    const { code, stderr } = await apply('seed.plan')
    await etcdctl(story.lab, ['del', '/coreos.com/network/config'])
    expect(code).toBe(1)
    expect(stderr).toContain('etcd3:/coreos.com/network/config has moved since it was read')
    expect(await on('n1', '/etc/site.conf')).not.toContain(`text ${number}`)
  })
})

test('a plan without a host that did not answer is not written, unless it was left out by name', async () => {
  const ini = await readFile(join(story.folder, 'hosts.ini'), 'utf8')
  await story.write('down.ini', ini.replace(/^n2 /m, 'n2 ansible_port=9 '))
  const plan = (flags: string[]) => story.netplay(['plan', 'site.yml', '-i', 'down.ini', '--out', 'down.plan', ...flags])
  const refused = await plan([])
  expect(refused.code).toBe(4)
  expect(refused.stdout).toContain("down.plan was not written: n2 did not answer; --limit 'all:!n2' plans without")
  expect((await readdir(story.folder)).includes('down.plan')).toBe(false)
  expect((await plan(['--limit', 'all:!n2'])).code).toBe(0)
  expect((await readdir(story.folder)).includes('down.plan')).toBe(true)
})

test('of two who apply one plan at the same time one is refused', async () => {
  await planned('both.plan')
  const start = () =>
    follow(
      startInNetns(story.lab, [process.execPath, netplayMain, 'apply', 'both.plan', ...json], {
        cwd: story.folder,
        env: { ...process.env, NODE_OPTIONS: '', NETPLAY_STATE_DIR: story.stateDir },
      }),
    )
  const codes = (await Promise.all([start().ended, start().ended])).map(({ code }) => code)
  expect(codes.sort()).toEqual([0, 1])
  expect(await on('n2', '/etc/site.conf')).toBe(`text ${number}\n`)
})

describe('a plan is refused', () => {
  test('when one byte of it was changed', async () => {
    await planned('edited.plan')
    const file = join(story.folder, 'edited.plan')
    const text = await readFile(file, 'utf8')
    expect(text).toContain(`text ${number}`)
    await writeFile(file, text.replaceAll(`text ${number}`, `text 6`))
    const { code, stderr } = await apply('edited.plan')
    expect([code, stderr]).toEqual([1, expect.stringContaining('edited.plan was changed after it was made')])
    expect((await story.netplay(['show', 'edited.plan'])).code).toBe(1)
  })

  test('when a file that it brings has another content by then, or is gone', async () => {
    await onHost(story.lab, 'n1', 'rm -f /etc/site.key')
    await planned('source.plan')
    await story.write('files/service.key', 'another key\n')
    const other = await apply('source.plan')
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('files/service.key is not what it was when the plan was made')])
    await rm(join(story.folder, 'files/service.key'))
    expect((await apply('source.plan')).code).toBe(1)
    expect(await on('n1', '/etc/site.conf')).not.toContain(`text ${number}`)
    await story.write('files/service.key', secret)
    expect((await apply('source.plan')).code).toBe(0)
  })

  test('when a role whose checks gate it has changed', async () => {
    await planned('role.plan')
    await story.write('roles/site/role.ts', `${role}// changed\n`)
    const { code, stderr } = await apply('role.plan')
    await story.write('roles/site/role.ts', role)
    expect([code, stderr]).toEqual([1, expect.stringMatching(/role site \(\S+\) was changed since the plan was made/)])
  })
})

test('a secret file is in no plan, screen, journal or kept plan, in none of its forms; the host gets it, for its owner alone', async () => {
  await onHost(story.lab, 'n1', 'rm -f /etc/site.key')
  const made = await planned('secret.plan')
  const applied = await apply('secret.plan', ['-v', '--diff'])
  expect(applied.code).toBe(0)
  expect((await onHost(story.lab, 'n1', 'stat -c %a:%U /etc/site.key; cat /etc/site.key')).stdout).toBe(`600:root\n${secret}`)
  const shown = await story.netplay(['show', 'secret.plan', '--diff'])
  const whole = await story.netplay(['show', 'secret.plan', '--json'])
  for (const { stdout, stderr } of [made, applied, shown, whole]) expect(holdsSecret(stdout + stderr)).toBe(false)
  expect(await filesWithSecret(join(story.folder, 'state'))).toEqual([])
  expect(await filesWithSecret(story.folder)).toEqual([join(story.folder, 'files/service.key')])
  // The search finds each form in which it could have got there.
  for (const form of forms) {
    await story.write('state/planted', `{"text":"before ${form} after"}`)
    expect(await filesWithSecret(join(story.folder, 'state'))).toEqual([join(story.folder, 'state/planted')])
  }
})

/** As it is, as JSON writes it, in base64 and in hex; a line of its middle, so that no form of wrapping hides it. */
const middle = secret.split('\n')[1]!
const forms = [
  middle,
  JSON.stringify(middle).slice(1, -1),
  Buffer.from(secret).toString('base64').slice(40, 100),
  Buffer.from(middle).toString('hex'),
]
const holdsSecret = (text: string) => forms.some(form => text.includes(form))

async function filesWithSecret(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const found = await Promise.all(files.map(async file => (holdsSecret(await readFile(file, 'latin1')) ? [file] : [])))
  return found.flat()
}
