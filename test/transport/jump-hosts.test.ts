import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Secret } from '../../src/secret.js'
import { openSession, withSessions, type Connection } from '../../src/transport/session.js'
import { newKey, type Sshd } from '../support/sshd.js'
import { failure, SshClient, whoAnswers } from '../support/ssh-client.js'

let client: SshClient
beforeEach(async () => void (client = await SshClient.make()))
afterEach(() => client.close())

/** A block of ssh_config for one of our servers, by a name of its own. */
const block = (name: string, { port }: Sshd, ...lines: string[]) =>
  [`Host ${name}`, `HostName 127.0.0.1`, `Port ${port}`, 'User jump', `IdentityFile ${client.keyFile}`, ...lines].join('\n  ')

/** A connection that finds everything in ssh_config. */
async function byConfig(host: string, blocks: string[], more: Partial<Connection> = {}): Promise<Connection> {
  const config = join(client.folder, 'config')
  await writeFile(config, `${blocks.join('\n')}\n`)
  const { knownHostsFiles, agent, connectTimeoutMs } = client.connection(0)
  return { host, knownHostsFiles, agent, connectTimeoutMs, sshConfigFiles: [config], ...more }
}

const closedAll = async (sshd: Sshd) => {
  for (let i = 0; i < 100 && sshd.open() > 0; i++) await new Promise(resolve => setTimeout(resolve, 20))
  return sshd.open()
}

