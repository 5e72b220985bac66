import { jest } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { onHost, startInNetns } from '../../lab/lab.js'
import { quote } from '../../src/shell.js'
import { mistakesIn } from '../support/events-schema.js'
import { until } from './until.js'
import { netplayMain, openStory, openStoryMs, type Ran, type Story } from './story.js'

const size = 20
let story: Story
jest.setTimeout(120_000)
beforeAll(async () => {
  story = await openStory({ name: 'e2e-become', hosts: size, etcd: false })
  await story.write('site.yml', '- hosts: nodes\n  roles: [{role: site, become: true}]\n')
  await story.write('roles/site/role.ts', role)
  await story.setVars({ ansible_timeout: 60 })
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const role = `import { defineRole, file } from 'netplay'

export default defineRole({
  name: 'site',
  params: { type: 'object', properties: {}, additionalProperties: false } as const,
  tasks: ({ host }) => [file('Write the name', { path: '/etc/site.conf', content: host.name + '\\n' })],
})
`
const slowRole = `import { command, defineRole } from 'netplay'

export default defineRole({
  name: 'slow',
  params: { type: 'object', properties: {}, additionalProperties: false } as const,
  tasks: () => [
    command('First', { done: 'test -e /etc/ended', run: 'touch /etc/begun; sleep 2; touch /etc/ended' }),
    command('Second', { done: 'test -e /etc/second', run: 'touch /etc/second' }),
  ],
})
`
const contents = async (host: string) =>
  (await onHost(story.lab, host, 'stat -c %U /etc/site.conf && cat /etc/site.conf')).stdout.split('\n')
const prepare = (host: string, script: string) => onHost(story.lab, host, script, { check: true })

/** netplay on a terminal where somebody types an answer to each question that matches. */
async function typed(argv: readonly string[], question: RegExp, answer: string): Promise<{ code: number; said: string }> {
  const command = [process.execPath, netplayMain, ...argv].map(quote).join(' ')
  const child = startInNetns(story.lab, ['script', '-qefc', `stty cols 120; exec ${command}`, '/dev/null'], {
    cwd: story.folder,
    env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', NETPLAY_STATE_DIR: story.stateDir, SHELL: '/bin/sh' },
  })
  let [said, answered] = ['', 0]
  child.stdout!.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    const asked = said.match(new RegExp(question, 'g'))?.length ?? 0
    if (asked > answered) {
      answered = asked
      // The question is printed before the echo is switched off.
      void sleep(300).then(() => child.stdin!.write(`${answer}\r`))
    }
  })
  const code = await new Promise<number>(resolve => child.on('close', status => resolve(status ?? 128)))
  return { code, said }
}

test(`the password for ${size} hosts is asked for once`, async () => {
  await story.setUser('ops')
  const { code, said } = await typed(['site.yml', '-i', 'hosts.ini', '-K', '--check'], /BECOME password: /, 'lab-sudo-pw')
  expect([code, said.match(/BECOME password: /g)?.length]).toEqual([0, 1])
  expect(said.match(/\bn\d+ +: ok=\d+ +changed=1 /g) ?? said).toHaveLength(size)
  expect(said).not.toContain('lab-sudo-pw')
})

