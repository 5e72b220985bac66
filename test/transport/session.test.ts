import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { ServerChannel } from 'ssh2'
import { openSession, type Session } from '../../src/transport/session.js'
import { startCutLine } from '../support/cut-line.js'
import { both, liar } from '../support/liar.js'
import { SshClient } from '../support/ssh-client.js'

let client: SshClient
beforeEach(async () => void (client = await SshClient.make()))
afterEach(() => client.close())

const purpose = 'program'
const text = async (session: Session, script: string) => (await session.request(script, { purpose })).stdout.toString()

describe('what SSH libraries get wrong', () => {
  let session: Session
  beforeEach(async () => void (session = await openSession(client.connection((await client.sshd()).port))))
  afterEach(() => session.close())

  test('a status that is not zero is a result and no error', async () => {
    expect(await session.request('echo out; echo err >&2; exit 42', { purpose })).toEqual({
      stdout: Buffer.from('out\n'),
      stderr: Buffer.from('err\n'),
      ending: { exit: 42 },
    })
  })

  test('a signal is a result of its own', async () => {
    expect((await session.request('kill -SEGV $$', { purpose })).ending).toEqual({ signal: 'SIGSEGV' })
  })

  test('output is neither trimmed nor decoded', async () => {
    expect(await text(session, `printf '\\n  a \\n\\n'`)).toBe('\n  a \n\n')
    expect((await session.request(`printf '\\303'; sleep 0.05; printf '\\244'`, { purpose })).stdout).toEqual(Buffer.from('ä'))
  })

  test('many requests use one channel', async () => {
    const sshd = await client.sshd()
    const other = await openSession(client.connection(sshd.port))
    for (let i = 0; i < 30; i++) await other.request(':', { purpose })
    await other.close()
    expect(sshd.commands).toHaveLength(1)
  })
})

describe('a line that breaks', () => {
  test('during a request: whether it took effect is unknown, and nothing later is sent', async () => {
    const sshd = await client.sshd()
    const session = await openSession(client.connection(sshd.port))
    const running = session.request('echo begun; sleep 5', { purpose, onStdout: () => sshd.cut() })
    await expect(running).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      host: 'n1',
      sent: true,
      message: 'Lost n1 during program; whether it took effect is unknown',
    })
    await expect(session.request('echo later', { purpose })).rejects.toMatchObject({ code: 'CONNECTION_LOST', sent: false })
    await session.close()
  })

  test('when nothing runs: the process lives on and the next request says that it was not sent', async () => {
    const sshd = await client.sshd()
    const session = await openSession(client.connection(sshd.port))
    sshd.cut()
    await new Promise(resolve => setTimeout(resolve, 50))
    await expect(session.request('echo x', { purpose })).rejects.toMatchObject({ code: 'CONNECTION_LOST', sent: false })
    await session.close()
  })

  test('anywhere in a reply: half a frame is never a result', async () => {
    const sshd = await client.sshd()
    for (const bytes of [1, 40, 80, 120, 160, 200, 300, 400]) {
      const line = await startCutLine(sshd.port)
      const session = await openSession({
        ...client.connection(line.port),
        knownHostsFiles: [await knownAs(sshd.knownHost, sshd.port, line.port)],
      })
      line.cutAfter(bytes)
      await expect(session.request('echo 1; sleep 0.01; echo 2; sleep 0.01; head -c 500 /dev/zero', { purpose })).rejects.toMatchObject({
        code: 'CONNECTION_LOST',
        sent: true,
      })
      await session.close()
      await line.close()
    }
  })

  test('without a word: keepalive notices a host that is gone', async () => {
    const sshd = await client.sshd()
    const line = await startCutLine(sshd.port)
    const knownHostsFiles = [await knownAs(sshd.knownHost, sshd.port, line.port)]
    const session = await openSession({ ...client.connection(line.port), knownHostsFiles, keepalive: { intervalMs: 50, count: 3 } })
    const running = session.request('sleep 9', { purpose, timeoutMs: 0 })
    line.freeze()
    await expect(running).rejects.toMatchObject({ code: 'CONNECTION_LOST', sent: true })
    await session.close()
    await line.close()
  })

  const knownAs = async (knownHost: string, port: number, as: number) => {
    const { writeFile } = await import('node:fs/promises')
    await writeFile(`${client.knownHostsFile}-${as}`, knownHost.replace(`:${port} `, `:${as} `))
    return `${client.knownHostsFile}-${as}`
  }
})

