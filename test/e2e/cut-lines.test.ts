import { jest } from '@jest/globals'
import { onHost, setLink } from '../../lab/lab.js'
import { boundariesOf, dyingAt, endOf } from './faults.js'
import { follow } from './running.js'
import { openStory, openStoryMs, type Ran, type Story } from './story.js'
import { until } from './until.js'

const json = ['--output', 'json']
let story: Story

jest.setTimeout(120_000)
beforeAll(async () => {
  story = await openStory({ name: 'e2e-cut-lines' })
  await story.write('all.yml', '- hosts: n1\n  roles: [etcd-seed]\n- hosts: nodes\n  roles: [flannel]\n')
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const ends = (ran: Ran) => ['n1', 'n2', 'n3'].map(host => endOf(ran, host))
const reload = '/run/reloading'

/** systemd's reading of a changed unit takes long enough on a host to do something to it in mid-program. */
const slowReload = (host: string) =>
  onHost(
    story.lab,
    host,
    `printf '%s\\n' '#!/bin/sh' 'case $1 in enable|daemon-reload) : >${reload}; sleep 2 ;; esac' 'exec /usr/bin/systemctl "$@"' >/usr/local/bin/systemctl
     chmod 755 /usr/local/bin/systemctl`,
    { check: true },
  )
const reloads = (host: string) => until(`${host} reloads`, async () => (await onHost(story.lab, host, `[ -e ${reload} ]`)).code === 0)
const quickReload = (host: string) => onHost(story.lab, host, `rm -f /usr/local/bin/systemctl ${reload}`, { check: true })

/** What the host was told to be left as, and what to do. */
const unknownOf = ({ events }: Ran, host: string) =>
  events.flatMap(event => (event.type === 'host-ended' && event.host === host && event.error ? [event.error] : []))[0]

async function nextRunConverges(): Promise<void> {
  const next = await story.play('all.yml', json)
  expect([next.code, ends(next)]).toEqual([0, ['done', 'done', 'done']])
  const check = await story.play('all.yml', [...json, '--check'])
  expect(check.events.flatMap(event => (event.type === 'plan-made' ? [event.items] : []))).toEqual([0])
}

test('a program that is killed on its host: that host is unknown, the others finish, the next run converges', async () => {
  const boundaries = await boundariesOf(story, 'all.yml')
  const last = boundaries.filter(({ host, key }) => host === 'n2' && key === 'unit:flannel.service').at(-1)!
  const ran = await dyingAt(story.lab, [last], () => story.play('all.yml', json))
  expect([ran.code, ends(ran)]).toEqual([2, ['done', 'unknown', 'done']])
  expect(unknownOf(ran, 'n2')!.leftAs).toMatch(
    /^\d+ of \d+ changes are made; whether "Run flanneld" was is not known. The program on the host has ended\.$/,
  )
  await nextRunConverges()
})

test('a connection that sshd drops in mid-program: the host is told as unknown with what to do, the others finish, the next run converges', async () => {
  await story.setVars({ flannel_healthz_port: 10301 })
  await slowReload('n2')
  const run = follow(story.start('all.yml'))
  await reloads('n2')
  await onHost(story.lab, 'n2', 'pkill -KILL -f "^sshd: root@notty"', { check: true })
  const { code, stdout } = await run.ended
  await quickReload('n2')
  expect(code).toBe(2)
  expect(stdout).toMatch(/^UNKNOWN n2 {2}flannel · Run flanneld/m)
  expect(stdout).toMatch(/whether "Run flanneld" was is not known\. The program on the host ends by itself between two steps/)
  expect(stdout).toMatch(
    /Next: Run the same command again: it looks first and does what is left\. `netplay rollback \S+` puts back what is done\./,
  )
  expect(stdout).toMatch(/^n1 +: ok=\d+ +changed=2 .*failed=0/m)
  expect(stdout).toMatch(/^n2 .*failed=1/m)
  expect(stdout).toMatch(/^n3 +: ok=\d+ +changed=2 .*failed=0/m)
  await until('the program on n2 ends', async () => (await onHost(story.lab, 'n2', 'flock -n /run/netplay/lock true')).code === 0)
  await nextRunConverges()
})

test('a cable pulled out: netplay gives the host up when it stays silent, the others finish; with the cable back the next run converges', async () => {
  await story.setVars({
    flannel_healthz_port: 10302,
    ansible_ssh_extra_args: '-o ServerAliveInterval=1 -o ServerAliveCountMax=3',
  })
  await slowReload('n3')
  const run = follow(story.start('all.yml', json))
  await reloads('n3')
  await setLink(story.lab, 'n3', 'down')
  const ran = await run.ended
  await setLink(story.lab, 'n3', 'up')
  await quickReload('n3')
  expect([ran.code, ends(ran)]).toEqual([2, ['done', 'done', 'unknown']])
  expect(ran.ms).toBeLessThan(20_000)
  expect(unknownOf(ran, 'n3')!.next).toContain('Run the same command again')
  // The host notices late that nobody listens any more: until then whoever comes is told who holds it.
  await until('n3 notices', async () => (await onHost(story.lab, 'n3', 'flock -n /run/netplay/lock true')).code === 0, 60_000)
  await nextRunConverges()
})

test('the connection that etcd is reached through is cut: the others reach it through another host and finish', async () => {
  await story.setVars({ flannel_healthz_port: 10303 })
  await slowReload('n1')
  await slowReload('n2')
  await slowReload('n3')
  const run = follow(story.start('all.yml', json))
  await reloads('n1')
  await onHost(story.lab, 'n1', 'pkill -KILL -f "^sshd: root@notty"', { check: true })
  const ran = await run.ended
  await Promise.all(['n1', 'n2', 'n3'].map(quickReload))
  expect([ran.code, ends(ran)]).toEqual([2, ['unknown', 'done', 'done']])
  await until('the program on n1 ends', async () => (await onHost(story.lab, 'n1', 'flock -n /run/netplay/lock true')).code === 0)
  await nextRunConverges()
})
