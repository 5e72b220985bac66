import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { labDown, labUp, setLink, startInNetns, stopHost, type Lab } from '../../lab/lab.js'

interface Story {
  story: string
  result?: Record<string, unknown>
  refused?: { code: string; message: string }
  ms: number
}

const name = 'e2e-transport'
const stories = new Map<string, Story>()
let lab: Lab
let folder: string

/** Runs test/support/transport-stories.ts in the lab's namespace, and does to the host what it asks for. */
beforeAll(async () => {
  lab = await labUp({ name, hosts: 2 })
  folder = await mkdtemp(join(tmpdir(), 'netplay-e2e-'))
  const [n1, n2] = lab.hosts
  const known = await readFile(lab.knownHostsFile, 'utf8')
  const keysOf = (address: string) => known.split('\n').filter(line => line.startsWith('|') || line.split(/[ ,]/).includes(address))
  const otherHostsFile = join(folder, 'other')
  const emptyFile = join(folder, 'empty')
  await writeFile(emptyFile, '')
  await writeFile(otherHostsFile, keysOf(n2!.address).join('\n').replaceAll(n2!.address, n1!.address) + '\n')
  const given = { address: n1!.address, keyFile: lab.keyFile, knownHostsFile: lab.knownHostsFile, emptyFile, otherHostsFile }
  const script = new URL('../support/transport-stories.ts', import.meta.url).pathname
  const child = startInNetns(lab, [process.execPath, '--import', 'tsx', script, JSON.stringify(given)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout! })) {
    const told = JSON.parse(line) as Story & { ask?: string }
    if (told.ask === 'pull the cable') await setLink(lab, 'n1', 'down')
    else if (told.ask === 'put the cable back') await setLink(lab, 'n1', 'up').then(() => child.stdin!.write('done\n'))
    else if (told.ask === 'cut the power') await stopHost(lab, 'n1')
    else stories.set(told.story, told)
  }
  expect((await ended)[0]).toBe(0)
}, 900_000)

afterAll(async () => {
  await labDown(name)
  await rm(folder, { recursive: true })
}, 120_000)

const id = (user: string) => ({ stdout: `${user}\nC /\n`, stderr: 'err\n', ending: { exit: 0 } })

describe('sessions to a real host', () => {
  test.each([
    ['root', 'root'],
    ['sudo with a password', 'root'],
    ['sudo without one', 'root'],
    ['sudo that does not ask', 'root'],
    ['login and sudo by password', 'root'],
    ['another user', 'ops'],
  ])('%s', (story, user) => {
    expect(stories.get(story)?.result).toEqual(id(user))
  })

  test.each([
    ['wrong sudo password', 'BECOME_WRONG_PASSWORD', /the sudo password is wrong: .*try again/i],
    ['no sudo password', 'BECOME_PASSWORD_NEEDED', /sudo: a password is required/],
    ['unknown user of sudo', 'BECOME_FAILED', /nobody-here/],
    ['wrong login password', 'AUTHENTICATION_FAILED', /tried: publickey .*, password; sshd takes: .*password/],
    ['unknown host', 'HOST_KEY_UNKNOWN', /ssh-ed25519 SHA256:/],
    ['changed host', 'HOST_KEY_CHANGED', /SHA256:.*SHA256:.*other:\d/],
    ['nothing listens', 'CONNECTION_REFUSED', /port 2222/],
  ])('%s', (story, code, message) => {
    expect(stories.get(story)?.refused).toEqual({ code, message: expect.stringMatching(message) as string })
  })

  test('a wrong sudo password is told as soon as sudo says so, not after its third prompt', () => {
    expect(stories.get('wrong sudo password')!.ms).toBeLessThan(6000)
  })

  test('a shell that is killed is told and opened again through sudo', () => {
    expect(stories.get('shell killed')?.result).toMatchObject({ killed: { code: 'SHELL_LOST' }, after: { stdout: 'again\n' } })
  })

  test('51 MB go through sudo byte for byte, and are not held in memory', () => {
    const { same, grownBytes } = stories.get('51 MB')!.result as { same: boolean; grownBytes: number }
    expect(same).toBe(true)
    expect(grownBytes).toBeLessThan(40_000_000)
  })

  test('a host whose cable is pulled is lost with its end unknown, by keepalive', () => {
    expect(stories.get('cable pulled')?.result).toMatchObject({
      lost: { code: 'CONNECTION_LOST', message: 'Lost n1 during program; whether it took effect is unknown' },
      later: { code: 'CONNECTION_LOST', message: expect.stringContaining('not sent') as string },
    })
  })

  test('a host whose power is cut is lost or silent, never done', () => {
    expect(['CONNECTION_LOST', 'REQUEST_TIMEOUT']).toContain((stories.get('power cut')?.result as { code: string }).code)
  })
})