describe('each host in its own way, in one run', () => {
  const sudo = { ansible_user: 'ops', ansible_become_password: 'lab-sudo-pw' }
  const chatter = `printf '#!/bin/sh\\necho "Last login: never"; printf "Password:" >&2\\n' > /etc/chatter; chmod 755 /etc/chatter; echo 'session optional pam_exec.so stdout quiet /etc/chatter' >>`
  const rootPassword = 'echo root:lab-root-pw | chpasswd'
  const hostile = (program: string, text: string) =>
    `printf '#!/bin/sh\\n%s\\n' '${text}' > /usr/local/bin/${program}; chmod 755 /usr/local/bin/${program}`
  type Way = [vars: Record<string, string>, script?: string]
  const ways: Record<string, Way> = {
    n1: [sudo],
    n2: [{ ansible_user: 'auto' }],
    n3: [{ ansible_user: 'auto', ansible_become_method: 'su', ansible_become_password: 'lab-root-pw' }, rootPassword],
    n4: [
      { ansible_user: 'ops', ansible_become_method: 'doas', ansible_become_password: 'lab-sudo-pw' },
      'echo permit ops > /etc/doas.conf',
    ],
    n5: [{ ansible_user: 'ops', ansible_become_method: 'doas' }, 'echo permit nopass ops > /etc/doas.conf'],
    n6: [sudo, `echo 'Defaults requiretty' > /etc/sudoers.d/tty`],
    n7: [sudo, `echo 'Defaults requiretty,use_pty,lecture=always' > /etc/sudoers.d/tty; ${chatter} /etc/pam.d/sudo`],
    n8: [
      { ansible_user: 'auto', ansible_become_method: 'su', ansible_become_password: 'lab-root-pw' },
      `${rootPassword}; ${chatter} /etc/pam.d/su; echo 'echo hello; echo "Password: " >&2' | tee /root/.bashrc > /home/auto/.bashrc`,
    ],
  }
  const refused: Record<string, [...Way, string, string]> = {
    n9: [{ ...sudo, ansible_become_password: 'typo' }, ':', 'BECOME_WRONG_PASSWORD', 'Sorry, try again.'],
    n10: [{ ansible_user: 'ops' }, ':', 'BECOME_PASSWORD_NEEDED', 'sudo: a password is required'],
    n11: [sudo, 'gpasswd --delete ops sudo', 'BECOME_NOT_ALLOWED', 'ops is not in the sudoers file.'],
    n12: [sudo, 'chage -d 0 ops', 'BECOME_PASSWORD_EXPIRED', 'password has expired'],
    n13: [{ ansible_user: 'ops', ansible_become_method: 'doas' }, ':', 'BECOME_NOT_ALLOWED', 'doas: doas is not enabled'],
    n14: [
      { ansible_user: 'auto', ansible_become_method: 'su', ansible_become_password: 'typo' },
      ':',
      'BECOME_WRONG_PASSWORD',
      'su: Authentication failure',
    ],
    n15: [sudo, hostile('sudo', 'printf "\\033[2J\\033]0;owned\\007"; exec cat /dev/zero'), 'BECOME_FAILED', 'sudo gave no shell'],
    n16: [sudo, hostile('sudo', 'printf "\\033[2J\\377not you\\n" >&2; exit 1'), 'BECOME_FAILED', '\\x1b[2J\ufffdnot you'],
  }
  const all: Record<string, Way> = {
    ...ways,
    ...Object.fromEntries(Object.entries(refused).map(([host, [vars, script]]) => [host, [vars, script]])),
  }
  let ran: Ran

  beforeAll(async () => {
    await Promise.all(
      Object.entries(all).map(async ([host, [vars, script]]) => {
        if (script !== undefined) await prepare(host, script)
        await story.write(`host_vars/${host}.yml`, JSON.stringify(vars))
      }),
    )
    ran = await story.netplay(['site.yml', '-i', 'hosts.ini', '--limit', Object.keys(all).join(','), '--output', 'json'])
  })

  test.each(Object.keys(ways))('%s is changed by root', async host => {
    expect(await contents(host)).toEqual(['root', host, ''])
  })

  test.each(Object.entries(refused))('%s is told in its own words, and the others went on', async (host, [, , code, words]) => {
    expect(ran.code).toBe(4)
    const told = ran.events.flatMap(event => (event.type === 'host-unreachable' && event.host === host ? [event.error] : []))
    expect(told).toEqual([expect.objectContaining({ code, message: expect.stringContaining(words) as string })])
    expect((await onHost(story.lab, host, 'test -e /etc/site.conf')).code).toBe(1)
  })

  test.each(['n1', 'n4', 'n6'])('a run that dies leaves no step half done on %s, and begins no other', async host => {
    await story.write('slow.yml', '- hosts: nodes\n  become: true\n  roles: [slow]\n')
    await story.write('roles/slow/role.ts', slowRole)
    const child = story.start('slow.yml', ['--limit', host])
    const ended = new Promise(resolve => child.on('close', resolve))
    const there = (path: string) => onHost(story.lab, host, `test -e ${path}`).then(({ code }) => code === 0)
    await until('the first step begins', () => there('/etc/begun'))
    child.kill('SIGKILL')
    await ended
    await until('the first step ends', () => there('/etc/ended'))
    const gone = async () => (await onHost(story.lab, host, 'pgrep -fa "^(sudo|doas|sh -c (d=|cd /|echo netplay))|^cat$"')).code === 1
    await until('the program and its shells are gone', gone)
    expect(await there('/etc/second')).toBe(false)
  })

  test('nothing is left to do, and nothing of the pipes', async () => {
    const again = await story.netplay(['site.yml', '-i', 'hosts.ini', '--limit', Object.keys(ways).join(','), '--check'])
    expect([again.code, again.stderr]).toEqual([0, ''])
    const left = 'find /tmp -type p; pgrep -fa "^cat|^sh -c d=" || true'
    const found = await Promise.all(Object.keys(ways).map(host => onHost(story.lab, host, left)))
    expect(found.map(({ stdout }) => stdout)).toEqual(found.map(() => ''))
  })
})

