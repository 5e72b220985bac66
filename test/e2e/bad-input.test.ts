import { jest } from '@jest/globals'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { etcdHealthy, startMember, stopMember } from '../../lab/etcd.js'
import { hostsIni } from '../../lab/ini.js'
import { onHost, setLink, startInNetns } from '../../lab/lab.js'
import { differences, lookAtLab, lookAtRest, type Look } from '../../lab/look.js'
import { openStory, openStoryMs, type Ran, type Story } from './story.js'

/** A role of the story's own: one program, and one slow command. */
const mineRole = `import { binary, command, defineRole } from 'netplay'
export default defineRole({
  name: 'mine',
  params: { type: 'object', additionalProperties: false, properties: { sha256: { type: 'string' }, slow: { type: 'boolean', default: false } } },
  tasks: ({ params }) =>
    params.slow
      ? [command('Take a while', { run: 'sleep 4; touch /opt/mine/slept', done: 'test -e /opt/mine/slept' })]
      : [binary('Install the tool', { path: '/opt/mine/tool', source: { path: 'tool' }, sha256: params.sha256 })],
})
`
const play = (lines = '') => `- hosts: nodes\n  roles:\n    - role: mine\n${lines}`

let story: Story
jest.setTimeout(60_000)

beforeAll(async () => {
  story = await openStory({ name: 'badinput', etcd: { members: 3 } })
  await story.write('roles/mine/role.ts', mineRole)
  await story.write('tool', 'x'.repeat(2_000_000))
  await story.write('mine.yml', play())
  for (const { name } of story.lab.hosts)
    await onHost(story.lab, name, 'mkdir -p /opt/mine && echo old >/opt/mine/tool && chmod 0755 /opt/mine/tool', { check: true })
  await onHost(story.lab, 'n3', 'gpasswd --delete ops sudo', { check: true })
  await lookAtRest(story.lab)
}, openStoryMs)
afterAll(() => story.close(), 60_000)

/** hosts.ini with other variables, or another line for one host. */
async function inventory(options: { vars?: Record<string, string>; user?: 'pass' | 'ops'; n2?: string }): Promise<string> {
  const groups = { nodes: ['n1', 'n2', 'n3'], etcd: ['n1', 'n2', 'n3'] }
  const { vars = {}, user = 'root', n2 } = options
  const text = hostsIni(story.lab, { groups, vars, user })
  await story.write('other.ini', n2 === undefined ? text : text.replace(/^n2 .*$/m, `n2 ${n2}`))
  return 'other.ini'
}

const flannel = async (options: Parameters<typeof inventory>[0], flags: string[] = []): Promise<Ran> =>
  story.netplay([join(import.meta.dirname, '../../playbooks/flannel.yml'), '-i', await inventory(options), ...flags])

/** What the run leaves on hosts and in etcd is what was there before it; `except` is not the run's doing, or its own bookkeeping. */
async function unchanged(run: () => Promise<Ran>, except = /^$/): Promise<Ran> {
  const before = await lookAtLab(story.lab)
  const ran = await run()
  expect(differences(before, await lookAtLab(story.lab)).filter(line => !except.test(line))).toEqual([])
  return ran
}

/** sudo marks who tried. */
const sudoMarks = /^n\d run [+~] \/run\/sudo(\/ts(\/ops)?)?$/
/** Folders of its own, on hosts that netplay began to write to. */
const ownFolders = /^n\d (files|run) [+~] \/(var\/lib|run)(\/netplay(\/.*)?)?$/

const knownHosts = async (change: (lines: string[]) => string[]): Promise<string> => {
  const text = await readFile(story.lab.knownHostsFile, 'utf8')
  return story.write('known_hosts', `${change(text.trim().split('\n')).join('\n')}\n`)
}
const knownIn = (file: string) => ({ vars: { ansible_ssh_common_args: `-o UserKnownHostsFile=${file}` } })

