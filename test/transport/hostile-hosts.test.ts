import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerChannel } from 'ssh2'
import { Secret } from '../../src/secret.js'
import { UnreachableError } from '../../src/transport/errors.js'
import { openSession, withSessions, type Connection } from '../../src/transport/session.js'
import { both, drip, flood, liar } from '../support/liar.js'
import { SshClient } from '../support/ssh-client.js'

let client: SshClient
beforeEach(async () => void (client = await SshClient.make()))
afterEach(() => client.close())

const escapes = '\x1b[2J\x1b]0;owned\x07\x9b31m\u202e'
const said = (channel: ServerChannel, text: string | Buffer, exit = 1) => {
  channel.stderr.write(text)
  channel.exit(exit)
  channel.end()
}
const become = { password: new Secret('needle-pw') }

interface Hostile {
  code: string
  onExec: (channel: ServerChannel, command: string) => void
  more?: Partial<Connection>
}

/** Each is told as this: while it is opened, or by its first request. */
const hosts: Record<string, Hostile> = {
  'escapes and no shell': { code: 'NO_SHELL', onExec: channel => said(channel, `${escapes}go away`) },
  'invalid UTF-8 and NUL bytes, and no shell': {
    code: 'NO_SHELL',
    onExec: channel => said(channel, Buffer.from([0, 0xff, 0xc3, 0x28, 0x0a])),
  },
  'a flood in place of a shell': { code: 'NO_SHELL', onExec: channel => flood(channel, 'stdout') },
  'endless errors in place of a shell': { code: 'NO_SHELL', onExec: channel => flood(channel, 'stderr') },
  'half a nonce, again and again': {
    code: 'CONNECT_TIMEOUT',
    onExec: channel => channel.on('data', (chunk: Buffer) => void channel.write(chunk.subarray(0, 20))),
  },
  'an end of the channel before the hello': { code: 'NO_SHELL', onExec: channel => void channel.close() },
  'sudo that repeats the password in colour': {
    code: 'BECOME_FAILED',
    more: { become },
    onExec: (channel, command) => {
      channel.stderr.write(/\[netplay \w+\] password:/.exec(command)![0])
      channel.on('data', (chunk: Buffer) => said(channel, `${escapes}not ${chunk.toString().trim()}\n`))
    },
  },
  'sudo that asks without end': {
    code: 'BECOME_WRONG_PASSWORD',
    more: { become },
    onExec: (channel, command) => flood(channel, 'stderr', /\[netplay \w+\] password:/.exec(command)![0]),
  },
  'a flood as reply': { code: 'OUTPUT_TOO_LARGE', onExec: liar((n, channel) => (both(channel, `${n} 1 go\n`), flood(channel, 'stdout'))) },
  'endless errors as reply': {
    code: 'OUTPUT_TOO_LARGE',
    onExec: liar((n, channel) => (both(channel, `${n} 1 go\n`), flood(channel, 'stderr'))),
  },
  'a flood before the reply begins': { code: 'OUTPUT_TOO_LARGE', onExec: liar((_, channel) => flood(channel, 'stdout')) },
  'one line without end that begins as a mark': {
    code: 'BROKEN_FRAME',
    onExec: liar((n, channel) => (both(channel, `${n} 1 go\n`), channel.write(`${n} 1 `), flood(channel, 'stdout', '0'))),
  },
  'a flood of marks': { code: 'BROKEN_FRAME', onExec: liar((n, channel) => flood(channel, 'stdout', `${n} 1 go\n`)) },
  'an end in mid-frame': { code: 'SHELL_LOST', onExec: liar((n, channel) => (both(channel, `${n} 1 go\nhal`), channel.close())) },
  'one byte now and then in place of a shell': { code: 'CONNECT_TIMEOUT', onExec: channel => drip(channel, 'hello') },
  'a reply of one byte now and then': {
    code: 'REQUEST_TIMEOUT',
    onExec: liar((n, channel) => (both(channel, `${n} 1 go\n`), drip(channel, 'all is well'))),
  },
  silence: { code: 'REQUEST_TIMEOUT', onExec: liar(() => {}) },
}

test('hosts that flood, stall, lie and draw on the terminal are told each by itself; memory stays bounded, and the host beside them is served', async () => {
  const good = client.connection((await client.sshd()).port, { host: 'good', connectTimeoutMs: 20_000 })
  const hostile = await Promise.all(
    Object.entries(hosts).map(async ([host, { onExec, more }]) =>
      client.connection((await client.sshd({ onExec })).port, { host, ...more }),
    ),
  )
  const before = process.memoryUsage().rss
  let most = before
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20)
  const codes: Record<string, string> = {}
  const messages: string[] = []
  const served: number[] = []
  const tell = (error: Error & { host: string; code: string }) => {
    codes[error.host] = error.code
    messages.push(error.message)
  }
  await withSessions([...hostile, good], {}, async sessions => {
    const all = [...sessions].map(async ([host, session]) => {
      if (session instanceof UnreachableError) return tell(session)
      if (host !== 'good') return session.request('echo x', { purpose: 'facts', timeoutMs: 20_000 }).then(() => {}, tell)
      for (let i = 0; i < 50; i++) {
        const started = performance.now()
        expect((await session.request(`echo ${i}`, { purpose: 'facts' })).stdout.toString()).toBe(`${i}\n`)
        served.push(performance.now() - started)
      }
    })
    await Promise.all(all)
  })
  clearInterval(watch)
  expect(codes).toEqual(Object.fromEntries(Object.entries(hosts).map(([host, { code }]) => [host, code])))
  for (const message of messages) expect(message).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]|needle-pw/)
  expect(Math.max(...messages.map(message => message.length))).toBeLessThan(2000)
  // Three of them may send 16 MiB each before they are cut off; servers and client share this process.
  expect(most - before).toBeLessThan(250e6)
  // Milliseconds, on a machine that has other tests to run.
  expect(Math.max(...served)).toBeLessThan(5000)
})

test('a host that floods between requests loses its shell, and the next request opens another', async () => {
  let shells = 0
  const sshd = await client.sshd({
    onExec: liar((n, channel) => {
      both(channel, `${n} 1 go\n${n} 1 0\n`)
      if (shells++ === 0) flood(channel, 'stdout')
    }),
  })
  const session = await openSession(client.connection(sshd.port))
  await session.request(':', { purpose: 'facts' })
  const before = process.memoryUsage().rss
  await sleep(1500)
  expect(process.memoryUsage().rss - before).toBeLessThan(100e6)
  await session.request(':', { purpose: 'facts' })
  expect(sshd.commands).toHaveLength(2)
  await session.close()
})
