import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ssh2, { type ParsedKey } from 'ssh2'
import { Secret } from '../../src/secret.js'
import { UnreachableError } from '../../src/transport/errors.js'
import { publicHalf } from '../../src/transport/identity.js'
import { LocalFiles } from '../../src/transport/local-files.js'
import { openSession, withSessions } from '../../src/transport/session.js'
import { startAgent, type FakeAgent } from '../support/agent.js'
import { newKey } from '../support/sshd.js'
import { SshClient } from '../support/ssh-client.js'

let client: SshClient
let agent: FakeAgent | undefined
beforeEach(async () => void (client = await SshClient.make()))
afterEach(() => (agent?.close(), client.close()))

const start = async (keys: string[], options = {}) => (agent = await startAgent(join(client.folder, 'agent'), keys, options))
const sshConfigOf = async (keyFile: string) => {
  await writeFile(join(client.folder, 'config'), `IdentityFile ${keyFile}\n`)
  return [join(client.folder, 'config')]
}

test.each(['ed25519', 'rsa', 'ecdsa'] as const)(
  'an %s key of the agent logs in',
  async type => {
    const key = newKey(type)
    const { socket, asked } = await start([newKey().private, key.private])
    const sshd = await client.sshd({ authorizedKeys: [key.public] })
    const session = await openSession(client.connection(sshd.port, { agent: socket }))
    await session.close()
    expect(asked.signatures).toBe(1)
    // Making an RSA key takes seconds on a busy machine.
  },
  30_000,
)

test('the agent is asked for its keys once, however many hosts there are', async () => {
  const key = newKey()
  const { socket, asked } = await start([key.private])
  const sshd = await client.sshd({ authorizedKeys: [key.public] })
  const connections = Array.from({ length: 8 }, (_, i) =>
    client.connection(sshd.port, { host: `n${i}`, agent: socket, privateKeyFile: undefined }),
  )
  await withSessions(connections, {}, async sessions => {
    expect([...sessions.values()].filter(session => session instanceof UnreachableError)).toEqual([])
  })
  expect(asked).toEqual({ keys: 1, signatures: 8 })
})

test('an agent that will not sign is passed over and the key file logs in', async () => {
  const { socket } = await start([client.key.private], { refuseToSign: true })
  const sshd = await client.sshd()
  const connection = client.connection(sshd.port, {
    agent: socket,
    privateKeyFile: undefined,
    sshConfigFiles: await sshConfigOf(client.keyFile),
  })
  await (await openSession(connection)).close()
  expect(agent!.asked.signatures).toBe(1)
})

test('a key file that is encrypted needs no passphrase when the agent has its key', async () => {
  const locked = newKey('ed25519', 'open sesame')
  const { socket } = await start([client.key.private])
  await writeFile(join(client.folder, 'locked'), locked.private)
  const sshd = await client.sshd()
  const connection = client.connection(sshd.port, { agent: socket, privateKeyFile: join(client.folder, 'locked') })
  await (await openSession(connection)).close()
})

test('an encrypted key file is what is missing when nothing else logs in, unless a password was refused', async () => {
  await writeFile(client.keyFile, newKey('ed25519', 'open sesame').private)
  const { socket } = await start([newKey().private])
  const sshd = await client.sshd({ password: 'geheim' })
  const connection = client.connection(sshd.port, { agent: socket })
  await expect(openSession(connection)).rejects.toMatchObject({ code: 'PASSPHRASE_NEEDED', file: client.keyFile })
  await expect(openSession({ ...connection, password: new Secret('x') })).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
})

describe('IdentitiesOnly', () => {
  const other = newKey()
  const only = async (lines: string) => {
    await writeFile(join(client.folder, 'config'), `IdentitiesOnly yes\n${lines}`)
    return { privateKeyFile: undefined, sshConfigFiles: [join(client.folder, 'config')] }
  }
  const signs = async (more: Awaited<ReturnType<typeof only>>, authorized: string) => {
    const { socket, asked } = await start([other.private, client.key.private])
    const sshd = await client.sshd({ authorizedKeys: [authorized] })
    await (await openSession(client.connection(sshd.port, { agent: socket, ...more }))).close()
    return asked.signatures
  }

  test('lets the agent sign for a listed file whose public half lies beside it, though the file itself is gone', async () => {
    const file = join(client.folder, 'listed')
    await writeFile(`${file}.pub`, `${client.key.public} anna@desk\n`)
    expect(await signs(await only(`IdentityFile ${file}\n`), client.key.public)).toBe(1)
  })

  test('lets a listed file be a public key', async () => {
    const file = join(client.folder, 'listed.pub')
    await writeFile(file, client.key.public)
    expect(await signs(await only(`IdentityFile ${file}\n`), client.key.public)).toBe(1)
  })

  test('finds the public half of an encrypted key in the file itself', async () => {
    const encrypted = newKey('ed25519', 'open sesame')
    const opened = ssh2.utils.parseKey(encrypted.private, 'open sesame') as ParsedKey
    const file = join(client.folder, 'listed')
    await writeFile(file, encrypted.private)
    expect(await publicHalf(file, new LocalFiles())).toEqual(opened.getPublicSSH())
  })

  test('keeps the agent from offering any other key', async () => {
    const more = await only(`IdentityFile ${client.keyFile}\n`)
    const { socket, asked } = await start([other.private])
    const sshd = await client.sshd({ authorizedKeys: [other.public] })
    const opening = openSession(client.connection(sshd.port, { agent: socket, ...more }))
    await expect(opening).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    expect(asked.signatures).toBe(0)
    expect(sshd.logins.filter(method => method === 'publickey')).toHaveLength(1)
  })
})
