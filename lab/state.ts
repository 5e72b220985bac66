import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { LabError } from './errors.js'
import type { Segment } from './model.js'
import { netnsOf, routerNetnsOf } from './names.js'

/** What a lab is meant to be: `lab.json`. What runs is read from the machine, never from here. */
export interface LabState {
  name: string
  segments: Segment
  hosts: HostRecord[]
  /** false from the first write of an `up` to its end: an `up` that was killed leaves it false */
  complete: boolean
}

export interface HostRecord {
  name: string
  address: string
  gateway: string
  segment: Segment
  docker: boolean
  python: boolean
  /** absolute path of the root file system below its overlay */
  image: string
}

/** Where labs and images live: `$NETPLAY_LAB_DIR`, default /var/lib/netplay-lab. @throws {LabError} a path overlayfs cannot name */
export function stateFolder(): string {
  const folder = resolve(process.env.NETPLAY_LAB_DIR || '/var/lib/netplay-lab')
  // Commas, colons and backslashes separate and escape in overlayfs's options; blanks are escaped in mountinfo.
  if (/[^A-Za-z0-9_./@+-]/.test(folder))
    throw new LabError(
      `NETPLAY_LAB_DIR ${folder} has characters that mount options cannot carry`,
      'Use a path of letters, digits and "._-@+/".',
    )
  return folder
}

export const imagesFolder = (): string => join(stateFolder(), 'images')

/** Every path of a lab. */
export function labPaths(name: string) {
  const folder = join(stateFolder(), 'labs', name)
  const at = (path: string) => join(folder, path)
  return {
    folder,
    netns: netnsOf(name),
    routerNetns: routerNetnsOf(name),
    state: at('lab.json'),
    key: at('id_ed25519'),
    knownHosts: at('known_hosts'),
    host: (host: string) => hostPaths(at(`hosts/${host}`)),
  }
}

const hostPaths = (folder: string) => {
  const at = (path: string) => join(folder, path)
  return {
    folder,
    /** what makes this host itself (name, address, keys): a layer of its own below `upper` */
    seed: at('seed'),
    upper: at('upper'),
    work: at('work'),
    root: at('root'),
    docker: at('docker'),
    containerd: at('containerd'),
    console: at('console.log'),
    pid: at('pid'),
  }
}

/** `undefined` where there is none. */
export async function loadState(name: string): Promise<LabState | undefined> {
  const text = await readFile(labPaths(name).state, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as LabState)
}

/** The text of every lab's state. */
export async function labStates(): Promise<string[]> {
  const names = await readdir(join(stateFolder(), 'labs')).catch(() => [])
  return Promise.all(names.map(name => readFile(labPaths(name).state, 'utf8').catch(() => '')))
}

export async function saveState(state: LabState): Promise<void> {
  const { folder, state: file } = labPaths(state.name)
  await mkdir(folder, { recursive: true, mode: 0o755 })
  await writeFile(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`)
  await rename(`${file}.new`, file)
}