describe('a host that cannot be logged in to is unreachable, and nothing is changed', () => {
  let before: Look
  beforeAll(async () => void (before = await lookAtLab(story.lab)))
  const stories: [string, () => Promise<Ran>, string[]][] = [
    [
      'its host key is not known',
      async () => flannel(knownIn(await knownHosts(() => []))),
      ['UNREACHABLE n1 n2 n3', 'is not known (ssh-ed25519 SHA256:', 'Next: Compare the fingerprint', '--ssh-accept-new'],
    ],
    [
      'its host key has changed',
      async () => {
        const keyOf = (line: string) => line.split(' ').slice(1).join(' ')
        const file = await knownHosts(lines =>
          lines.map((line, i) => (line.startsWith('n2,') ? `${line.split(' ')[0]} ${keyOf(lines[i % 2]!)}` : line)),
        )
        return flannel({ ...knownIn(file) }, ['--limit', 'n2', '--ssh-accept-new'])
      },
      ['UNREACHABLE n2', 'has changed: it shows ssh-ed25519 SHA256:', 'known_hosts:3', 'Someone may be listening in'],
    ],
    [
      'the password is wrong',
      () => flannel({ user: 'pass', vars: { ansible_password: 'wr0ng-login' } }),
      ['UNREACHABLE n1 n2 n3', 'sshd refused user pass; tried: password', 'or give the password with -k'],
    ],
    [
      'sudo wants a password and none is given',
      () => flannel({ user: 'ops', vars: { ansible_become: 'true' } }, ['--limit', 'n1,n2']),
      [
        'UNREACHABLE n1 n2',
        'sudo wants a password and none was given: sudo: a password is required',
        'with -K or as ansible_become_password',
      ],
    ],
    [
      'the sudo password is wrong',
      () => flannel({ user: 'ops', vars: { ansible_become: 'true', ansible_become_password: 'wr0ng-sudo' } }, ['--limit', 'n1,n2']),
      ['UNREACHABLE n1 n2', 'the sudo password is wrong: Sorry, try again.'],
    ],
    [
      'the login user may not use sudo',
      () => flannel({ user: 'ops', vars: { ansible_become: 'true', ansible_become_password: 'lab-sudo-pw' } }, ['--limit', 'n3']),
      ['UNREACHABLE n3', 'cannot become root', 'ops is not in the sudoers file', 'allow the login user to become root'],
    ],
  ]
  test.each(stories)('%s', async (_, run, texts) => {
    const { code, stdout, stderr } = await run()
    for (const text of texts) expect(stdout).toContain(text)
    expect([code, stderr]).toEqual([4, ''])
    expect(stdout).toMatch(/ : ok=0 +changed=0 +unreachable=1 /)
    expect(stdout).not.toContain('wr0ng')
  })

  test('and all hosts are as before, but for the marks of sudo', async () => {
    expect(differences(before, await lookAtLab(story.lab)).filter(line => !sudoMarks.test(line))).toEqual([])
  })
})

describe('of three hosts one does not answer: the others are looked at, it is told, exit 4', () => {
  test('it is down, and the others are changed all the same', async () => {
    await setLink(story.lab, 'n2', 'down')
    try {
      const { code, stdout } = await story.play('mine.yml', ['-T', '2'])
      expect(stdout).toContain('UNREACHABLE n2\n  198.18.0.12 port 22 did not answer within 2 s\n  Next: See that n2 is up')
      expect(stdout).toMatch(/^n1 +: ok=2 +changed=1 /m)
      expect(stdout).toMatch(/^n2 +: ok=0 +changed=0 +unreachable=1 /m)
      expect(stdout).toMatch(/^n3 +: ok=2 +changed=1 /m)
      expect(code).toBe(4)
      const sizes = story.lab.hosts.map(async ({ name }) => (await onHost(story.lab, name, 'stat -c %s /opt/mine/tool')).stdout)
      expect(await Promise.all(sizes)).toEqual(['2000000\n', '4\n', '2000000\n'])
    } finally {
      await setLink(story.lab, 'n2', 'up')
    }
  })

  test('it accepts TCP and never speaks', async () => {
    const server = startInNetns(story.lab, [
      process.execPath,
      '-e',
      'require("net").createServer(() => {}).listen(2022, "198.18.0.1", () => console.log("up"))',
    ])
    try {
      await once(server.stdout!, 'data')
      const file = await inventory({ n2: 'ansible_host=198.18.0.1 ansible_port=2022' })
      const { code, stdout } = await unchanged(() => story.netplay(['mine.yml', '-i', file, '--check', '-T', '2']))
      expect(stdout).toContain('UNREACHABLE n2\n  198.18.0.1 port 2022 accepted the connection but finished no key exchange within 2 s')
      expect(stdout).toMatch(/^n3 +: ok=2 +changed=0 /m)
      expect(code).toBe(4)
    } finally {
      server.kill()
    }
  })
})

