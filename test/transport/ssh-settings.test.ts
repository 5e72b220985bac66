import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Secret } from '../../src/secret.js'
import { algorithms, type AlgorithmLists } from '../../src/transport/algorithms.js'
import type { Connection } from '../../src/transport/connection.js'
import { openSession } from '../../src/transport/session.js'
import { startCutLine } from '../support/cut-line.js'
import { startAgent, type FakeAgent } from '../support/agent.js'
import { failure, SshClient } from '../support/ssh-client.js'
import { newKey, type SshdOptions } from '../support/sshd.js'

let client: SshClient
let agent: FakeAgent | undefined
beforeEach(async () => void (client = await SshClient.make()))
afterEach(() => (agent?.close(), client.close()))

/** A server, and a connection whose ssh_config says this. */
async function configured(config: string, more: Partial<Connection> = {}, options: SshdOptions = {}) {
  const file = join(client.folder, 'config')
  await writeFile(file, config)
  const sshd = await client.sshd(options)
  return { sshd, connection: client.connection(sshd.port, { sshConfigFiles: [file], ...more }) }
}
const opens = async (connection: Connection) => (await openSession(connection)).close()

const keys = ['ssh-ed25519', 'rsa-sha2-512']
const lists: [AlgorithmLists, ReturnType<typeof algorithms>][] = [
  [{ ciphers: 'aes256-ctr,nonsense,aes128-*' }, { cipher: ['aes256-ctr', 'aes128-gcm@openssh.com', 'aes128-ctr'] }],
  [{ macs: '-*-etm@openssh.com' }, { hmac: ['hmac-sha2-256', 'hmac-sha2-512'] }],
  [{ kexalgorithms: '^diffie-hellman-group18-sha512' }, {}],
  [{ hostkeyalgorithms: '+ssh-dss' }, { serverHostKey: ['ssh-ed25519', 'rsa-sha2-512'] }],
  [{ hostkeyalgorithms: 'rsa-sha2-*' }, { serverHostKey: ['rsa-sha2-512'] }],
] as never
test.each(lists)('of algorithms, %j leaves those that netplay has', (written, expected) => {
  const offered = algorithms(keys, written)
  expect(offered).toMatchObject(expected)
  if (written.kexalgorithms !== undefined) expect((offered.kex as string[])[0]).toBe('diffie-hellman-group18-sha512')
})

test('a list that leaves nothing is an error of that host, before anything is dialled', async () => {
  const { sshd, connection } = await configured('Ciphers 3des-cbc\n')
  await expect(openSession(connection)).rejects.toMatchObject({
    code: 'SSH_CONFIG',
    message: expect.stringContaining('Ciphers 3des-cbc') as string,
  })
  expect(sshd.connections).toBe(0)
})

test('PreferredAuthentications says what is tried, and in which order', async () => {
  const both = { password: new Secret('open sesame') }
  const { sshd, connection } = await configured('PreferredAuthentications password,publickey\n', both, { password: 'open sesame' })
  await opens(connection)
  expect(sshd.logins.filter(method => method !== 'none')).toEqual(['password'])
  const without = await configured('PreferredAuthentications password\n')
  await expect(openSession(without.connection)).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
  expect(without.sshd.logins).not.toContain('publickey')
})

test('PubkeyAcceptedAlgorithms says which keys are offered, of files and of the agent', async () => {
  const [rsa, ed25519] = [newKey('rsa'), newKey()]
  const file = join(client.folder, 'id_rsa')
  await writeFile(file, rsa.private, { mode: 0o600 })
  agent = await startAgent(join(client.folder, 'agent'), [ed25519.private])
  const both = { agent: agent.socket, privateKeyFile: file }
  const of = (list: string) => configured(`PubkeyAcceptedAlgorithms ${list}\n`, both, { authorizedKeys: [rsa.public, ed25519.public] })
  for (const [list, signatures] of [
    ['ssh-ed25519', 1],
    ['-rsa-sha2-*', 2],
    ['rsa-sha2-256,rsa-sha2-512', 2],
    ['^ecdsa-*', 2],
  ] as const) {
    await opens((await of(list)).connection)
    expect([list, agent.asked.signatures]).toEqual([list, signatures])
  }
  const { connection, sshd } = await of('ecdsa-sha2-*')
  await expect(openSession(connection)).rejects.toMatchObject({
    code: 'AUTHENTICATION_FAILED',
    message: expect.stringContaining(`PubkeyAcceptedAlgorithms leaves out key ${file}`) as string,
  })
  expect(sshd.logins).not.toContain('publickey')
})

