import { jest } from '@jest/globals'
import { etcdctl } from '../../lab/etcd-keys.js'
import { onHost, startHost, startInNetns, stopHost } from '../../lab/lab.js'
import { daemonUnit, toldBy, writeDaemonRoles } from './daemon-roles.js'
import { endOf, runOf } from './faults.js'
import { differences, liveOf, startsOf, treeOf } from './host-before.js'
import { follow } from './running.js'
import { lockGoes, slowDone, stepBegins, writeSlowRole } from './slow-role.js'
import { netplayMain, openStory, openStoryMs, type Ran, type Story } from './story.js'

const json = ['--output', 'json']
const key = '/coreos.com/network/config'
let story: Story

jest.setTimeout(120_000)
beforeAll(async () => {
  story = await openStory({ name: 'e2e-undo' })
  await writeDaemonRoles(story)
  await writeSlowRole(story, 1)
  await story.write('flannel.yml', "- hosts: n1\n  roles: [etcd-seed]\n- hosts: 'nodes:!n1'\n  roles: [flannel]\n")
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const host = (name: string) => story.lab.hosts.find(candidate => candidate.name === name)!
const look = async (name: string) => ({ tree: await treeOf(story.lab, host(name)), live: await liveOf(story.lab, name) })
const rollback = (run: Ran, flags = json) => story.netplay(['rollback', runOf(run), ...flags])
const seeded = () => etcdctl(story.lab, ['get', '--print-value-only', key])
const failures = ({ events }: Ran) =>
  events.flatMap(event => (event.type === 'item-failed' ? [[event.host, event.key, event.error.code]] : []))

const startNetplay = (argv: string[]) =>
  startInNetns(story.lab, [process.execPath, netplayMain, ...argv], {
    cwd: story.folder,
    env: { ...process.env, NODE_OPTIONS: '', NETPLAY_STATE_DIR: story.stateDir },
  })

async function played(playbook: string): Promise<Ran> {
  const ran = await story.play(playbook, json)
  if (ran.code !== 0) throw new Error(ran.stdout + ran.stderr)
  return ran
}

describe('a whole run of flannel', () => {
  test('is put back to the last byte on every host, then in etcd; a second rollback finds nothing to do', async () => {
    const before = [await look('n2'), await look('n3')]
    const run = await played('flannel.yml')
    expect(differences(before[0]!.tree, (await look('n2')).tree).length).toBeGreaterThan(10)
    expect(await seeded()).toContain('10.244.0.0/16')
    const undone = await rollback(run)
    expect(undone.code).toBe(0)
    for (const [i, name] of ['n2', 'n3'].entries()) {
      const after = await look(name)
      expect(differences(before[i]!.tree, after.tree)).toEqual([])
      expect(after.live).toBe(before[i]!.live)
    }
    expect(await seeded()).toBe('')
    const again = await rollback(run)
    expect([again.code, again.events.filter(({ type }) => type === 'item-changed')]).toEqual([0, []])
  })

  test('with a host down: the others are put back, the key in etcd stays until that host is back too', async () => {
    const before = await look('n3')
    const run = await played('flannel.yml')
    await stopHost(story.lab, 'n3')
    const first = await rollback(run)
    expect(first.code).toBe(4)
    expect(first.events.flatMap(event => (event.type === 'warning' ? [event.message] : []))).toEqual([
      `etcd3:${key} in etcd is left as it is, because n3 may still need it`,
    ])
    expect(await seeded()).toContain('10.244.0.0/16')
    await startHost(story.lab, 'n3')
    expect((await rollback(run)).code).toBe(0)
    expect(await seeded()).toBe('')
    // A boot clears what is set in the kernel alone: files are what counts here.
    expect(differences(before.tree, (await look('n3')).tree)).toEqual([])
  })

  test('what somebody else changed since is left alone and told, on hosts and in etcd; the rest is put back', async () => {
    const before = await look('n2')
    const run = await played('flannel.yml')
    await onHost(
      story.lab,
      'n2',
      'echo "# mine" >>/etc/cni/net.d/10-flannel.conflist; chmod 600 /etc/sysctl.d/90-netplay-net.ipv4.ip_forward.conf',
      {
        check: true,
      },
    )
    const first = await rollback(run)
    expect(first.code).toBe(2)
    expect(failures(first)).toContainEqual(['n2', 'file:/etc/cni/net.d/10-flannel.conflist', 'LEFT_ALONE'])
    expect((await onHost(story.lab, 'n2', 'tail -n 1 /etc/cni/net.d/10-flannel.conflist')).stdout).toBe('# mine\n')
    // The folder that the run made is not empty, so it stays as well.
    expect(differences(before.tree, (await look('n2')).tree).map(line => line.split(' ')[1])).toEqual(
      expect.arrayContaining(['etc/cni/net.d', 'etc/cni/net.d/10-flannel.conflist']),
    )
    expect((await look('n2')).live).toBe(before.live)

    await onHost(story.lab, 'n2', 'rm -f /etc/cni/net.d/10-flannel.conflist', { check: true })
    await etcdctl(story.lab, ['put', key, '{"Network": "10.9.0.0/16"}'])
    const second = await rollback(run)
    expect([second.code, failures(second)]).toEqual([2, [['n1', `etcd3:${key}`, 'LEFT_ALONE']]])
    expect(await seeded()).toBe('{"Network": "10.9.0.0/16"}\n')
    await etcdctl(story.lab, ['del', key])
    expect(differences(before.tree, (await look('n2')).tree)).toEqual([])
  })
})

test('an update is put back: the old files, and the daemon runs with them again', async () => {
  await story.setVars({ daemon_version: 'v1' })
  await played('daemon.yml')
  await onHost(story.lab, 'n2', 'chown 12:34 /etc/np-daemon.conf; chmod 640 /etc/np-daemon.conf', { check: true })
  const before = await look('n2')
  await story.setVars({ daemon_version: 'v2' })
  const run = await played('daemon.yml')
  const told = async () => (await onHost(story.lab, 'n2', `cat ${toldBy}`)).stdout
  expect(await told()).toBe('v2 v2\n')
  const starts = await startsOf(story.lab, 'n2', daemonUnit)
  expect((await rollback(run)).code).toBe(0)
  expect(await told()).toBe('v1 v1\n')
  expect(await startsOf(story.lab, 'n2', daemonUnit)).toBe(starts + 1)
  expect(differences(before.tree, (await look('n2')).tree)).toEqual([])
})

test('a rollback that dies on a host is told as unknown there, and goes on where it was when it is run again', async () => {
  const run = await played('slow.yml')
  expect(await slowDone(story.lab, 'n2')).toBe('1 2 3')
  const dying = follow(startNetplay(['rollback', runOf(run), ...json]))
  await stepBegins(story.lab, 'n2', 'undo')
  // Everything that holds the lock: the program that undoes, and the session's shell.
  const holders = 'for p in /proc/[0-9]*; do if ls -l "$p/fd" 2>/dev/null | grep -q netplay/lock; then kill -9 "${p#/proc/}"; fi; done'
  await onHost(story.lab, 'n2', holders, { check: true })
  const died = await dying.ended
  expect([died.code, ...['n1', 'n2', 'n3'].map(name => endOf(died, name))]).toEqual([2, 'done', 'unknown', 'done'])
  expect(failures(died)).toEqual([['n2', 'n2', 'UNKNOWN']])
  expect(await slowDone(story.lab, 'n2')).not.toBe('')
  expect((await rollback(run)).code).toBe(0)
  expect(await slowDone(story.lab, 'n2')).toBe('')
})

test('a rollback whose netplay is killed is finished by the hosts themselves: none stays half put back', async () => {
  await onHost(story.lab, 'n2', 'rm -f /run/slow-*', { check: true })
  const run = await played('slow.yml')
  const dying = follow(startNetplay(['rollback', runOf(run)]))
  await stepBegins(story.lab, 'n2', 'undo')
  dying.child.kill('SIGKILL')
  await lockGoes(story.lab, 'n2')
  expect(await slowDone(story.lab, 'n2')).toBe('')
})

test('a run that this machine does not know is told with those that it knows', async () => {
  const { code, stderr } = await story.netplay(['rollback', '2026-01-01T00-00-00-0000'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/there is no run 2026-01-01T00-00-00-0000 in \S+\n.*Name one of these: (\d{4}-\S+, ){0,4}\d{4}-\S+\./s)
})
