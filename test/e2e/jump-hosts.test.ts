import { jest } from '@jest/globals'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { copyFile, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onHost } from '../../lab/lab.js'
import { openStory, openStoryMs, type Ran, type Story } from './story.js'
import { until } from './until.js'

const run = promisify(execFile)
let story: Story
let agent: ChildProcess
let [home, socket, key] = ['', '', '']

jest.setTimeout(60_000)
/** n3 takes connections of n2 alone, n2 those of n1 alone: whoever reaches n3 came through both. */
beforeAll(async () => {
  story = await openStory({ name: 'e2e-jump', hosts: 3, etcd: false })
  const { lab, folder } = story
  home = join(folder, 'home')
  socket = join(folder, 'agent')
  await story.write('site.yml', '- hosts: nodes\n  tasks:\n    - file: {path: /etc/jumped, content: "{{ inventory_hostname }}\\n"}\n')
  await story.write('home/.ssh/known_hosts', await readFile(lab.knownHostsFile, 'utf8'))
  // The agent alone has the key: the file is encrypted, and nobody gives its passphrase.
  key = join(folder, 'id_encrypted')
  await copyFile(lab.keyFile, key)
  await run('chmod', ['600', key])
  await run('ssh-keygen', ['-q', '-p', '-f', key, '-P', '', '-N', 'open sesame'])
  await writeFile(`${key}.pub`, (await run('ssh-keygen', ['-y', '-P', 'open sesame', '-f', key])).stdout)
  const askpass = await story.write('askpass', '#!/bin/sh\necho "open sesame"\n')
  await run('chmod', ['700', askpass])
  agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: 'none' }
  await until('the agent has the key', () =>
    run('ssh-add', ['-q', key], { env }).then(
      () => true,
      () => false,
    ),
  )
  for (const [host, from] of [
    ['n2', 'n1'],
    ['n3', 'n2'],
  ] as const) {
    const { address } = lab.hosts.find(({ name }) => name === from)!
    await on(host, `iptables -I INPUT -p tcp --dport 22 ! -s ${address} -j REJECT --reject-with tcp-reset`)
  }
}, openStoryMs)
afterAll(async () => {
  agent?.kill()
  if (agent) await once(agent, 'exit').catch(() => undefined)
  await story?.close()
}, 60_000)

const on = async (host: string, text: string) => (await onHost(story.lab, host, text)).stdout
const address = (host: string) => story.lab.hosts.find(({ name }) => name === host)!.address
const sshConfig = (text: string) =>
  story.write('home/.ssh/config', `${text}Host 198.18.0.*\n  User root\n  IdentityFile ${key}\n  IdentitiesOnly yes\n`)
const inventory = (names: string[]) => `[nodes]\n${names.map(name => `${name} ansible_host=${address(name)}\n`).join('')}`

async function check(names: string[], flags: string[] = [], agentSocket = socket): Promise<Ran> {
  await story.write('jump.ini', inventory(names))
  return story.netplay(['site.yml', '-i', 'jump.ini', ...flags], { env: { HOME: home, SSH_AUTH_SOCK: agentSocket } })
}
const logins = async (host: string) => (await on(host, 'journalctl -q -u ssh -o cat | grep -c "Accepted publickey" ; :')).trim()

test('a host behind one jump host, and one behind two, are reached as ssh_config says, with an encrypted key that only the agent opens', async () => {
  await sshConfig(
    `Host ${address('n2')}\n  ProxyJump ${address('n1')}\nHost ${address('n3')}\n  ProxyJump ${address('n1')},${address('n2')}\n`,
  )
  const ran = await check(['n1', 'n2', 'n3'])
  expect({ code: ran.code, out: ran.stdout + ran.stderr }).toMatchObject({ code: 0 })
  for (const host of ['n1', 'n2', 'n3']) expect(await on(host, 'cat /etc/jumped')).toBe(`${host}\n`)
  expect((await check(['n1', 'n2', 'n3'], ['--check'])).stdout).toContain('No changes')
})

test('a jump host that several hosts share is logged in to once', async () => {
  await sshConfig(`Host ${address('n2')}\n  ProxyJump ${address('n1')}\n`)
  await story.write('jump.ini', `[nodes]\n${Array.from({ length: 4 }, (_, i) => `a${i} ansible_host=${address('n2')}\n`).join('')}`)
  const before = Number(await logins('n1'))
  const ran = await story.netplay(['site.yml', '-i', 'jump.ini', '--check'], { env: { HOME: home, SSH_AUTH_SOCK: socket } })
  expect({ code: ran.code, out: ran.stdout + ran.stderr }).toMatchObject({ code: 0 })
  expect(Number(await logins('n1')) - before).toBe(1)
})

test('without a jump host, and without the agent, the host is told to be out of reach, and why', async () => {
  await sshConfig('')
  const direct = await check(['n3'], ['--check'])
  expect({ code: direct.code, out: direct.stdout }).toMatchObject({ code: 4 })
  expect(direct.stdout).toContain('nothing listens on')
  const locked = await check(['n1'], ['--check'], join(story.folder, 'nobody'))
  expect({ code: locked.code, out: locked.stdout }).toMatchObject({ code: 4 })
  expect(locked.stdout).toContain('UNREACHABLE n1')
})

