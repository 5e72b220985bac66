import { jest } from '@jest/globals'
import { onHost } from '../../lab/lab.js'
import { runOf } from './faults.js'
import { follow } from './running.js'
import { forgetSlow, isLocked, lockGoes, slowBegun, slowDone, stepBegins, writeSlowRole } from './slow-role.js'
import { openStory, openStoryMs, type Ran, type Story } from './story.js'

const json = ['--output', 'json']
let story: Story

jest.setTimeout(60_000)
beforeAll(async () => {
  story = await openStory({ name: 'e2e-locks', hosts: 2, etcd: false })
  await writeSlowRole(story)
  await story.write('leaves.yml', '- hosts: n1\n  roles: [leaves]\n')
  await story.write('roles/leaves/role.ts', leaves)
}, openStoryMs)
afterAll(() => story?.close(), 60_000)
beforeEach(() => forgetSlow(story.lab))

/** A step that leaves a process behind, as it should not, and a daemon of systemd. */
const leaves = `import { command, defineRole, file, systemdUnit } from 'netplay'

export default defineRole({
  name: 'leaves',
  params: { type: 'object', properties: {}, additionalProperties: false } as const,
  tasks: () => [
    command('Leave a process', { run: 'sleep 300 & echo $! >/run/left', done: '[ -e /run/left ]' }),
    file('Unit', { path: '/etc/systemd/system/np-sleeper.service', content: '[Service]\\nType=exec\\nExecStart=/bin/sleep 300\\n' }),
    systemdUnit('Leave a daemon', { name: 'np-sleeper.service', active: true }),
  ],
})
`

const refusals = ({ events }: Ran) =>
  events.flatMap(event => (event.type === 'host-ended' && event.end === 'refused' ? [[event.host, event.error!] as const] : [])).sort()

test('of two runs at once the second is refused on each host, told who runs what since when; the first is not disturbed', async () => {
  const first = follow(story.start('slow.yml', json))
  await stepBegins(story.lab, 'n1', 1)
  await stepBegins(story.lab, 'n2', 1)
  const second = await story.play('slow.yml', json)
  const { run } = await first.says('run-started')
  expect(second.code).toBe(2)
  expect(refusals(second).map(([host, { code }]) => [host, code])).toEqual([
    ['n1', 'LOCKED'],
    ['n2', 'LOCKED'],
  ])
  for (const [host, { message, words, next }] of refusals(second)) {
    expect(message).toBe(`another run holds ${host}`)
    expect(words).toMatch(
      new RegExp(
        `^\\S+@\\S+ runs slow\\.yml since \\S+Z \\(run ${run}, pid ${first.child.pid}\\); its shell on this host is process \\d+$`,
      ),
    )
    expect(next).toContain('run again')
  }
  const ended = await first.ended
  expect(ended.code).toBe(0)
  expect(await slowDone(story.lab, 'n1')).toBe('1 2 3')
  expect(await isLocked(story.lab, 'n1')).toBe(false)
})

test('a rollback waits for nobody either: it is refused while a run holds the host', async () => {
  const before = await story.play('slow.yml', json)
  await forgetSlow(story.lab)
  const running = follow(story.start('slow.yml', json))
  await stepBegins(story.lab, 'n1', 1)
  const rollback = await story.netplay(['rollback', runOf(before), ...json])
  expect(rollback.code).toBe(2)
  expect(rollback.events.flatMap(event => (event.type === 'host-refused' ? [event.error.code] : []))).toEqual(['LOCKED', 'LOCKED'])
  expect((await running.ended).code).toBe(0)
  expect(await slowDone(story.lab, 'n1')).toBe('1 2 3')
})

test('killed in mid-step, a run keeps the host until that step has ended; the next step is not begun and the lock goes by itself', async () => {
  const first = follow(story.start('slow.yml', json))
  await stepBegins(story.lab, 'n1', 1)
  first.child.kill('SIGKILL')
  await first.ended
  expect(await isLocked(story.lab, 'n1')).toBe(true)
  expect((await story.play('slow.yml', json)).code).toBe(2)
  await lockGoes(story.lab, 'n1')
  await lockGoes(story.lab, 'n2')
  expect([await slowDone(story.lab, 'n1'), await slowBegun(story.lab, 'n1')]).toEqual(['1', '1'])
  expect((await story.play('slow.yml', json)).code).toBe(0)
  expect(await slowDone(story.lab, 'n1')).toBe('1 2 3')
})

test('daemons and processes that steps leave running do not keep the lock', async () => {
  const ran = await story.play('leaves.yml', json)
  expect(ran.code).toBe(0)
  const { stdout } = await onHost(
    story.lab,
    'n1',
    'kill -0 "$(cat /run/left)" && systemctl is-active np-sleeper.service; ls -l /proc/[0-9]*/fd 2>/dev/null | grep netplay/lock; kill "$(cat /run/left)"',
  )
  expect(stdout).toBe('active\n')
  expect(await isLocked(story.lab, 'n1')).toBe(false)
})

test('a host without flock is refused and told what to install; the others are done', async () => {
  await onHost(story.lab, 'n1', 'mv /usr/bin/flock /usr/bin/flock.away', { check: true })
  const ran = await story.play('slow.yml', json)
  await onHost(story.lab, 'n1', 'mv /usr/bin/flock.away /usr/bin/flock', { check: true })
  expect(ran.code).toBe(2)
  expect(refusals(ran)).toEqual([
    ['n1', expect.objectContaining({ code: 'BEGIN', message: 'n1 has no flock', next: expect.stringContaining('util-linux') })],
  ])
  expect([await slowDone(story.lab, 'n1'), await slowDone(story.lab, 'n2')]).toEqual(['', '1 2 3'])
})
