import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ShellReply {
  stdout: Buffer
  stderr: Buffer
  exit: number
}
/** Runs a script with the host's `sh`, as root. A test host or a Session of a lab host. */
export type RunShell = (script: string) => Promise<ShellReply>

/** `sh` of the hosts we meet: Debian's, Red Hat's, and busybox with its own applets. */
export const shells = ['dash', 'bash', 'busybox'] as const
/** the last: busybox's shell over GNU coreutils */
export type ShellName = (typeof shells)[number] | 'busybox-coreutils'

export interface PrivateHost {
  /** a chroot of its own where /etc, /opt, /srv, /var, /run, /root, /tmp and /usr/local are empty and writable */
  with(shell: ShellName): RunShell
  close(): Promise<void>
}

/** For a test of many scripts on a busy machine, in milliseconds. */
export const patience = 60_000

/** `describe` where a chroot in a private mount namespace can be made; without it the tests are skipped, but under CI they fail. */
export function describeOnHost(title: string, body: () => void) {
  const missing = missingHere()
  if (missing.length === 0) return describe(title, body)
  if (process.env.CI === 'true') return test(`${title}: needs ${missing.join(', ')}`, () => expect(missing).toEqual([]))
  return describe.skip(`${title} (needs ${missing.join(', ')})`, body)
}

const missingHere = (): string[] => {
  if (process.getuid?.() !== 0) return ['root']
  return ['unshare', 'nsenter', 'chroot', 'dash', 'bash', 'busybox'].filter(program => !isInstalled(program))
}

const isInstalled = (program: string) => {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Everything is mounted in a namespace that ends with its holder, and the holder ends when its stdin does: nothing is left of a killed test. */
export async function openPrivateHost(): Promise<PrivateHost> {
  const root = mkdtempSync(join(tmpdir(), 'netplay-host-'))
  const holder = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', setup, 'sh', root], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [ready] = (await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')])) as [unknown]
  if (String(ready) !== 'ready\n') throw new Error(`no private host: ${String(ready)}`)
  return {
    with: shell => script => runIn(holder.pid!, root, shell, script),
    close: async () => {
      holder.stdin.end()
      if (holder.exitCode === null) await once(holder, 'exit')
      rmdirSync(root)
    },
  }
}

const setup = `set -e
cd "$1"
mount -t tmpfs -o mode=755 tmpfs .
cd "$1"
mkdir usr proc dev shells shells/dash shells/bash shells/busybox shells/applets
mount --rbind /usr usr
mount -t tmpfs -o mode=755 tmpfs usr/local
mount -o remount,bind,ro usr
mount --rbind /proc proc
mount --rbind /dev dev
for name in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$name" ]; then cp -P "/$name" .; elif [ -d "/$name" ]; then mkdir "$name"; mount --rbind "/$name" "$name"; fi
done
ln -s "$(command -v dash)" shells/dash/sh
ln -s "$(command -v bash)" shells/bash/sh
ln -s "$(command -v busybox)" shells/busybox/sh
busybox --list | while read -r applet; do ln -s "$(command -v busybox)" "shells/applets/$applet"; done
echo ready
read -r _ || :`

async function runIn(pid: number, root: string, shell: ShellName, script: string): Promise<ShellReply> {
  const own = shell === 'busybox' ? '/shells/applets' : `/shells/${shell === 'busybox-coreutils' ? 'busybox' : shell}`
  const path = shell === 'busybox' ? own : '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const child = spawn('nsenter', ['-t', String(pid), '-m', 'chroot', root, `${own}/sh`], { env: { PATH: process.env.PATH } })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(`PATH=${path}; umask 022\n${shell === 'busybox-coreutils' ? coreutils : ''}${script}\n`)
  const [code] = (await once(child, 'close')) as [number | null]
  return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), exit: code ?? 128 }
}

/** Debian's busybox takes its own applets before what is in PATH; elsewhere it does not. */
const coreutils = 'base64 cat chmod chown cp id ln mkdir mv od readlink rm rmdir sha256sum stat sync touch tr'
  .split(' ')
  .map(name => `${name}() { /usr/bin/${name} "$@"; }\n`)
  .join('')

/** Folders that a test may fill; all are emptied before each case. */
export const roots = ['/etc', '/opt', '/srv', '/var', '/run', '/root', '/tmp', '/usr/local']

/** Text that makes them empty again, with the few files that names are looked up in. */
export const resetHost = `
rm -rf /etc /opt /srv /var /run /root /tmp /usr/local/bin /usr/local/lib
mkdir -m 755 /etc /opt /srv /var /run /root /tmp /usr/local/bin
printf '%s\\n' 'root:x:0:0:root:/root:/bin/sh' 'etcd:x:997:996::/var/lib/etcd:/bin/false' >/etc/passwd
printf '%s\\n' root:x:0: etcd:x:996: ops:x:1200: >/etc/group
printf '%s\\n' 'passwd: files' 'group: files' >/etc/nsswitch.conf
`
