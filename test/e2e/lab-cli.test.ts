import { jest } from '@jest/globals'
import { spawn } from 'node:child_process'
import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PingReport } from '../../lab/ping-report.js'
import { labPaths } from '../../lab/state.js'
import { netplayMain, openStoryMs, packageRoot, type Ran } from './story.js'

/** `netplay lab` as an admin types it: a pod network on two hosts, and no other tool. */
const name = `lab-cli${process.env.NETPLAY_LAB_SUFFIX ?? ''}`
let folder: string

jest.setTimeout(120_000)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), `${name}-`))
  await lab('down')
}, openStoryMs)
afterAll(async () => {
  await lab('down')
  await rm(folder, { recursive: true, force: true })
}, 60_000)

const netplay = (words: readonly string[]): Promise<Omit<Ran, 'events'>> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', NETPLAY_STATE_DIR: join(folder, 'state') }
    const child = spawn(process.execPath, [netplayMain, ...words], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.once('error', reject)
    child.once('close', code =>
      resolve({ code: code ?? 128, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    )
  })
const lab = (command: string, ...words: string[]) => netplay(['lab', command, '--name', name, ...words])

/** What it printed; it must have ended well. */
async function printed(ran: Promise<Omit<Ran, 'events'>>): Promise<string> {
  const { code, stdout, stderr } = await ran
  if (code !== 0) throw new Error(`ended with ${code}: ${stdout}${stderr}`)
  return stdout
}

test(
  'up boots hosts, status and ini tell them, ssh runs a command there',
  async () => {
    await printed(lab('up', '2'))
    expect(await printed(lab('status'))).toMatch(
      /^lab \S+, network namespace \S+\nn1 {3}198\.18\.0\.11 {3}segment 1 {2}up, pid \d+\nn2 {3}198\.18\.0\.12 .*\n$/,
    )
    expect(await printed(lab('ini'))).toMatch(/^n2 ansible_host=198\.18\.0\.12\n[\s\S]*^\[etcd\]\nn1$/m)
    expect(await printed(lab('ssh', 'n2', 'hostname'))).toBe('n2\n')
    expect(await lab('ssh', 'n2', 'exit 7')).toMatchObject({ code: 7 })
  },
  openStoryMs,
)

test('etcd, ini and vars are all that the shipped playbook for flannel needs', async () => {
  expect(await printed(lab('etcd'))).toBe('https://198.18.0.11:2379\n')
  await mkdir(join(folder, 'group_vars'))
  await writeFile(join(folder, 'hosts.ini'), await printed(lab('ini')))
  await writeFile(join(folder, 'group_vars/all.yml'), await printed(netplay(['lab', 'vars'])))
  const playbook = join(packageRoot, 'playbooks/flannel-vxlan.yml')
  expect(await printed(lab('exec', '--', process.execPath, netplayMain, playbook, '-i', 'hosts.ini'))).toMatch(/^n2 +: ok=.* failed=0/m)
})

test('pods are made, listed and pinged, and a cut between them is seen', async () => {
  for (const host of ['n1', 'n2']) expect(await printed(lab('pod', host))).toMatch(/^\S+ 10\.244\.\d+\.\d+, mtu 1450, network /)
  expect((await printed(lab('pod'))).trim().split('\n')).toHaveLength(2)
  const report = JSON.parse(await printed(lab('ping', '--for', '3s', '--cut', 'n1:n2:400', '--json'))) as PingReport
  const lost = Object.fromEntries(report.pairs.map(({ from, to, lost: count }) => [`${from}:${to}`, count]))
  // A request of n1, or its answer to one of n2, is dropped for 400 ms: forty of them.
  for (const count of Object.values(lost)) expect(count).toBeGreaterThan(20)
  expect(await printed(lab('ping', '--for', '1s'))).toMatch(/ sent, 0 lost /)
})

test('what cannot be done is told with what to do instead', async () => {
  expect(await lab('ssh', 'n9', 'true')).toMatchObject({ code: 1, stderr: expect.stringContaining('n9') })
  expect(await lab('up', 'three')).toMatchObject({ code: 1, stderr: expect.stringContaining('netplay lab up 3') })
  expect(await lab('etcd', '--members', '2')).toMatchObject({ code: 1, stderr: expect.stringContaining('--members 1 or --members 3') })
})

test('down leaves nothing, and is no error where nothing is', async () => {
  await printed(lab('down'))
  expect(await readdir(labPaths(name).folder).catch(() => [])).toEqual([])
  await printed(lab('down'))
  expect(await lab('status')).toMatchObject({ code: 1, stderr: expect.stringContaining('netplay lab up') })
})
