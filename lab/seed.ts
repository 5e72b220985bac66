import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { must } from './command.js'
import { dockerSeed } from './docker.js'
import type { HostRecord } from './state.js'

/** A file of the layer between image and host; the path has no leading slash. */
export interface SeedFile {
  path: string
  content: string
  /** default 0644 */
  mode?: number
}

/**
 * Write what makes a host itself: name, address, machine id, ssh keys, who may log in. It is a layer of its own, so that the
 * overlay's upper directory holds nothing but what happened on the host.
 * @param publicKey line for authorized_keys of root, ops and auto
 */
export async function writeSeed(folder: string, host: HostRecord, publicKey: string): Promise<void> {
  for (const directory of directories) await makeDirectory(folder, directory)
  const files = [
    ...identityFiles(host),
    ...logins.map(({ home }) => authorizedKeys(home, publicKey)),
    ...(host.docker ? await dockerSeed() : []),
  ]
  for (const file of files) await writeSeedFile(folder, file)
  for (const { home, uid } of logins) await own(join(folder, home), uid)
  for (const type of hostKeyTypes)
    await must(['ssh-keygen', '-q', '-t', type, '-N', '', '-C', host.name, '-f', join(folder, hostKey(type))])
}

/** The known_hosts lines of a host, read from its own files. */
export async function knownHostsLines(folder: string, { name, address }: Pick<HostRecord, 'name' | 'address'>): Promise<string[]> {
  const keys = await Promise.all(hostKeyTypes.map(type => readFile(join(folder, `${hostKey(type)}.pub`), 'utf8')))
  return keys.map(key => `${name},${address} ${key.split(' ').slice(0, 2).join(' ')}`)
}

/** Files that say who a host is. */
export const identityFiles = ({ name, address, gateway }: HostRecord): SeedFile[] => [
  { path: 'etc/hostname', content: `${name}\n` },
  { path: 'etc/hosts', content: `127.0.0.1 localhost\n::1 localhost\n${address} ${name}\n` },
  { path: 'etc/machine-id', content: `${randomBytes(16).toString('hex')}\n`, mode: 0o444 },
  // As an admin sets it on hosts whose pods' routes somebody else makes.
  { path: 'etc/systemd/networkd.conf.d/10-routes.conf', content: '[Network]\nManageForeignRoutes=no\n' },
  {
    path: 'etc/systemd/network/10-host0.network',
    content: `[Match]\nName=host0\n\n[Network]\nAddress=${address}/24\nGateway=${gateway}\nIPv6AcceptRA=no\n`,
  },
]

/** As the image's setup makes them. */
const logins = [
  { home: 'root', uid: 0 },
  { home: 'home/ops', uid: 1001 },
  { home: 'home/auto', uid: 1002 },
]

/** A directory that is in two layers has the upper one's owner and mode: these are the image's own. */
const directories = [
  ...['', 'etc', 'etc/ssh', 'etc/systemd', 'etc/systemd/network', 'etc/systemd/networkd.conf.d', 'home'].map(path => ({
    path,
    mode: 0o755,
  })),
  ...logins.flatMap(({ home }) => [home, `${home}/.ssh`]).map(path => ({ path, mode: 0o700 })),
]

const hostKeyTypes = ['ed25519', 'ecdsa']
const hostKey = (type: string) => `etc/ssh/ssh_host_${type}_key`

const authorizedKeys = (home: string, content: string): SeedFile => ({ path: `${home}/.ssh/authorized_keys`, content, mode: 0o600 })

async function makeDirectory(folder: string, { path, mode }: { path: string; mode: number }): Promise<void> {
  await mkdir(join(folder, path), { recursive: true })
  await chmod(join(folder, path), mode)
}

async function writeSeedFile(folder: string, { path, content, mode = 0o644 }: SeedFile): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true, mode: 0o755 })
  await writeFile(file, content)
  await chmod(file, mode)
}

async function own(home: string, uid: number): Promise<void> {
  for (const path of [home, join(home, '.ssh'), join(home, '.ssh/authorized_keys')]) await chown(path, uid, uid)
}