test('a hashed entry of known_hosts is found; a changed key on the way stops everything behind it, and the hop is named', async () => {
  await sshConfig(`Host ${address('n2')}\n  ProxyJump ${address('n1')}\n`)
  const file = join(home, '.ssh/known_hosts')
  const plain = await readFile(file, 'utf8')
  await run('ssh-keygen', ['-q', '-H', '-f', file])
  expect(await readFile(file, 'utf8')).not.toContain(address('n1'))
  expect((await check(['n2'], ['--check'])).code).toBe(0)
  const [line1, line2] = ['n1', 'n2'].map(host => plain.split('\n').filter(line => line.split(/[ ,]/).includes(address(host))))
  const swapped = [...line2!.map(line => line.replace(address('n2'), address('n1'))), ...line2!]
  expect(line1).not.toHaveLength(0)
  await writeFile(file, `${swapped.join('\n')}\n`)
  const changed = await check(['n2'], ['--check'])
  await writeFile(file, plain)
  expect({ code: changed.code, out: changed.stdout }).toMatchObject({ code: 4 })
  expect(changed.stdout).toContain(`not through jump host ${address('n1')}`)
  expect(changed.stdout).toMatch(/has changed: .*known_hosts:1[\s\S]*`ssh-keygen -f \S+ -R /)
})

test.each([
  ['ed25519', ''],
  ['rsa', ''],
  ['rsa', 'HostKeyAlgorithms rsa-sha2-256-cert-v01@openssh.com\nCompression yes\n'],
])(
  'a certificate of the %s host key by an authority in known_hosts is good for a host that nobody knows; one for another name is refused (%j)',
  async (type, lines) => {
    await sshConfig(lines)
    const file = join(home, '.ssh/known_hosts')
    const plain = await readFile(file, 'utf8')
    const authority = join(await mkdtemp(join(story.folder, 'host-')), 'ca')
    await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', authority])
    const hostKey = `/etc/ssh/ssh_host_${type}_key`
    await on('n1', `test -e ${hostKey} || ssh-keygen -q -t ${type} -N '' -f ${hostKey}`)
    const certify = async (principal: string) => {
      await writeFile(join(story.folder, 'host.pub'), await on('n1', `cat ${hostKey}.pub`))
      await run('ssh-keygen', ['-q', '-s', authority, '-I', 'n1 of the lab', '-h', '-n', principal, join(story.folder, 'host.pub')])
      const certificate = (await readFile(join(story.folder, 'host-cert.pub'), 'utf8')).trim()
      await on(
        'n1',
        `echo '${certificate}' >/etc/ssh/host-cert.pub; grep -q ^HostCertificate /etc/ssh/sshd_config || echo HostCertificate /etc/ssh/host-cert.pub >>/etc/ssh/sshd_config; systemctl reset-failed ssh; systemctl restart ssh`,
      )
    }
    await certify(address('n1'))
    await writeFile(file, `@cert-authority 198.18.0.* ${(await readFile(`${authority}.pub`, 'utf8')).trim()}\n`)
    const good = await check(['n1'], ['--check'])
    expect({ code: good.code, out: good.stdout }).toMatchObject({ code: 0 })
    await certify('n9.example')
    const other = await check(['n1'], ['--check'])
    await writeFile(file, plain)
    expect({ code: other.code, out: other.stdout }).toMatchObject({ code: 4 })
    expect(other.stdout).toContain(`(n1 of the lab) is refused: it is for n9.example, not for ${address('n1')}`)
  },
)

test.each(['ed25519', 'ecdsa', 'rsa'])(
  'a user certificate beside an %s key, and in the agent, logs in where sshd trusts its authority; the key alone does not',
  async type => {
    const [authority, own] = [join(story.folder, `user_ca_${type}`), join(story.folder, `id_${type}`)]
    for (const file of [authority, own]) await run('ssh-keygen', ['-q', '-t', file === authority ? 'ed25519' : type, '-N', '', '-f', file])
    const trusted = (await readFile(`${authority}.pub`, 'utf8')).trim()
    await on(
      'n1',
      `echo '${trusted}' >/etc/ssh/user_ca.pub; grep -q ^TrustedUserCAKeys /etc/ssh/sshd_config || echo TrustedUserCAKeys /etc/ssh/user_ca.pub >>/etc/ssh/sshd_config; systemctl reset-failed ssh; systemctl restart ssh`,
    )
    await story.write('home/.ssh/config', `Host 198.18.0.*\n  User root\n  IdentityFile ${own}\n  IdentitiesOnly yes\n`)
    const alone = await check(['n1'], ['--check'])
    expect({ code: alone.code, out: alone.stdout }).toMatchObject({ code: 4 })
    await run('ssh-keygen', ['-q', '-s', authority, '-I', 'an admin', '-n', 'root', `${own}.pub`])
    const certified = await check(['n1'], ['--check'])
    expect({ code: certified.code, out: certified.stdout }).toMatchObject({ code: 0 })
    await run('ssh-add', ['-q', own], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
    await run('rm', [own])
    const held = await check(['n1'], ['--check'])
    expect({ code: held.code, out: held.stdout }).toMatchObject({ code: 0 })
  },
)