describe('what is written wrongly is told with its place before any host is asked', () => {
  const stories: [string, string, string[]][] = [
    [
      'a tab in YAML',
      '- hosts: nodes\n  roles:\n\t- mine\n',
      ['bad.yml:3:1: YAML does not allow tabs for indentation; use spaces', '→- mine'],
    ],
    [
      'a misspelt parameter',
      play('      slwo: true\n'),
      ['bad.yml:4:7: role "mine" has no parameter "slwo"; did you mean "slow"?', '          slwo: true\n', '          ^'],
    ],
    ['a parameter of the wrong type', play('      slow: 7\n'), ['bad.yml:4:13: ', 'parameter "slow" of role "mine"', 'must be']],
    ['a role that is not there', '- hosts: nodes\n  roles: [mnie]\n', ['bad.yml:2:11: ', '"mnie"', 'did you mean "mine"?']],
    ['a misspelt key of a play', '- hosts: nodes\n  rolse: [mine]\n', ['bad.yml:2:3: ', '"rolse"', 'did you mean "roles"?']],
    ['a template, which is for later', play('      sha256: "{{ x }}"\n'), ['bad.yml:4:15: ', '{{']],
  ]
  test.each(stories)('%s', async (_, text, words) => {
    await story.write('bad.yml', text)
    const { code, stdout, stderr } = await story.play('bad.yml')
    for (const word of words) expect(stderr).toContain(word)
    expect(stderr).toMatch(/^ERROR [^]*\n {2}Next: .*\n$/)
    expect([code, stdout]).toEqual([1, ''])
  })

  test('with --output json it is the one event', async () => {
    await story.write('bad.yml', play('      slwo: true\n'))
    const { code, events } = await story.play('bad.yml', ['--output', 'json'])
    expect(events).toMatchObject([
      { type: 'run-failed', exit: 1, error: { message: expect.stringContaining('did you mean "slow"?') as string } },
    ])
    expect(code).toBe(1)
  })

  test('a program whose sha256 is another', async () => {
    await story.write('bad.yml', play(`      sha256: ${'a'.repeat(64)}\n`))
    const { code, stderr } = await unchanged(() => story.play('bad.yml'))
    expect(stderr).toContain(`the source of /opt/mine/tool has sha256 `)
    expect(stderr).toContain(`and ${'a'.repeat(64)} is wanted`)
    expect(stderr).toContain('Next: Fetch the right file, or mend the sha256')
    expect(code).toBe(1)
  })
})

describe('what a host lacks stops the run before any host is written to', () => {
  test('a certificate file is missing on one host', async () => {
    await onHost(story.lab, 'n2', 'mv /etc/kubernetes/ssl/kubernetes.pem /etc/kubernetes/ssl/kept.pem', { check: true })
    const { code, stdout } = await unchanged(() => story.play('flannel.yml'))
    await onHost(story.lab, 'n2', 'mv /etc/kubernetes/ssl/kept.pem /etc/kubernetes/ssl/kubernetes.pem', { check: true })
    expect(stdout).toContain('REFUSED n2\n')
    expect(stdout).toContain('/etc/kubernetes/ssl/kubernetes.pem')
    expect(stdout).toContain('STOPPED n1 n3  nothing was written there: the run ended before its first write.')
    expect(code).toBe(2)
  })
})

describe('a disk that cannot take what is written leaves the old file', () => {
  const folder = '/opt/mine'
  const looks = async () =>
    (await onHost(story.lab, 'n2', `ls -A ${folder}; cat ${folder}/tool; stat -c %a ${folder}/tool`, { check: true })).stdout
  const failing = async (mount: string, unmount: string, run = (play: () => Promise<Ran>) => play()) => {
    await onHost(story.lab, 'n2', mount, { check: true })
    try {
      const ran = await run(() => story.play('mine.yml', ['--limit', 'n2']))
      return { ...ran, left: await looks() }
    } finally {
      await onHost(story.lab, 'n2', unmount, { check: true })
    }
  }

  test('it is full', async () => {
    const { code, stdout, left } = await failing(
      `mount -t tmpfs -o size=1m tmpfs ${folder} && echo old >${folder}/tool && chmod 0755 ${folder}/tool`,
      `umount ${folder}`,
    )
    expect(stdout).toMatch(/FAILED n2 {2}mine · Install the tool \(roles\/mine\/role\.ts:8:\d+\)\n/)
    expect(stdout).toContain('/opt/mine/tool: its step exited with status 1')
    expect(stdout).toContain('No space left on device')
    expect(stdout).toContain('The file is as it was: it is written whole or not at all.')
    expect(stdout).toContain('Next: Mend what n2 says above and run the same command again')
    expect(left).toBe('tool\nold\n755\n')
    expect(code).toBe(2)
  })

  test('it is read-only', async () => {
    const { code, stdout, left } = await failing(
      `mount --bind ${folder} ${folder} && mount -o remount,ro,bind ${folder}`,
      `umount ${folder}`,
      play => unchanged(play, ownFolders),
    )
    expect(stdout).toContain('Read-only file system')
    expect(left).toBe('tool\nold\n755\n')
    expect(code).toBe(2)
  })

  test('there is no room where contents are brought first', async () => {
    const state = '/var/lib/netplay'
    const { code, stdout, left } = await failing(
      `mkdir -p -m 0700 ${state} && mount -t tmpfs -o size=256k,mode=0700 tmpfs ${state}`,
      `umount ${state}`,
    )
    expect(stdout).toContain('could not bring tool to n2')
    expect(stdout).toContain('No space left on device')
    expect(stdout).toContain('The old file is in place; nothing of the new one is left.')
    expect(left).toBe('tool\nold\n755\n')
    expect(code).toBe(2)
  })
})