describe('ProxyJump', () => {
  test('through one', async () => {
    const [jump, target] = [await client.sshd(), await client.sshd()]
    expect(await whoAnswers(await byConfig('n1', [block('gw', jump), block('n1', target, 'ProxyJump gw')]))).toBe('it works\n')
    expect([jump.connections, target.connections, jump.commands]).toEqual([1, 1, []])
    expect(await closedAll(jump)).toBe(0)
  })

  test('through three, as a list and as hosts that have a jump host themselves', async () => {
    const [a, b, c, target] = [await client.sshd(), await client.sshd(), await client.sshd(), await client.sshd()]
    const blocks = [block('a', a), block('b', b), block('c', c, 'ProxyJump nowhere'), block('n1', target, 'ProxyJump a,b,c')]
    expect(await whoAnswers(await byConfig('n1', blocks))).toBe('it works\n')
    const nested = [block('a', a), block('b', b, 'ProxyJump a'), block('c', c, 'ProxyJump b'), block('n1', target, 'ProxyJump c')]
    expect(await whoAnswers(await byConfig('n1', nested))).toBe('it works\n')
    expect([a, b, c, target].map(({ connections }) => connections)).toEqual([2, 2, 2, 2])
  })

  test('Compression is that of each hop', async () => {
    const [jump, target] = [await client.sshd(), await client.sshd()]
    const session = await openSession(
      await byConfig('n1', [block('gw', jump, 'Compression yes'), block('n1', target, 'ProxyJump gw', 'Compression yes')]),
    )
    const said = Buffer.alloc(3_000_000, 'a route\n')
    expect((await session.request('cat', { purpose: 'upload', stdin: said })).stdout.equals(said)).toBe(true)
    for (const { received, sent } of [jump.traffic(), target.traffic()]) expect(received + sent).toBeLessThan(said.length / 10)
    await session.close()
  })

  test('a jump host of many hosts gets one connection, which is closed with the last of them', async () => {
    const jump = await client.sshd()
    const targets = [await client.sshd(), await client.sshd()]
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`)
    const blocks = [block('gw', jump), ...names.map((name, i) => block(name, targets[i % 2]!, 'ProxyJump gw'))]
    const connections = await Promise.all(names.map(name => byConfig(name, blocks)))
    await withSessions(connections, {}, async sessions => {
      expect([...sessions.values()].filter(session => 'request' in session)).toHaveLength(20)
      expect(jump.open()).toBe(1)
    })
    expect(jump.connections).toBe(1)
    expect(await closedAll(jump)).toBe(0)
  })

  test('what is the host’s own is not given to the jump host: user and password', async () => {
    const jump = await client.sshd({ authorizedKeys: [], password: 'geheim' })
    const target = await client.sshd({ authorizedKeys: [], password: 'geheim' })
    const blocks = [block('gw', jump), block('n1', target, 'ProxyJump gw')]
    const error = await failure(await byConfig('n1', blocks, { user: 'anna', password: new Secret('geheim') }))
    expect(error).toMatchObject({ code: 'JUMP_HOST', host: 'n1', jumpHost: 'gw' })
    expect(error.message).toContain('not through jump host gw: gw: sshd refused user jump')
    expect(jump.logins).not.toContain('password')
  })

  test.each([
    ['is not known', '', 'HOST_KEY_UNKNOWN'],
    ['has changed', 'other', 'HOST_KEY_CHANGED'],
  ])('a hop whose key %s is refused, and nothing behind it is reached', async (_, known, code) => {
    const [jump, target] = [await client.sshd(), await client.sshd()]
    const other = `[127.0.0.1]:${jump.port} ${newKey().public}\n`
    await writeFile(client.knownHostsFile, target.knownHost + (known === 'other' ? other : ''))
    const error = await failure(await byConfig('n1', [block('gw', jump), block('n1', target, 'ProxyJump gw')]))
    expect(error).toMatchObject({ code: 'JUMP_HOST', cause: { code } })
    expect([target.connections, jump.logins]).toEqual([0, []])
  })

  test('the key of the host behind is checked as strictly', async () => {
    const [jump, target] = [await client.sshd(), await client.sshd()]
    await writeFile(client.knownHostsFile, jump.knownHost)
    const error = await failure(await byConfig('n1', [block('gw', jump), block('n1', target, 'ProxyJump gw')]))
    expect(error).toMatchObject({ code: 'HOST_KEY_UNKNOWN', host: 'n1' })
    expect(await closedAll(jump)).toBe(0)
  })

  test('a host that the jump host cannot reach is told by both names', async () => {
    const [jump, target] = [await client.sshd({ refuseForward: true }), await client.sshd()]
    const error = await failure(await byConfig('n1', [block('gw', jump), block('n1', target, 'ProxyJump gw')]))
    expect(error.message).toMatch(/^n1: not through jump host gw: gw cannot open a connection to 127\.0\.0\.1 port \d+/)
    expect(error.next).toContain('AllowTcpForwarding')
  })

  test('a ring is told and not gone round in', async () => {
    const sshd = await client.sshd()
    const error = await failure(await byConfig('n1', [block('*', sshd, 'ProxyJump gw')]))
    expect(error.message).toContain('ProxyJump goes round in a ring: n1, gw, gw')
  })

  test('a line that is cut at the jump host is lost for the hosts behind it, and opened again for the next', async () => {
    const [jump, target] = [await client.sshd(), await client.sshd()]
    const connection = await byConfig('n1', [block('gw', jump), block('n1', target, 'ProxyJump gw')])
    const session = await openSession(connection)
    const running = session.request('sleep 20', { purpose: 'program' }).catch((error: Error & { code: string }) => error.code)
    setTimeout(() => jump.cut(), 200)
    expect(await running).toBe('CONNECTION_LOST')
    await session.close()
    expect(await whoAnswers(connection)).toBe('it works\n')
    expect(jump.connections).toBe(2)
  })
})

describe('ProxyCommand', () => {
  const relay = (sshd: Sshd) => {
    const code = `const s = require('net').connect(${sshd.port}, '127.0.0.1'); process.stdin.pipe(s).pipe(process.stdout)`
    return `ProxyCommand ${process.execPath} -e "${code}" %h %p`
  }

  test('its pipes are the connection', async () => {
    const target = await client.sshd()
    expect(await whoAnswers(await byConfig('n1', [block('n1', target, relay(target))]))).toBe('it works\n')
  })

  test('one that fails is told in its own words, at once', async () => {
    const target = await client.sshd()
    const started = performance.now()
    const error = await failure(await byConfig('n1', [block('n1', target, "ProxyCommand sh -c 'echo no such gateway >&2; exit 3'")]))
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', host: 'n1' })
    expect(error.message).toMatch(/port \d+ through ProxyCommand sh -c .*: no such gateway$/)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