test('login shells that flood, or print what they are not, are told on their hosts alone', async () => {
  const shells = { n19: 'exec cat /dev/zero', n20: 'printf "\\033[2J\\377"; yes "\\033]0;owned\\007" >&2' }
  await Promise.all(
    Object.entries(shells).map(async ([host, text]) => {
      await prepare(
        host,
        `printf '#!/bin/sh\\n%s\\n' '${text}' >/usr/local/bin/shell; chmod 755 /usr/local/bin/shell; useradd -m -s /usr/local/bin/shell odd; cp -r /home/auto/.ssh /home/odd/; chown -R odd /home/odd`,
      )
      await story.write(`host_vars/${host}.yml`, JSON.stringify({ ansible_user: 'odd', ansible_timeout: 5 }))
    }),
  )
  await story.write('host_vars/n18.yml', JSON.stringify({ ansible_user: 'auto' }))
  await story.write('odd.yml', '- hosts: n18, n19, n20\n  tasks: [{file: {path: /tmp/odd, content: x}}]\n')
  const { code, events } = await story.netplay(['odd.yml', '-i', 'hosts.ini', '--output', 'json', '--check'])
  expect(code).toBe(4)
  const told = events.flatMap(event => (event.type === 'host-unreachable' ? [event] : []))
  expect(told.map(({ host, error }) => `${host} ${error.code}`).sort()).toEqual(['n19 NO_SHELL', 'n20 NO_SHELL'])
  for (const { error } of told) expect(error.message).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/)
  expect(events).toContainEqual(expect.objectContaining({ type: 'item-planned', host: 'n18', action: 'create' }))
})

describe('tasks of one host that are done as different users', () => {
  const users = `- hosts: n17, n18
  become: true
  roles: [site]
  tasks:
    - directory: {path: /srv/app, owner: app, mode: "0700"}
    - {file: {path: /srv/app/password, content: "{{ app_password }}"}, become_user: app}
    - {command: {cmd: "id -un >/srv/app/who", creates: /srv/app/who, undo: rm /srv/app/who}, become_user: app}
    - {file: {path: /home/ops/own, content: "{{ inventory_hostname }}\\n"}, become: false}
- hosts: n17
  become: true
  become_user: app
  tasks:
    - symlink: {path: /srv/app/current, target: password}
`
  const look = (host: string) =>
    onHost(story.lab, host, 'cd /srv/app && stat -c "%U %a %n" password who /home/ops/own /etc/site.conf && cat who password && ls').then(
      ({ stdout }) => stdout,
    )
  const planned = ({ events }: Ran) => events.flatMap(event => (event.type === 'item-planned' && event.action !== 'none' ? [event] : []))
  const json = ['-i', 'hosts.ini', '--output', 'json']

  test('one login and one sudo do all of them, each with the rights of its user, and a second run changes nothing', async () => {
    await story.write('users.yml', users)
    await story.write('host_vars/n17.yml', JSON.stringify({ ansible_user: 'ops', ansible_become_password: 'lab-sudo-pw' }))
    await story.write('host_vars/n18.yml', JSON.stringify({ ansible_user: 'ops', ansible_become_method: 'doas' }))
    await story.setVars({ ansible_timeout: 60, app_password: 'hunter2' })
    await Promise.all(['n17', 'n18'].map(host => prepare(host, 'useradd app; echo permit nopass ops > /etc/doas.conf')))
    const check = await story.netplay(['users.yml', ...json, '--check'])
    expect([check.code, check.stderr, mistakesIn(check.events)]).toEqual([0, '', []])
    expect(planned(check).map(({ host, as = 'root' }) => `${host} ${as}`)).toEqual(
      ['n17', 'n18']
        .flatMap(host => [host, host, `${host} app`, `${host} app`, `${host} ops`].map(who => (who === host ? `${host} root` : who)))
        .concat('n17 app'),
    )
    expect((await onHost(story.lab, 'n17', 'ls /srv/app')).code).not.toBe(0)
    const ran = await story.netplay(['users.yml', ...json])
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    const rights = 'app 644 password\napp 644 who\nops 644 /home/ops/own\nroot 644 /etc/site.conf\napp\nhunter2'
    expect(await look('n17')).toBe(`${rights}current\npassword\nwho\n`)
    expect(await look('n18')).toBe(`${rights}password\nwho\n`)
    expect(planned(await story.netplay(['users.yml', ...json]))).toEqual([])
    const requests = ran.events.flatMap(event => (event.type === 'run-finished' ? [event.requests] : []))
    expect(requests).toEqual([expect.objectContaining({ n18: { facts: 1, probes: 1, begin: 2, program: 1, end: 1 } })])
    const [started] = ran.events
    const back = await story.netplay(['rollback', started?.type === 'run-started' ? started.run : '', ...json])
    expect([back.code, back.stderr]).toEqual([0, ''])
    expect((await onHost(story.lab, 'n17', 'ls -d /srv/app /home/ops/own /etc/site.conf /var/lib/netplay-lent/*')).stdout).toBe('')
  })

  test('nobody goes down from a user who is not root', async () => {
    await story.write('host_vars/n19.yml', JSON.stringify({ ansible_user: 'auto' }))
    await story.write(
      'plain.yml',
      '- hosts: n19\n  tasks:\n    - absent: {path: /tmp/x}\n    - {absent: {path: /tmp/y}, become: true, become_user: games}\n',
    )
    const { code, stdout } = await story.netplay(['plain.yml', '-i', 'hosts.ini', '--check'])
    expect([code, stdout]).toEqual([2, expect.stringContaining('only root goes down to other users')])
  })
})