describe('a reply that does not come', () => {
  let session: Session
  beforeEach(async () => void (session = await openSession(client.connection((await client.sshd()).port))))
  afterEach(() => session.close())

  test('the total deadline', async () => {
    const asked = session.request('while :; do echo x; sleep 0.05; done', { purpose, timeoutMs: 300 })
    await expect(asked).rejects.toMatchObject({
      code: 'REQUEST_TIMEOUT',
      message: 'n1: program gave no reply within 0.3 s; it may still be running there',
    })
    expect(await text(session, 'echo next')).toBe('next\n')
  })

  test('the deadline since the last byte lets a talkative program run longer', async () => {
    const script = 'for i in 1 2 3 4 5 6; do echo $i; sleep 0.1; done'
    expect((await session.request(script, { purpose, quietMs: 300 })).ending).toEqual({ exit: 0 })
    await expect(session.request('echo 1; sleep 5', { purpose, quietMs: 200 })).rejects.toMatchObject({
      code: 'REQUEST_TIMEOUT',
      message: expect.stringContaining('said nothing for 0.2 s') as string,
    })
  })

  test('a request that waits in the queue does not use up its time', async () => {
    const first = session.request('sleep 0.5', { purpose })
    const second = session.request('echo second', { purpose, timeoutMs: 300 })
    await first
    expect((await second).stdout.toString()).toBe('second\n')
  })

  test.each(['', '>&2'])('a flood is cut off and fails this host’s request alone (%s)', async to => {
    const flood = session.request(`cat /dev/zero ${to}`, { purpose, maxOutputBytes: 3_000_000 })
    await expect(flood).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
      message: expect.stringContaining(`3000000 bytes on ${to ? 'stderr' : 'stdout'}`) as string,
    })
    expect(await text(session, 'echo next')).toBe('next\n')
  })

  test('output of exactly the limit is let through', async () => {
    expect((await session.request('head -c 5000 /dev/zero', { purpose, maxOutputBytes: 5000 })).stdout).toHaveLength(5000)
  })
})

describe('a host that lies about frames', () => {
  test.each<[string, string, (nonce: string, channel: ServerChannel) => void]>([
    ['the end of another request', 'BROKEN_FRAME', (n, channel) => both(channel, `${n} 1 go\n${n} 7 0\n`)],
    ['an end without a beginning', 'BROKEN_FRAME', (n, channel) => both(channel, `${n} 1 0\n`)],
    ['two beginnings', 'BROKEN_FRAME', (n, channel) => both(channel, `${n} 1 go\n${n} 1 go\n`)],
    [
      'two ends that differ',
      'BROKEN_FRAME',
      (n, channel) => (channel.write(`${n} 1 go\n${n} 1 0\n`), channel.stderr.write(`${n} 1 go\n${n} 1 1\n`)),
    ],
    [
      'the nonce of another session',
      'REQUEST_TIMEOUT',
      (n, channel) => both(channel, `${[...n].reverse().join('')} 1 go\n${[...n].reverse().join('')} 1 0\n`),
    ],
    ['a reply twice', 'BROKEN_FRAME', (n, channel) => both(channel, `${n} 1 go\nx\n${n} 1 0\n`.repeat(2))],
    ['a status that is none', 'BROKEN_FRAME', (n, channel) => both(channel, `${n} 1 go\n${n} 1 ok fine\n`)],
    ['a mark without an end', 'BROKEN_FRAME', (n, channel) => both(channel, `${n} 1 go\n${n} 1 ${'0'.repeat(500)}`)],
    ['one stream only', 'REQUEST_TIMEOUT', (n, channel) => channel.write(`${n} 1 go\nall is well\n${n} 1 0\n`)],
    ['half a frame and then the end', 'SHELL_LOST', (n, channel) => (both(channel, `${n} 1 go\nhalf`), channel.exit(0), channel.end())],
    ['nothing', 'REQUEST_TIMEOUT', () => {}],
  ])('%s', async (_title, code, answer) => {
    const sshd = await client.sshd({ onExec: liar(answer) })
    const session = await openSession(client.connection(sshd.port))
    await expect(session.request('echo x', { purpose, timeoutMs: 500 })).rejects.toMatchObject({ code, host: 'n1' })
    await session.close()
  })
})

describe('forwarding', () => {
  const echo = async () => {
    const server = createServer(socket => void socket.pipe(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { server, port: (server.address() as AddressInfo).port }
  }

  test('a stream to an address that the host reaches, beside running requests', async () => {
    const { server, port } = await echo()
    const session = await openSession(client.connection((await client.sshd()).port))
    const running = text(session, 'sleep 0.2; echo done')
    const stream = await session.forward('127.0.0.1', port)
    stream.write('ping')
    expect(String((await once(stream, 'data'))[0])).toBe('ping')
    expect(await running).toBe('done\n')
    stream.destroy()
    await session.close()
    server.close()
  })

  test('what sshd will not or cannot open is told with the address', async () => {
    const sshd = await client.sshd({ refuseForward: true })
    const session = await openSession(client.connection(sshd.port))
    await expect(session.forward('10.9.9.9', 2379)).rejects.toMatchObject({ code: 'FORWARD_FAILED', target: '10.9.9.9 port 2379' })
    expect(await text(session, 'echo ok')).toBe('ok\n')
    await session.close()
    await expect(session.forward('10.9.9.9', 2379)).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
  })
})

test('closing fails what runs, and is done within a second though the host takes nothing more', async () => {
  const session = await openSession(client.connection((await client.sshd()).port))
  const running = session.request('sleep 9', { purpose })
  const failed = expect(running).rejects.toMatchObject({ host: 'n1' })
  const started = performance.now()
  await session.close()
  await failed
  expect(performance.now() - started).toBeLessThan(1500)
})
