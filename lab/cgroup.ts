import { mkdir, readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LabError, LabNeedsError } from './errors.js'
import { mounts } from './mounts.js'

/*
 * Every process the lab starts is born in a control group of its own, and its children cannot leave it. That is how a killed owner's
 * processes are found: by group, never by a number that may be another's by now. It also keeps hosts apart: systemd-nspawn puts
 * each host's processes into `payload` below the group it is started in, so two hosts started in one group would share it.
 */

/** Make the group `path` (`demo/n1`) and return its folder. @throws {LabNeedsError} no cgroup2 on this machine */
export async function makeCgroup(path: string): Promise<string> {
  const root = (await hierarchies()).find(each => each.type === 'cgroup2')
  if (!root) throw new LabNeedsError('There is no cgroup2 file system on this machine', 'Mount one: mount -t cgroup2 none /sys/fs/cgroup')
  const folder = join(root.point, 'netplay-lab', path)
  await mkdir(folder, { recursive: true })
  return folder
}

/** Kill every process in a group and below, wait until they are gone, and remove it. Fine when there is none. */
export async function clearCgroup(path: string): Promise<void> {
  const folders = (await hierarchies()).map(each => join(each.point, 'netplay-lab', path))
  for (const folder of folders) await killAll(folder)
  for (const folder of folders) await removeGroups(folder)
}

/** cgroup2 is where hosts are; beside it, on machines with both kinds, systemd-nspawn also makes groups in systemd's own old one. */
const hierarchies = async () =>
  (await mounts()).filter(({ type, options }) => type === 'cgroup2' || (type === 'cgroup' && options.split(',').includes('name=systemd')))

async function killAll(folder: string): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const pids = await processesBelow(folder)
    if (pids.length === 0) return
    if (Date.now() > deadline)
      throw new LabError(
        `Processes ${pids.join(' ')} in ${folder} do not end`,
        'See what they wait for (ps -o pid,stat,wchan,args), then run again.',
      )
    pids.forEach(kill)
    await sleep(20)
  }
}

const kill = (pid: number) => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}

async function processesBelow(folder: string): Promise<number[]> {
  const own = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '')
  const below = await Promise.all((await groupsIn(folder)).map(processesBelow))
  // 0 is a process of another PID namespace: never ours.
  return [
    ...own
      .split('\n')
      .filter(Boolean)
      .map(Number)
      .filter(pid => pid > 0),
    ...below.flat(),
  ]
}

async function removeGroups(folder: string): Promise<void> {
  for (const group of await groupsIn(folder)) await removeGroups(group)
  await rmdir(folder).catch(() => undefined)
}

const groupsIn = async (folder: string) => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter(entry => entry.isDirectory()).map(entry => join(folder, entry.name))
}
