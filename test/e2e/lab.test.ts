import { jest } from '@jest/globals'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inNetns, labDown, labUp, onHost, openLab, rebootHost, setLink, sshArgv, startHost, stopHost, type Lab } from '../../lab/lab.js'
import { mounts } from '../../lab/mounts.js'
import { labPaths, loadState } from '../../lab/state.js'

const name = 'e2e-lab'
const options = { name, hosts: 3, segments: 2 as const, docker: ['n1'] }
// A first run builds two images.
const firstRunMs = 900_000
let lab: Lab

// The machine is busy with hosts that boot.
jest.setTimeout(120_000)

beforeAll(async () => {
  await labDown(name)
  lab = await labUp(options)
}, firstRunMs)
afterAll(() => labDown(name), 60_000)

const ssh = (host: string, command: string, user = 'root', more: string[] = [], env: NodeJS.ProcessEnv = process.env) => {
  const [program = '', ...words] = sshArgv(lab, host, [command], user)
  return inNetns(lab, [program, ...more, '-o', 'ConnectTimeout=5', ...words], { env, timeoutMs: 60_000 })
}
const words = async (host: string, script: string) => (await onHost(lab, host, script, { check: true })).stdout.trim()

describe('hosts', () => {
  test('are booted whole: no unit failed, the address is there, a default route', async () => {
    expect(lab.hosts.map(host => host.address)).toEqual(['198.18.0.11', '198.18.1.12', '198.18.0.13'])
    for (const { name, address } of lab.hosts) {
      expect(await words(name, 'hostname; systemctl --failed --no-legend --plain; ip -4 -o address show host0')).toMatch(
        new RegExp(`^${name}\\n.*${address}/24`),
      )
      expect(await words(name, 'ip route show default')).toMatch(/^default via 198\.18\.[01]\.254/)
    }
  })

  test('have no Python, unless it is asked for', async () => {
    expect(await words('n2', 'ls /usr/bin | grep -c python || true')).toBe('0')
  })

  test('reach each other across the segments through the router', async () => {
    expect(await words('n1', 'ping -c 1 -W 2 198.18.1.12')).toContain('ttl=63')
    expect(await words('n1', 'ping -c 1 -W 2 198.18.0.13')).toContain('ttl=64')
  })

  test('have an upper directory that holds what happened on them and nothing that made them', async () => {
    const { upper } = lab.hosts[1]!
    expect(existsSync(join(upper, 'etc/hostname')) || existsSync(join(upper, 'etc/ssh'))).toBe(false)
    await words('n2', 'echo planted > /etc/planted')
    expect(await readFile(join(upper, 'etc/planted'), 'utf8')).toBe('planted\n')
  })

  test('run scripts with input, status and a deadline, and without ssh', async () => {
    expect(await onHost(lab, 'n3', 'cat; echo bad >&2; exit 3', { input: 'a"$(id)"\n' })).toEqual({
      stdout: 'a"$(id)"\n',
      stderr: 'bad\n',
      code: 3,
    })
    expect((await onHost(lab, 'n3', 'sleep 54321', { timeoutMs: 500 })).code).toBe(124)
    expect((await onHost(lab, 'n3', 'pgrep -f "sleep 5432[1]"')).stdout).toBe('')
    await expect(onHost(lab, 'n3', 'false', { check: true })).rejects.toThrow('n3: false')
  })
})

describe('logins', () => {
  test('root and auto get in with the lab’s key under strict host keys, auto with sudo', async () => {
    expect(await ssh('n2', 'id -un; hostname')).toMatchObject({ stdout: 'root\nn2\n', code: 0 })
    expect(await ssh('n2', 'sudo -n id -un', 'auto')).toMatchObject({ stdout: 'root\n', code: 0 })
  })

  test('a host with another host’s key is refused', async () => {
    const swapped = join(await mkdtemp(join(tmpdir(), 'known-')), 'known_hosts')
    await writeFile(
      swapped,
      (await readFile(lab.knownHostsFile, 'utf8')).replace(/^n1,198\.18\.0\.11/gm, 'n1,198.18.1.12').replace(/^n2,.*\n/gm, ''),
    )
    const { code, stderr } = await ssh('n2', 'true', 'root', ['-o', `UserKnownHostsFile=${swapped}`])
    expect(code).toBe(255)
    expect(stderr).toContain('Host key verification failed')
  })

  test('ops needs its password for sudo', async () => {
    expect((await ssh('n2', 'sudo -n true', 'ops')).code).toBe(1)
    expect(await ssh('n2', 'echo lab-sudo-pw | sudo -S -p "" id -un', 'ops')).toMatchObject({ stdout: 'root\n', code: 0 })
  })

  test.each([
    ['pass', 'lab-login-pw', 0],
    ['pass', 'wrong', 255],
    ['ops', 'lab-sudo-pw', 255],
  ])('%s with the password %s ends with status %i', async (user, password, status) => {
    const ask = join(await mkdtemp(join(tmpdir(), 'ask-')), 'ask')
    await writeFile(ask, `#!/bin/sh\necho ${password}\n`, { mode: 0o700 })
    const env = { ...process.env, SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: 'force' }
    const more = ['-o', 'PubkeyAuthentication=no', '-o', 'NumberOfPasswordPrompts=1']
    expect((await ssh('n3', 'true', user, more, env)).code).toBe(status)
  })
})