test('a plan is applied once: whoever comes second, from whichever machine, changes nothing', async () => {
  const made = await story.netplay(['plan', 'mine.yml', '-i', 'hosts.ini', '--out', 'window.plan'])
  expect([made.code, made.stdout]).toEqual([0, expect.stringContaining('Saved to window.plan. Next: netplay apply window.plan')])
  expect((await story.netplay(['apply', 'window.plan'])).code).toBe(0)
  const again = await unchanged(() => story.netplay(['apply', 'window.plan']))
  const colleague = await unchanged(() =>
    story.netplay(['apply', 'window.plan'], { env: { NETPLAY_STATE_DIR: join(story.folder, 'colleague') } }),
  )
  expect(again.stderr).toMatch(
    /^ERROR window\.plan was applied before \(run \S+ on this machine\); a plan is applied once\n {2}Next: Plan again; nothing was written\.\n$/,
  )
  // Of the three only n2 had anything to change.
  expect(colleague.stderr).toMatch(/^ERROR window\.plan was applied before \(n2\)/)
  expect([again.code, colleague.code]).toEqual([1, 1])
})

test('two runs at once: the second is told who holds the hosts, and writes nothing', async () => {
  await story.write('slow.yml', play('      slow: true\n'))
  const first = story.start('slow.yml')
  let told = ''
  first.stdout!.on('data', (chunk: Buffer) => (told += chunk.toString()))
  while (!told.includes('PLAY 1')) await sleep(50)
  const second = await story.play('slow.yml')
  const [code] = (await once(first, 'close')) as [number]
  expect(second.stdout).toMatch(/REFUSED n1[^]*another run holds n1\n {4}\S+ runs slow\.yml since \S+ \(run \S+, pid \d+\)/)
  expect(second.stdout).toContain('This run wrote nothing there.')
  expect([code, second.code]).toEqual([0, 2])
  expect((await story.play('slow.yml')).stdout).toContain('No changes. 3 hosts are as wanted.')
})

test('a plan file that was edited by hand is no plan that anybody was shown', async () => {
  const file = join(story.folder, 'window.plan')
  await writeFile(file, (await readFile(file, 'utf8')).replace('/opt/mine/tool', '/opt/mine/evil'))
  const { code, stderr } = await story.netplay(['apply', 'window.plan'])
  expect([code, stderr]).toEqual([1, 'ERROR window.plan was changed after it was made\n  Next: Plan again; nothing was written.\n'])
})

test('etcd without its quorum stops the run before any host is written to', async () => {
  await Promise.all(['n2', 'n3'].map(host => stopMember(story.lab, host, 'kill')))
  const { code, stdout } = await story.play('flannel.yml')
  expect(stdout).toContain('No host could be planned. Nothing was written.')
  expect(stdout).toMatch(
    /REFUSED n1 n2 n3\n {2}etcd answers this host: only 0 of 3 members are healthy, and etcd needs 2 for a quorum: https/,
  )
  expect(stdout).toContain('Next: Mend etcd')
  expect(code).toBe(2)
  const left = await Promise.all(
    ['n1', 'n2', 'n3'].map(host =>
      onHost(story.lab, host, 'ls -d /etc/systemd/system/flannel.service /etc/cni/net.d /usr/local/bin/flanneld'),
    ),
  )
  expect(left.map(({ stdout: found }) => found)).toEqual(['', '', ''])
})

test('with one of three members down the others are enough: all is done through them, and the one that is down is named', async () => {
  await startMember(story.lab, 'n2')
  await etcdHealthy(story.lab, ['n1', 'n2'])
  const { code, stdout } = await story.play('flannel.yml')
  expect(stdout).toContain(
    `etcd's member https://${story.lab.hosts[2]!.address}:2379 does not answer healthily: the others are enough, but none of them can be spared`,
  )
  expect(stdout).toMatch(/^n3 +: ok=\d+ +changed=[1-9]\d* /m)
  expect(code).toBe(0)
  expect((await story.play('flannel.yml')).stdout).toContain('No changes. 3 hosts are as wanted.')
}, 120_000)
