import { createServer } from 'node:net'
import { once } from 'node:events'
import { openSession } from '../../src/transport/session.js'
import type { Session } from '../../src/transport/session.js'

let session: Session
beforeEach(async () => (session = await openSession({ host: 'localhost', local: true })))
afterEach(() => session.close())

const says = async (script: string) => (await session.request(script, { purpose: 'test' })).stdout.toString()

test('the machine that netplay runs on is a host: requests are framed, and run in one shell from /', async () => {
  expect(await says("pwd; printf 'a\\000b'")).toBe('/\na\0b')
  expect((await session.request('exit 3', { purpose: 'test' })).ending).toEqual({ exit: 3 })
})

test("the shell has nothing of netplay's environment that sshd would not have handed on", async () => {
  process.env.NETPLAY_TEST_SECRET = 'x'
  const other = await openSession({ host: 'localhost', local: true })
  const { stdout } = await other.request('env', { purpose: 'test' })
  await other.close()
  delete process.env.NETPLAY_TEST_SECRET
  expect(stdout.toString()).toContain('PATH=')
  expect(stdout.toString()).not.toContain('NETPLAY_TEST_SECRET')
})

test('Ctrl-C in the terminal of netplay does not reach it: it is in a process group of its own', async () => {
  const group = (await says('cut -d" " -f5 /proc/self/stat')).trim()
  expect(Number(group)).toBeGreaterThan(0)
  expect(group).not.toBe(String(process.pid))
})

test('streams lead to addresses as this machine sees them', async () => {
  const server = createServer(socket => socket.end('hello')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const [chunk] = (await once(await session.forward('127.0.0.1', port), 'data')) as [Buffer]
  expect(chunk.toString()).toBe('hello')
  server.close()
  await expect(session.forward('127.0.0.1', port)).rejects.toMatchObject({ code: 'FORWARD_FAILED' })
})

test('what wants a terminal is told that there is none', async () => {
  const become = { method: 'doas' as const, exe: '/bin/false', password: undefined }
  await expect(openSession({ host: 'localhost', local: true, become })).rejects.toMatchObject({ code: 'BECOME_FAILED' })
})