describe('docker', () => {
  const policy = 'iptables -S FORWARD | head -n 1'

  test('found forwarding off at its first start and set FORWARD to DROP itself', async () => {
    expect(await words('n2', `${policy}; cat /proc/sys/net/ipv4/ip_forward`)).toBe('-P FORWARD ACCEPT\n0')
    expect(await words('n1', policy)).toBe('-P FORWARD DROP')
    expect(await words('n1', 'docker info --format "{{.Driver}} {{.CgroupVersion}}"')).toBe('overlay2 2')
  })

  test('runs a privileged container, also where the machine lacks a capability', async () => {
    await words('n1', 'tar -C / -c bin lib lib64 usr/bin usr/lib/x86_64-linux-gnu usr/lib64 | docker import - own')
    expect(await words('n1', 'docker run --rm --privileged --net=host own id -u')).toBe('0')
    expect(await words('n1', 'docker run -d --name long own sleep 1000 >/dev/null && docker exec --privileged long id -u')).toBe('0')
    await words('n1', 'docker rm -f long')
  })
})

describe('power', () => {
  test('a reboot keeps files, address and docker’s policy; /run is fresh and PID 1 another', async () => {
    const { pid, address } = lab.hosts[0]!
    await words('n1', 'echo kept > /root/kept; echo gone > /run/gone')
    const after = await rebootHost(lab, 'n1')
    expect(after.address).toBe(address)
    expect(after.pid).not.toBe(pid)
    expect(await words('n1', 'cat /root/kept; ls /run/gone 2>&1 || true; iptables -S FORWARD | head -n 1')).toMatch(
      /^kept\n.*No such file or directory\n-P FORWARD DROP$/,
    )
    expect((await ssh('n1', 'hostname')).stdout).toBe('n1\n')
  })

  test('a stopped host answers nobody and comes back as it was', async () => {
    await words('n3', 'echo kept > /root/kept')
    expect((await stopHost(lab, 'n3')).pid).toBe(0)
    expect((await openLab(name)).hosts.map(host => host.pid > 0)).toEqual([true, true, false])
    await expect(onHost(lab, 'n3', 'true')).rejects.toThrow('n3 of lab "e2e-lab" is down')
    expect((await ssh('n3', 'true')).code).toBe(255)
    await startHost(lab, 'n3')
    expect((await ssh('n3', 'cat /root/kept')).stdout).toBe('kept\n')
  })

  test('a link that is pulled out cuts the host off and mends', async () => {
    await setLink(lab, 'n2', 'down')
    expect((await ssh('n2', 'true', 'root', ['-o', 'ConnectTimeout=1'])).code).toBe(255)
    await setLink(lab, 'n2', 'up')
    expect((await ssh('n2', 'true')).code).toBe(0)
  })
})

describe('up and down', () => {
  test('up again keeps every running host and boots the one that is down', async () => {
    await stopHost(lab, 'n2')
    const before = lab.hosts.map(host => host.pid)
    const after = (await labUp(options)).hosts.map(host => host.pid)
    expect([after[0], after[2]]).toEqual([before[0], before[2]])
    expect(after[1]).toBeGreaterThan(0)
    lab = await openLab(name)
  })

  test('a lab of another shape is refused and left alone', async () => {
    await expect(labUp({ ...options, segments: 1 })).rejects.toThrow('has 2 segment(s), not 1')
    await expect(labUp({ ...options, hosts: 2 })).rejects.toThrow('has 3 hosts, more than the 2 asked for')
    expect((await openLab(name)).hosts.every(host => host.pid > 0)).toBe(true)
  })

  test('what a killed up leaves is cleared by the next up and by down, and another lab does not notice', async () => {
    const other = 'e2e-killed'
    await labDown(other)
    await killedUp(other)
    expect((await loadState(other))?.complete).toBe(false)
    await expect(openLab(other)).rejects.toThrow('The lab "e2e-killed" is not up')
    expect((await labUp({ name: other, hosts: 2 })).hosts.every(host => host.pid > 0)).toBe(true)
    expect((await labDown(other), await traces(other))).toEqual([])

    await killedUp(other)
    expect((await traces(other)).length).toBeGreaterThan(0)
    expect((await labDown(other), await traces(other))).toEqual([])
    expect((await openLab(name)).hosts.map(host => host.pid)).toEqual(lab.hosts.map(host => host.pid))
  })
})

/** The command itself, killed while its hosts boot. */
async function killedUp(other: string): Promise<void> {
  const up = spawn(process.execPath, ['--import', 'tsx', resolve('src/cli/main.ts'), 'lab', 'up', '2', '--name', other], {
    stdio: 'ignore',
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const ended = new Promise(done => up.once('exit', (_, signal) => done(signal)))
  while (up.exitCode === null && !existsSync(labPaths(other).host('n1').pid)) await sleep(5)
  up.kill('SIGKILL')
  expect(await ended).toBe('SIGKILL')
}

/** Whatever of a lab is left on this machine: mounts and namespaces, files, processes. */
async function traces(lab: string): Promise<string[]> {
  const { folder, netns } = labPaths(lab)
  const mounted = (await mounts()).map(mount => mount.point).filter(point => point.startsWith(`${folder}/`) || point.endsWith(`/${netns}`))
  const pids = (await readdir('/proc')).filter(entry => /^\d+$/.test(entry))
  const commands = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  const processes = commands.filter(command => command.includes(`--machine=${lab}-n`))
  return [...mounted, ...[folder, `/run/netns/${netns}`].filter(existsSync), ...processes]
}