describe('PubkeyAcceptedAlgorithms', () => {
  const rsa = newKey('rsa')
  const save = async (name: string, key: { private: string }) => {
    const file = join(client.folder, name)
    await writeFile(file, key.private, { mode: 0o600 })
    return file
  }

  // ssh2's server says that it takes rsa-sha2-256 and ssh-rsa of RSA keys, and no more.
  test.each(['', 'PubkeyAcceptedAlgorithms -rsa-sha2-512\n', 'PubkeyAcceptedKeyTypes +ssh-rsa\n'])(
    'with %j an RSA key signs as sshd says it takes it, from its file and in the agent',
    async config => {
      const file = await save('rsa', rsa)
      agent = await startAgent(join(client.folder, 'agent'), [rsa.private])
      for (const more of [{ privateKeyFile: file }, { privateKeyFile: undefined, agent: agent.socket }]) {
        const { sshd, connection } = await configured(`${config}IdentityFile none\n`, more, { authorizedKeys: [rsa.public] })
        await opens(connection)
        expect(sshd.signatures).toEqual(['rsa-sha2-256'])
      }
    },
  )

  test('without a signature that sshd takes, an RSA key is not shown, and that is told', async () => {
    const file = await save('rsa', rsa)
    const { sshd, connection } = await configured('PubkeyAcceptedAlgorithms rsa-sha2-512\n', { privateKeyFile: file })
    expect(await failure(connection)).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining(`publickey ${file}: sshd takes no signature of it that PubkeyAcceptedAlgorithms has`) as string,
    })
    expect(sshd.logins).toEqual([])
  })

  test('that leaves out a key of the agent is told with the agent', async () => {
    agent = await startAgent(join(client.folder, 'agent'), [rsa.private])
    const more = { privateKeyFile: undefined, agent: agent.socket }
    const { sshd, connection } = await configured('PubkeyAcceptedAlgorithms ssh-ed25519\nIdentityFile none\n', more, {
      authorizedKeys: [rsa.public],
    })
    expect(await failure(connection)).toMatchObject({ tried: ['agent (PubkeyAcceptedAlgorithms ssh-ed25519)'] })
    expect(sshd.logins).toEqual([])
  })

  test('that leaves out an encrypted key is told, and its passphrase is not asked for; a password still logs in', async () => {
    const file = await save('locked', newKey('ed25519', 'open sesame'))
    const config = 'PubkeyAcceptedAlgorithms rsa-sha2-*,nonsense\n'
    const { sshd, connection } = await configured(config, { privateKeyFile: file }, { password: 'geheim' })
    expect(await failure(connection)).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining(`PubkeyAcceptedAlgorithms leaves out key ${file} (ssh-ed25519)`) as string,
      next: expect.stringContaining('Let PubkeyAcceptedAlgorithms of ssh_config take the key') as string,
    })
    expect(sshd.logins).toEqual(['none'])
    await opens({ ...connection, password: new Secret('geheim') })
  })
})

test('IdentityAgent names the agent, or none', async () => {
  const key = newKey()
  agent = await startAgent(join(client.folder, 'agent'), [key.private])
  const only = { agent: undefined, privateKeyFile: undefined }
  const { connection } = await configured(`IdentityAgent ${agent.socket}\nIdentityFile none\n`, only, { authorizedKeys: [key.public] })
  await opens(connection)
  expect(agent.asked.signatures).toBe(1)
  const none = await configured('IdentityAgent none\nIdentityFile none\n', only, { authorizedKeys: [key.public] })
  const before = process.env.SSH_AUTH_SOCK
  process.env.SSH_AUTH_SOCK = agent.socket
  await expect(openSession(none.connection)).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
  if (before === undefined) delete process.env.SSH_AUTH_SOCK
  else process.env.SSH_AUTH_SOCK = before
  expect(agent.asked.signatures).toBe(1)
})

test('an agent is lent to a host that ForwardAgent names, and to no other', async () => {
  agent = await startAgent(join(client.folder, 'agent'), [newKey().private])
  const lent = await configured(`ForwardAgent ${agent.socket}\n`)
  await opens(lent.connection)
  expect(lent.sshd.agents).toBe(1)
  const kept = await configured('', { agent: agent.socket })
  await opens(kept.connection)
  expect(kept.sshd.agents).toBe(0)
})

test('a host that does not want the agent is logged in to without it, and is asked once', async () => {
  agent = await startAgent(join(client.folder, 'agent'), [newKey().private])
  const { sshd, connection } = await configured(`ForwardAgent ${agent.socket}\n`, {}, { refuseAgent: true })
  const session = await openSession(connection)
  await session.aside('true')
  await session.close()
  expect(sshd.agents).toBe(1)
  expect(sshd.commands).toHaveLength(2)
})

test('SetEnv is asked for with each command', async () => {
  const { sshd, connection } = await configured('SetEnv SITE=north\n')
  await opens(connection)
  expect(sshd.environment).toEqual(['SITE=north'])
})

test.each([
  ['Compression yes\n', 'less than a tenth of'],
  ['Compression no\n', 'no less than'],
  ['', 'no less than'],
])('with %j, %s what is said goes over the wire, and all of it arrives', async (config, share) => {
  const { sshd, connection } = await configured(config)
  const session = await openSession(connection)
  const said = Buffer.from('10.244.7.0/24 via 10.0.0.7 dev eth0\n'.repeat(100_000))
  const { stdout } = await session.request('cat', { purpose: 'upload', stdin: said })
  expect(stdout.equals(said)).toBe(true)
  for (const bytes of Object.values(sshd.traffic()))
    if (share === 'no less than') expect(bytes).toBeGreaterThanOrEqual(said.length)
    else expect(bytes).toBeLessThan(said.length / 10)
  await session.close()
})

test.each(['yes', 'no'])(
  'a host that hangs up while it is sent to fails that request, and nothing else (Compression %s)',
  async compression => {
    const { sshd, connection } = await configured(`Compression ${compression}\n`)
    const line = await startCutLine(sshd.port)
    await writeFile(client.knownHostsFile, sshd.knownHost.replace(`:${sshd.port}`, `:${line.port}`))
    const stdin = randomBytes(20_000_000)
    for (let round = 0; round < 5; round++) {
      const session = await openSession({ ...connection, port: line.port })
      const sending = session.request('cat >/dev/null', { purpose: 'upload', stdin })
      setTimeout(() => line.hangUp(), 20)
      await expect(sending).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
      await session.close()
    }
    await line.close()
  },
)

test('BindAddress, AddressFamily and ConnectionAttempts are those of the connection', async () => {
  const bound = await configured('AddressFamily inet\nBindAddress 127.0.0.9\n')
  await opens(bound.connection)
  const again = await configured('ConnectionAttempts 3\n', {}, { dropFirst: 2 })
  await opens(again.connection)
  expect(again.sshd.connections).toBe(3)
})
