import { jest } from '@jest/globals'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hostsIni } from '../../lab/ini.js'
import { inNetns, onHost } from '../../lab/lab.js'
import { netplayMain, openStory, openStoryMs, type Ran, type Story } from './story.js'

let story: Story
let number = 0

jest.setTimeout(120_000)
beforeAll(async () => {
  story = await openStory({ name: 'e2e-passwords', hosts: 2, etcd: false })
  await story.write('site.yml', '- hosts: nodes\n  become: true\n  roles: [site]\n')
  await story.write('roles/site/role.ts', role)
}, openStoryMs)
afterAll(() => story?.close(), 60_000)
beforeEach(() => story.setVars({ site_text: `text ${++number}` }))

const role = `import { defineRole, file } from 'netplay'

export default defineRole({
  name: 'site',
  params: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'], additionalProperties: false } as const,
  tasks: ({ params }) => [file('Write the text', { path: '/etc/site.conf', content: params.text + '\\n' })],
})
`

/** hosts.ini for a user who types passwords, with these in the variables of all hosts. */
const inventory = (user: 'ops' | 'pass', vars: Record<string, string>) =>
  story.write('hosts.ini', hostsIni(story.lab, { user, groups: { nodes: ['n1', 'n2'] }, vars }))
const sudo = { ansible_become_password: 'lab-sudo-pw' }
const login = { ansible_password: 'lab-login-pw', ansible_become_password: 'lab-login-pw' }

async function well(running: Promise<Ran>): Promise<Ran> {
  const ran = await running
  if (ran.code !== 0) throw new Error(`netplay ended with ${ran.code}\n${ran.stdout}\n${ran.stderr}`)
  return ran
}
const plan = (file: string, flags: string[] = []) => well(story.netplay(['plan', 'site.yml', '-i', 'hosts.ini', '--out', file, ...flags]))
const contents = async () => (await onHost(story.lab, 'n2', 'cat /etc/site.conf 2>/dev/null || echo none')).stdout.trim()
const runOf = (ran: Ran) => ran.events.find(event => event.type === 'run-started')!.run

/** As the story's own, from another folder: a plan does not depend on where it is applied. */
const elsewhere = (argv: string[]) =>
  inNetns(story.lab, [process.execPath, netplayMain, ...argv], {
    cwd: '/',
    env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', NETPLAY_STATE_DIR: story.stateDir },
  })

test.each([
  ['for sudo', 'ops', sudo],
  ['to log in, and for sudo', 'pass', login],
] as const)('a password of the inventory, %s, serves plan, apply and rollback and is kept nowhere', async (_, user, vars) => {
  await inventory(user, vars)
  const before = await contents()
  await plan('window.plan')
  const applied = await well(story.netplay(['apply', 'window.plan', '--output', 'json']))
  expect(await contents()).toBe(`text ${number}`)
  await well(story.netplay(['rollback', runOf(applied)]))
  expect(await contents()).toBe(before)

  const kept = [await readFile(join(story.folder, 'window.plan'), 'utf8'), ...(await filesIn(story.stateDir))]
  expect(kept.filter(text => text.includes('ansible_host') || text.includes('198.18.')).length).toBeGreaterThan(1)
  for (const text of [...kept, applied.stdout, applied.stderr]) expect(text).not.toMatch(/lab-(sudo|login)-pw/)
})

test('an apply from another folder finds the inventory of its plan', async () => {
  await inventory('ops', sudo)
  await plan('window.plan')
  const ran = await elsewhere(['apply', join(story.folder, 'window.plan')])
  expect([ran.code, await contents()]).toEqual([0, `text ${number}`])
})

test('what is asked for does not replace the password that a host has of its own', async () => {
  await inventory('ops', sudo)
  await story.write('wrong', 'wrong\n')
  await plan('window.plan', ['--become-password-file', 'wrong'])
  await well(story.netplay(['apply', 'window.plan', '--become-password-file', 'wrong']))
  expect(await contents()).toBe(`text ${number}`)
})

test('a password that the inventory has no more is named before anything is tried, and -e gives it', async () => {
  await inventory('ops', sudo)
  await plan('window.plan')
  await inventory('ops', {})
  const refused = await story.netplay(['apply', 'window.plan'])
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toContain('n1 was planned with ansible_become_password, which its inventory does not have now')
  await story.write('secrets.yml', 'ansible_become_password: lab-sudo-pw\n')
  await well(story.netplay(['apply', 'window.plan', '-e', '@secrets.yml']))
  expect(await contents()).toBe(`text ${number}`)
})

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return Promise.all(entries.filter(entry => entry.isFile()).map(entry => readFile(join(entry.parentPath, entry.name), 'utf8')))
}
