import { jest } from '@jest/globals'
import { onHost } from '../../lab/lab.js'
import { daemonUnit, toldBy, writeDaemonRoles } from './daemon-roles.js'
import { boundariesOf, dyingAt, endOf, type Boundary } from './faults.js'
import { leftoversOf, startsOf } from './host-before.js'
import { follow } from './running.js'
import { openStory, openStoryMs, type Ran, type Story } from './story.js'
import { until } from './until.js'

const json = ['--output', 'json']
const flannel = 'flannel.service'
let story: Story

jest.setTimeout(120_000)
beforeAll(async () => {
  story = await openStory({ name: 'e2e-deaths', hosts: 6 })
  await writeDaemonRoles(story)
  await story.write('flannel-n2.yml', '- hosts: n1\n  roles: [etcd-seed]\n- hosts: n2\n  roles: [flannel]\n')
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const play = (playbook: string, flags: string[] = []) => story.play(playbook, [...json, ...flags])
const starts = () => startsOf(story.lab, 'n2', flannel)
const invocation = async () => (await onHost(story.lab, 'n2', `systemctl show --property=InvocationID ${flannel}`, { check: true })).stdout
const pendingIn = ({ events }: Ran) => events.flatMap(event => (event.type === 'plan-made' ? event.items : []))

async function converged(playbook: string): Promise<void> {
  const ran = await play(playbook)
  if (ran.code !== 0) throw new Error(ran.stdout + ran.stderr)
}

describe('flannel killed between its unit file and the restart of flanneld', () => {
  let port = 10300
  /** The unit file is to change: the boundaries from its write on. */
  async function dieBefore(step: (steps: Boundary[]) => Boundary): Promise<void> {
    await story.setVars({ flannel_healthz_port: ++port })
    const boundaries = await boundariesOf(story, 'flannel-n2.yml')
    const at = step(boundaries.filter(boundary => boundary.key === `unit:${flannel}` && boundary.step !== undefined))
    const before = await invocation()
    const ran = await dyingAt(story.lab, [at], () => play('flannel-n2.yml'))
    expect([ran.code, endOf(ran, 'n2')]).toEqual([2, 'unknown'])
    expect((await onHost(story.lab, 'n2', `grep -c -- -healthz-port=${port} /etc/systemd/system/${flannel}`)).stdout).toBe('1\n')
    expect(await invocation()).toBe(before)
  }
  const last = (steps: Boundary[]) => steps.at(-1)!
  const first = (steps: Boundary[]) => steps[0]!

  beforeAll(async () => {
    await converged('flannel-n2.yml')
    expect(await starts()).toBe(1)
  })
  afterEach(async () => {
    expect(pendingIn(await play('flannel-n2.yml', ['--check']))).toEqual([0])
  })

  test('the next run restarts it, once', async () => {
    await dieBefore(last)
    const before = await starts()
    await converged('flannel-n2.yml')
    expect(await starts()).toBe(before + 1)
  })

  test('restarted by hand meanwhile, the next run does not', async () => {
    await dieBefore(last)
    await onHost(story.lab, 'n2', `systemctl restart ${flannel}`, { check: true })
    const byHand = await invocation()
    await converged('flannel-n2.yml')
    expect(await invocation()).toBe(byHand)
  })

  test('restarted by hand before systemd had read the new unit file, the next run restarts it with that', async () => {
    await dieBefore(first)
    await onHost(story.lab, 'n2', `systemctl restart ${flannel}`, { check: true })
    const before = await starts()
    await converged('flannel-n2.yml')
    expect(await starts()).toBe(before + 1)
    expect((await onHost(story.lab, 'n2', 'pgrep -af bin/flanneld')).stdout).toContain(`-healthz-port=${port}`)
  })

  test('netplay itself killed there: the program ends before its next step, and the next run restarts it, once', async () => {
    await story.setVars({ flannel_healthz_port: ++port })
    // The reload takes its time, so that there is a moment between the unit file and the restart to kill netplay in.
    await onHost(
      story.lab,
      'n2',
      `printf '%s\\n' '#!/bin/sh' 'case $1 in enable|daemon-reload) : >/run/reloading; sleep 2 ;; esac' 'exec /usr/bin/systemctl "$@"' >/usr/local/bin/systemctl
       chmod 755 /usr/local/bin/systemctl`,
      { check: true },
    )
    const before = await starts()
    const dying = story.start('flannel-n2.yml')
    await until('systemd reloads', async () => (await onHost(story.lab, 'n2', '[ -e /run/reloading ]')).code === 0)
    dying.kill('SIGKILL')
    await until('the lock goes', async () => (await onHost(story.lab, 'n2', 'flock -n /run/netplay/lock true')).code === 0)
    await onHost(story.lab, 'n2', 'rm /usr/local/bin/systemctl /run/reloading', { check: true })
    expect(await starts()).toBe(before)
    await converged('flannel-n2.yml')
    expect(await starts()).toBe(before + 1)
  })
})

test('netplay killed while it brings contents: nothing of them counts, nothing lies about after the next run', async () => {
  await story.write('flannel-n3.yml', '- hosts: n1\n  roles: [etcd-seed]\n- hosts: n3\n  roles: [flannel]\n')
  // What receives contents there takes its time after the first megabyte.
  await onHost(
    story.lab,
    'n3',
    `printf '%s\\n' '#!/bin/sh' 'if [ $# = 0 ]; then head -c 1000000; : >/run/receiving; sleep 1; fi' 'exec /usr/bin/cat "$@"' >/usr/local/bin/cat
     chmod 755 /usr/local/bin/cat`,
    { check: true },
  )
  const dying = follow(story.start('flannel-n3.yml', json))
  await until(
    'contents are half there',
    async () => (await onHost(story.lab, 'n3', '[ -e /run/receiving ] && ls /var/lib/netplay/slots/*.part')).code === 0,
  )
  dying.child.kill('SIGKILL')
  await dying.ended
  const found = () => onHost(story.lab, 'n3', 'ls /usr/local/bin/flanneld /var/lib/netplay/slots/* 2>/dev/null')
  await until('what came is thrown away', async () => (await found()).stdout === '')
  // The slow program above is the last that holds the lock of the killed run.
  await until('the lock goes', async () => (await onHost(story.lab, 'n3', 'flock -n /run/netplay/lock true')).code === 0)
  await onHost(story.lab, 'n3', 'rm /usr/local/bin/cat', { check: true })
  await converged('flannel-n3.yml')
  expect(await leftoversOf(story.lab, 'n3')).toEqual([])
})

describe('a daemon whose configuration and unit file change, killed at every step of that', () => {
  /** @returns at how many boundaries the daemon ended with what it was started with before, and how often it was started then */
  async function tell(role: string, from: string, to: string) {
    await story.setVars({ daemon_version: from })
    await converged(`${role}.yml`)
    await story.setVars({ daemon_version: to })
    const all = await boundariesOf(story, `${role}.yml`)
    const own = all.filter(({ host }) => host === 'n1')
    const boundaries = own.map(({ point, ...rest }, i) => ({ ...rest, host: `n${i + 1}`, point: point.replace('.n1.', `.n${i + 1}.`) }))
    const startsOfAll = () => Promise.all(boundaries.map(({ host }) => startsOf(story.lab, host, daemonUnit)))
    const before = await startsOfAll()
    const died = await dyingAt(story.lab, boundaries, () => play(`${role}.yml`))
    expect(boundaries.map(({ host }) => endOf(died, host))).toEqual(boundaries.map(() => 'unknown'))
    await converged(`${role}.yml`)
    const told = await Promise.all(boundaries.map(async ({ host }) => (await onHost(story.lab, host, `cat ${toldBy}`)).stdout.trim()))
    const after = await startsOfAll()
    return {
      boundaries: boundaries.length,
      lost: told.filter(words => words !== `${to} ${to}`).length,
      twice: after.filter((count, i) => count - before[i]! > 1).length,
    }
  }

  test('no restart is lost and none is made twice', async () => {
    const { boundaries, lost, twice } = await tell('daemon', 'v1', 'v2')
    expect(boundaries).toBeGreaterThanOrEqual(4)
    expect({ lost, twice }).toEqual({ lost: 0, twice: 0 })
  })

  test('the same story catches a stand-in that restarts only if an input changes in this run', async () => {
    const { boundaries, lost } = await tell('mutant', 'v3', 'v4')
    expect(boundaries).toBeGreaterThanOrEqual(4)
    // Killed before the reload and before the restart: the files are as wanted by then, and nobody remembers.
    expect(lost).toBe(2)
  })
})
