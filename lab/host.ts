import { existsSync, openSync, closeSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { clearCgroup, makeCgroup } from './cgroup.js'
import { must, run, start } from './command.js'
import { dockerReady } from './docker.js'
import { LabCommandError, LabError } from './errors.js'
import { runInHost } from './inside.js'
import { isMounted, unmountBelow } from './mounts.js'
import { netnsOf } from './names.js'
import { bridgeOf } from './network.js'
import { childrenOf, recordedPid, writeOwnRecord } from './process-record.js'
import { writeSeed } from './seed.js'
import { labPaths, type HostRecord } from './state.js'

/** Make a host's files, whole or not at all. What is there already stays. */
export async function makeHost(lab: string, host: HostRecord, publicKey: string): Promise<void> {
  const { folder } = labPaths(lab).host(host.name)
  if (existsSync(folder)) return
  const making = `${folder}.making`
  await rm(making, { recursive: true, force: true })
  for (const name of ['seed', 'upper', 'work', 'root', 'docker', 'containerd']) await mkdir(`${making}/${name}`, { recursive: true })
  await writeSeed(`${making}/seed`, host, publicKey)
  await rename(making, folder)
}

/** Boot a host unless it runs, and wait until it lets users in. @throws {LabCommandError} it did not, with its console's last lines */
export async function bootHost(lab: string, host: HostRecord, timeoutMs = 90_000): Promise<void> {
  if ((await leaderOf(lab, host.name)) === 0) await startNspawn(lab, host)
  await hostReady(lab, host, timeoutMs)
}

/** Cut the power: every process of the host at once. */
export async function powerOff(lab: string, host: string): Promise<void> {
  await clearCgroup(`${lab}/${host}`)
  // The kernel takes a dead namespace apart at its leisure; until then the link's name would be in the way of the next boot.
  await run(['ip', '-n', netnsOf(lab), 'link', 'delete', 'dev', linkOf(lab, host)])
}

/** Reboot from within and wait until the next PID 1 lets users in. */
export async function rebootInside(lab: string, host: HostRecord, timeoutMs = 120_000): Promise<void> {
  const before = await leaderOf(lab, host.name)
  if (before === 0) throw new LabError(`${host.name} is down and cannot reboot`, 'Start it first.')
  await runInHost(before, 'systemctl reboot')
  await until(
    async () => ![0, before].includes(await leaderOf(lab, host.name)),
    timeoutMs,
    () => notReady(lab, host, 'reboot'),
  )
  await hostReady(lab, host, timeoutMs)
}

/** PID 1 of a host as this machine numbers it; 0 where the host is down. */
export async function leaderOf(lab: string, host: string): Promise<number> {
  const watch = await recordedPid(labPaths(lab).host(host).pid)
  const candidates = await Promise.all((watch ? await childrenOf(watch) : []).map(childrenOf))
  for (const pid of candidates.flat()) if (await isPidOne(pid)) return pid
  return 0
}

/** Name of a host's port on its bridge, in the lab's namespace (an alternative name where it is too long for a link). */
export const linkOf = (lab: string, host: string): string => `vb-${machineOf(lab, host)}`

export async function mountRoot(lab: string, { name, image }: HostRecord): Promise<void> {
  const { seed, upper, work, root } = labPaths(lab).host(name)
  if (await isMounted(root)) return
  await must(['mount', '-t', 'overlay', 'netplay-lab', '-o', `lowerdir=${seed}:${image},upperdir=${upper},workdir=${work}`, root])
}

/** Machine names are the whole machine's: systemd-nspawn keeps folders under /run by them. */
const machineOf = (lab: string, host: string) => `${lab}-${host}`

async function startNspawn(lab: string, host: HostRecord): Promise<void> {
  const paths = labPaths(lab).host(host.name)
  await powerOff(lab, host.name)
  await mountRoot(lab, host)
  const group = await makeCgroup(`${lab}/${host.name}`)
  const console = openSync(paths.console, 'a')
  const env = { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' }
  start(['sh', '-c', watch, 'sh', paths.pid, group, ...nspawn(lab, host)], ['ignore', console, console], { env, cwd: '/' }, true).unref()
  closeSync(console)
}

/**
 * Outlives netplay, and starts the host again when it reboots: with --keep-unit systemd-nspawn leaves that to whoever started it,
 * with status 133. It is in a group of its own, because a group with groups below it may hold no process.
 */
const watch = `
record=$1 group=$2
shift 2
mkdir -p "$group/watch" && echo 0 > "$group/watch/cgroup.procs" || exit
${writeOwnRecord} || exit
while :; do
  (echo 0 > "$group/cgroup.procs" && exec "$@")
  [ $? = 133 ] || exit
done`

const nspawn = (lab: string, host: HostRecord): string[] => [
  ...['nsenter', `--net=/run/netns/${netnsOf(lab)}`, '--', 'systemd-nspawn', '--quiet', '--boot', '--register=no', '--keep-unit'],
  ...[`--directory=${labPaths(lab).host(host.name).root}`, `--machine=${machineOf(lab, host.name)}`, `--hostname=${host.name}`],
  ...[`--network-bridge=${bridgeOf(host.segment)}`, '--console=read-only', '--resolv-conf=off', '--timezone=off', '--link-journal=no'],
  ...['--capability=all', '--system-call-filter=@keyring bpf perf_event_open add_key keyctl'],
  ...(existsSync('/dev/net/tun') ? ['--bind=/dev/net/tun'] : []),
  // Layers of containers cannot stand on an overlay: these folders are of the disk.
  ...(host.docker ? [`--bind=${labPaths(lab).host(host.name).docker}:/var/lib/docker`] : []),
  ...(host.docker ? [`--bind=${labPaths(lab).host(host.name).containerd}:/var/lib/containerd`] : []),
]

async function hostReady(lab: string, host: HostRecord, timeoutMs: number): Promise<void> {
  await until(
    async () => letsUsersIn(await leaderOf(lab, host.name), host),
    timeoutMs,
    () => notReady(lab, host, 'boot'),
  )
  if (host.docker) await dockerReady(host.name, await leaderOf(lab, host.name))
}

/** Read from /proc alone, so that waiting for forty hosts costs nothing: sshd listens, the address is there, logins are open. */
async function letsUsersIn(leader: number, { address }: HostRecord): Promise<boolean> {
  if (leader === 0) return false
  const [sockets, addresses] = await Promise.all(
    ['tcp', 'fib_trie'].map(name => readFile(`/proc/${leader}/net/${name}`, 'utf8').catch(() => '')),
  )
  // Local port 22 (0016) in state LISTEN (0A).
  return /:0016 \S+ 0A /.test(sockets!) && addresses!.includes(`-- ${address}\n`) && !existsSync(`/proc/${leader}/root/run/nologin`)
}

async function until(holds: () => Promise<boolean>, timeoutMs: number, failure: () => Promise<Error>): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw await failure()
    await sleep(100)
  }
}

async function notReady(lab: string, { name }: HostRecord, what: string): Promise<Error> {
  const file = labPaths(lab).host(name).console
  const lines = await readFile(file, 'utf8').catch(() => '')
  return new LabCommandError(`${what} ${name}`, { stdout: '', stderr: lines, code: 1 }, `The whole console of the host: ${file}`)
}

async function isPidOne(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return /^NSpid:\t\d+\t1$/m.test(status)
}

/** End a host and remove its files. */
export async function removeHost(lab: string, host: string): Promise<void> {
  const { folder } = labPaths(lab).host(host)
  await powerOff(lab, host)
  await unmountBelow(folder)
  await rm(folder, { recursive: true, force: true })
}
