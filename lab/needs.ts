import { accessSync, constants } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must, searchPath } from './command.js'
import { LabNeedsError } from './errors.js'
import type { Say } from './model.js'

/** Programs that the lab runs on this machine, and the Debian package each comes in. */
const packageOf: Record<string, string> = {
  'systemd-nspawn': 'systemd-container',
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  nsenter: 'util-linux',
  flock: 'util-linux',
  mount: 'mount',
  umount: 'mount',
  openssl: 'openssl',
}

/** @throws {LabNeedsError} what this machine lacks, all of it, and the command that brings it */
export function checkMachine(): void {
  checkRoot()
  const missing = missingPackages()
  if (missing.length > 0)
    throw new LabNeedsError(
      `The lab needs ${missing.join(', ')} on this machine`,
      `apt-get install --no-install-recommends ${missing.join(' ')}   (or let it do so: netplay lab up … --install)`,
    )
}

/** @throws {LabNeedsError} not Linux, or not root */
export function checkRoot(): void {
  if (process.platform !== 'linux')
    throw new LabNeedsError(
      `The lab boots Linux hosts in namespaces; this is ${process.platform}`,
      'Run it on a Linux machine, a virtual one will do.',
    )
  if (process.getuid?.() !== 0)
    throw new LabNeedsError('The lab makes namespaces and mounts: it has to be root', 'Run the same command with sudo.')
}

/** Packages whose programs are not found, each once. */
export const missingPackages = (path = searchPath()): string[] => {
  const missing = Object.keys(packageOf).filter(program => !path.split(':').some(folder => folder && isExecutable(join(folder, program))))
  return [...new Set(missing.map(program => packageOf[program]!))]
}

/** `up --install`: install what is missing with apt, and `more`. @throws {LabCommandError} apt failed */
export async function installNeeds(say: Say, more: readonly string[] = []): Promise<void> {
  checkRoot()
  const missing = [...missingPackages(), ...more]
  if (missing.length === 0) return
  say(`installing ${missing.join(', ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await must(['apt-get', 'update', '-q'], { env })
  await must(['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...missing], { env })
}

/** Each host's systemd takes inotify instances of this machine's root user: the default of 128 is used up at about 25 hosts. */
export async function raiseInotifyLimits(): Promise<void> {
  await raise('/proc/sys/fs/inotify/max_user_instances', 65_536)
  await raise('/proc/sys/fs/inotify/max_user_watches', 1_048_576)
}

async function raise(file: string, least: number): Promise<void> {
  if (Number(await readFile(file, 'utf8')) < least) await writeFile(file, String(least))
}

const isExecutable = (file: string) => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
