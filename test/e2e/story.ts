import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { labEtcd, type EtcdOptions } from '../../lab/etcd.js'
import { hostsIni, type LabUser } from '../../lab/ini.js'
import { inNetns, labDown, labUp, startInNetns, type Lab, type LabOptions } from '../../lab/lab.js'
import { labParts, type Parts } from '../../lab/parts.js'
import { NetplayError } from '../../src/errors.js'
import type { RunEvent } from '../../src/events.js'

export interface StoryOptions extends Omit<LabOptions, 'name' | 'hosts'> {
  /** of the lab: one of its own for every test file */
  name: string
  /** default 3 */
  hosts?: number
  /** default `current` */
  profile?: 'current' | 'classic'
  /** default `vxlan` */
  backend?: 'host-gw' | 'vxlan'
  /** default one member on n1, v2 API on; false: no etcd */
  etcd?: EtcdOptions | false
  /** who logs in; default root */
  user?: LabUser
  /** more variables of group_vars/all.yml, or others instead of the story's own */
  vars?: Record<string, unknown>
}

/** One run of netplay to its end. */
export interface Ran {
  code: number
  stdout: string
  stderr: string
  /** with `--output json`, else empty; `at` is left in */
  events: RunEvent[]
}

export interface RanOptions {
  env?: Record<string, string>
  input?: string
  /** default 180 000 */
  timeoutMs?: number
}

/** A lab with etcd, and an admin's project folder for it: hosts.ini (groups nodes and etcd) and group_vars/all.yml. */
export interface Story {
  lab: Lab
  parts: Parts
  /** the project folder; where netplay is run */
  folder: string
  /** where netplay keeps its journals for this story */
  stateDir: string
  /** Run netplay in the lab's network, with these words. */
  netplay(argv: readonly string[], options?: RanOptions): Promise<Ran>
  /** As `netplay PLAYBOOK -i hosts.ini …flags`; a playbook that the folder does not have is one of those that are shipped. */
  play(playbook: string, flags?: readonly string[], options?: RanOptions): Promise<Ran>
  /** As `play`, without waiting; its process is netplay itself, to be killed at will. */
  start(playbook: string, flags?: readonly string[], options?: Pick<RanOptions, 'env'>): ChildProcess
  /** Write a file of the project folder. @returns its absolute path */
  write(path: string, text: string): Promise<string>
  /** Write group_vars/all.yml anew: the story's own variables, those of its options, and these. */
  setVars(vars: Record<string, unknown>): Promise<void>
  /** Write hosts.ini anew for another login. */
  setUser(user: LabUser): Promise<void>
  /** Take the lab down and remove the folder. */
  close(): Promise<void>
}

/** The package's own folder. */
export const packageRoot = resolve(import.meta.dirname, '../..')
export const netplayMain = process.env.NETPLAY_MAIN ?? join(packageRoot, 'dist/src/cli/main.js')

/** A first boot on a machine builds an image and the parts. */
export const openStoryMs = 900_000

/**
 * Boot a fresh lab of this name (whatever was left of it is taken down first), and write its project folder.
 * @throws {Error} what this machine lacks, and what to install
 */
export async function openStory(options: StoryOptions): Promise<Story> {
  const { hosts = 3, profile = 'current', backend = 'vxlan', etcd = {}, user = 'root', vars = {}, ...shape } = options
  // Two checkouts on one machine can be tested at the same time.
  const name = `${options.name}${process.env.NETPLAY_LAB_SUFFIX ?? ''}`
  if (!existsSync(netplayMain)) throw new Error('dist/ is not built. Next: npm run build')
  return withNext(async () => {
    const parts = await labParts()
    await labDown(name)
    const lab = await labUp({ ...shape, name, hosts })
    if (etcd !== false) await labEtcd(lab, etcd)
    const folder = await mkdtemp(join(tmpdir(), `${name}-`))
    const own = {
      flannel_profile: profile,
      flannel_network: '10.244.0.0/16',
      flannel_backend: backend,
      flannel_flanneld: profile === 'classic' ? parts.flanneldClassic : parts.flanneld,
      flannel_cni_plugins: { flannel: parts.flannelCni },
      flannel_cni_host_dir: '/usr/lib/cni',
      ...vars,
    }
    const groups = { nodes: lab.hosts.map(host => host.name), etcd: membersOf(etcd, lab) }
    const story = storyOf(lab, parts, folder, own, groups)
    await story.setUser(user)
    await story.setVars({})
    return story
  })
}

function storyOf(lab: Lab, parts: Parts, folder: string, own: Record<string, unknown>, groups: Record<string, string[]>): Story {
  const stateDir = join(folder, 'state')
  const settings = (env: Record<string, string> = {}) => ({
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', NETPLAY_STATE_DIR: stateDir, ...env },
  })
  const netplay: Story['netplay'] = async (argv, { env, input, timeoutMs = 180_000 } = {}) => {
    const ran = await inNetns(lab, [process.execPath, netplayMain, ...argv], { ...settings(env), input, timeoutMs })
    return { ...ran, events: argv.includes('json') ? eventsOf(ran.stdout) : [] }
  }
  const words = (playbook: string, flags: readonly string[] = []) => [playbookFile(folder, playbook), '-i', 'hosts.ini', ...flags]
  const write: Story['write'] = async (path, text) => {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    return file
  }
  return {
    lab,
    parts,
    folder,
    stateDir,
    netplay,
    play: (playbook, flags, options) => netplay(words(playbook, flags), options),
    start: (playbook, flags, { env } = {}) => startInNetns(lab, [process.execPath, netplayMain, ...words(playbook, flags)], settings(env)),
    write,
    // JSON is YAML.
    setVars: async vars => void (await write('group_vars/all.yml', `${JSON.stringify({ ...own, ...vars }, null, 2)}\n`)),
    setUser: async user => void (await write('hosts.ini', hostsIni(lab, { user, groups }))),
    close: async () => {
      await labDown(lab.name)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Jest shows an error's message alone: what to do next goes into it. */
async function withNext<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    throw new Error(`${error.message}\nNext: ${error.next}`, { cause: error })
  }
}

const membersOf = (etcd: EtcdOptions | false, { hosts }: Lab): string[] =>
  (etcd === false ? undefined : etcd.hosts) ?? hosts.slice(0, etcd === false ? 1 : (etcd.members ?? 1)).map(({ name }) => name)

const playbookFile = (folder: string, playbook: string) =>
  existsSync(join(folder, playbook)) ? playbook : join(packageRoot, 'playbooks', playbook)

/** Every line must be an event: a line that is none would not reach who reads them. */
const eventsOf = (stdout: string): RunEvent[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as RunEvent)
