import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { Secret } from '../../src/secret.js'
import type { Retry } from '../../src/transport/open-session.js'
import { openSession } from '../../src/transport/session.js'
import { startAgent } from '../support/agent.js'
import { newKey } from '../support/sshd.js'
import { failure, SshClient, whoAnswers } from '../support/ssh-client.js'

let client: SshClient
beforeEach(async () => void (client = await SshClient.make()))
afterEach(() => client.close())

const purpose = 'facts'

describe('opening a session', () => {
  test('a known host and a key that it knows', async () => {
    const sshd = await client.sshd()
    expect(await whoAnswers(client.connection(sshd.port))).toBe('it works\n')
    expect(sshd.commands).toHaveLength(1)
  })

  test('banner and what the profile prints are no part of any reply', async () => {
    const profile = 'echo "Welcome to sh"; echo "motd $((1+1))" >&2; head -c 100000 /dev/zero; printf "no newline"; printf "nor here" >&2'
    const sshd = await client.sshd({ banner: 'authorized use only\n', profile })
    const session = await openSession(client.connection(sshd.port))
    const { stdout, stderr } = await session.request('echo out; echo err >&2', { purpose })
    expect([stdout.toString(), stderr.toString()]).toEqual(['out\n', 'err\n'])
    await session.close()
  })

  describe('logging in', () => {
    test.each([
      ['password', false],
      ['keyboard-interactive', true],
    ])('by %s when a password is given', async (method, keyboardInteractive) => {
      const sshd = await client.sshd({ authorizedKeys: [], password: 'geheim', keyboardInteractive })
      expect(await whoAnswers(client.connection(sshd.port, { password: new Secret('geheim') }))).toBe('it works\n')
      expect(sshd.logins.at(-1)).toBe(method)
    })

    test.each([false, true])('a wrong password is tried once only (asked as a question: %s)', async keyboardInteractive => {
      const sshd = await client.sshd({ authorizedKeys: [], password: 'geheim', keyboardInteractive })
      const error = await failure(client.connection(sshd.port, { password: new Secret('falsch') }))
      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', host: 'n1', user: 'anna' })
      expect(error.message).toContain(`tried: publickey ${client.keyFile}, ${keyboardInteractive ? 'keyboard-interactive' : 'password'}`)
      expect(JSON.stringify(error) + error.message + error.next + String(error.stack)).not.toContain('falsch')
      expect(sshd.connections).toBe(1)
      expect(sshd.logins.filter(method => method !== 'publickey')).toHaveLength(1)
    })

    test('without a password none is ever asked for or sent', async () => {
      const sshd = await client.sshd({ authorizedKeys: [], password: 'geheim' })
      const error = await failure(client.connection(sshd.port))
      expect(error.code).toBe('AUTHENTICATION_FAILED')
      expect(error.message).toContain('sshd takes: publickey, password')
      expect(sshd.logins).not.toContain('password')
    })

    test.each(['rsa', 'ecdsa', 'ed25519'] as const)('with an %s key', async type => {
      const key = newKey(type)
      await writeFile(client.keyFile, key.private)
      const sshd = await client.sshd({ authorizedKeys: [key.public] })
      expect(await whoAnswers(client.connection(sshd.port))).toBe('it works\n')
    })

    test('with an encrypted key and its passphrase', async () => {
      const key = newKey('ed25519', 'open sesame')
      await writeFile(client.keyFile, key.private)
      const sshd = await client.sshd({ authorizedKeys: [key.public] })
      expect(await whoAnswers(client.connection(sshd.port, { passphrase: new Secret('open sesame') }))).toBe('it works\n')
      const none = await failure(client.connection(sshd.port))
      expect(none).toMatchObject({ code: 'PASSPHRASE_NEEDED', file: client.keyFile })
      const wrong = await failure(client.connection(sshd.port, { passphrase: new Secret('sesame') }))
      expect(wrong).toMatchObject({ code: 'PASSPHRASE_NEEDED', wrong: true })
      expect(wrong.message).not.toContain('sesame')
    })

    test.each([
      ['is not there', undefined, /no such file/],
      ['is no key', 'hello', /private key/],
      ['is a public key', newKey().public, /no private key/],
    ])('a key file that was named and %s', async (_what, text, problem) => {
      const privateKeyFile = join(client.folder, 'named')
      if (text !== undefined) await writeFile(privateKeyFile, text)
      const error = await failure(client.connection(1, { privateKeyFile }))
      expect(error.code).toBe('IDENTITY_FILE')
      expect(error.message).toMatch(problem)
    })

    test.each([
      ['the named one', (file: string) => ({ privateKeyFile: file })],
      ['one of ssh_config', (file: string, config: string) => ({ privateKeyFile: undefined, sshConfigFiles: [config], file })],
    ])('the passphrase of an encrypted key, %s, is asked for once it turns out to be needed', async (_, more) => {
      const key = newKey('ed25519', 'open sesame')
      const [file, config] = [join(client.folder, 'locked'), join(client.folder, 'config')]
      await writeFile(file, key.private)
      await writeFile(config, `IdentityFile ${file}\n`)
      const sshd = await client.sshd({ authorizedKeys: [key.public] })
      const asked: string[] = []
      const passphraseOf = async (which: string) => (asked.push(which), new Secret('open sesame'))
      const connection = client.connection(sshd.port, more(file, config))
      // An agent with another key does not spare the question.
      const agent = await startAgent(join(client.folder, 'agent'), [newKey().private])
      for (const agentOf of [{}, { agent: agent.socket }]) {
        await (await openSession({ ...connection, ...agentOf }, { passphraseOf })).close()
        expect(asked.splice(0)).toEqual([file])
      }
      agent.close()
      await expect(openSession(connection, { passphraseOf: async () => undefined })).rejects.toMatchObject({ code: 'PASSPHRASE_NEEDED' })
    })

    test('the passphrase of a key that is not needed is not asked for', async () => {
      const [locked, config] = [join(client.folder, 'locked'), join(client.folder, 'config')]
      await writeFile(locked, newKey('ed25519', 'open sesame').private)
      await writeFile(config, `IdentityFile ${locked}\nIdentityFile ${client.keyFile}\n`)
      const sshd = await client.sshd()
      const passphraseOf = () => Promise.reject(new Error('asked'))
      const connection = client.connection(sshd.port, { privateKeyFile: undefined, sshConfigFiles: [config] })
      await (await openSession(connection, { passphraseOf })).close()
    })

    test('what to do about an encrypted key names the option', async () => {
      await writeFile(client.keyFile, newKey('ed25519', 'open sesame').private)
      expect((await failure(client.connection(1))).next).toContain('--key-passphrase-file')
    })

    test('an agent that is not there is passed over', async () => {
      const sshd = await client.sshd()
      expect(await whoAnswers(client.connection(sshd.port, { agent: join(client.folder, 'no-agent') }))).toBe('it works\n')
      const { message } = await failure(
        client.connection(sshd.port, { agent: join(client.folder, 'no-agent'), privateKeyFile: await otherKey() }),
      )
      expect(message).toContain('agent')
    })

    test('user, port and address may come from ssh_config, and the inventory wins', async () => {
      const sshd = await client.sshd()
      const config = join(client.folder, 'config')
      await writeFile(config, `Host web\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  IdentityFile ${client.keyFile}\n`)
      const connection = { ...client.connection(1), address: 'web', port: undefined, privateKeyFile: undefined, sshConfigFiles: [config] }
      expect(await whoAnswers(connection)).toBe('it works\n')
      expect((await failure({ ...connection, port: 1 })).code).toBe('CONNECTION_REFUSED')
    })

    const otherKey = async () => {
      await writeFile(join(client.folder, 'other'), newKey().private)
      return join(client.folder, 'other')
    }
  })

  describe('host keys', () => {
    test.each([
      ['accept-new', undefined, 'taken', []],
      ['accept-new', false, 'refused', []],
      ['no', undefined, 'refused', ['StrictHostKeyChecking no in ssh_config is not obeyed: host keys are always checked']],
      ['off', true, 'taken', ['StrictHostKeyChecking off in ssh_config is not obeyed: host keys are always checked']],
      ['ask', undefined, 'refused', []],
    ] as const)(
      'with StrictHostKeyChecking %s in ssh_config and acceptNew %s an unknown host is %s',
      async (strict, acceptNew, end, told) => {
        const sshd = await client.sshd()
        await writeFile(client.knownHostsFile, '')
        const config = join(client.folder, 'config')
        await writeFile(config, `StrictHostKeyChecking ${strict}\n`)
        const warnings: string[] = []
        const connection = { ...client.connection(sshd.port), acceptNew, sshConfigFiles: [config] }
        const opened = await openSession(connection, { onWarning: message => void warnings.push(message) }).catch((error: Error) => error)
        expect('code' in opened ? opened.code : 'taken').toBe(end === 'taken' ? 'taken' : 'HOST_KEY_UNKNOWN')
        if ('close' in opened) await opened.close()
        expect(warnings).toEqual(told.map(text => expect.stringContaining(text) as unknown))
      },
    )

    test('an unknown host is refused with its fingerprint and the option that would take it', async () => {
      const sshd = await client.sshd()
      await writeFile(client.knownHostsFile, '')
      const error = await failure(client.connection(sshd.port))
      expect(error).toMatchObject({ code: 'HOST_KEY_UNKNOWN', hostName: `[127.0.0.1]:${sshd.port}` })
      expect(error.message).toMatch(/ssh-ed25519 SHA256:[A-Za-z0-9+/]{43}\)/)
      expect(error.next).toContain('--ssh-accept-new')
      expect(sshd.logins).toEqual([])
      expect(await client.knownHosts()).toBe('')
    })

    test('a changed key is refused with both fingerprints and the line, also when new ones are accepted', async () => {
      const sshd = await client.sshd()
      const other = await client.sshd()
      await writeFile(client.knownHostsFile, `# one\n${other.knownHost.replace(String(other.port), String(sshd.port))}`)
      for (const acceptNew of [false, true]) {
        const error = await failure(client.connection(sshd.port, { acceptNew }))
        expect(error.code).toBe('HOST_KEY_CHANGED')
        expect(new Set(error.message.match(/SHA256:[A-Za-z0-9+/]{43}/g)).size).toBe(2)
        expect(error.message).toContain(`${client.knownHostsFile}:2`)
      }
      expect(sshd.logins).toEqual([])
    })

    test('a revoked key is refused', async () => {
      const sshd = await client.sshd()
      await writeFile(client.knownHostsFile, `${sshd.knownHost}@revoked ${sshd.knownHost.replace(/^\S+/, '*')}`)
      expect((await failure(client.connection(sshd.port, { acceptNew: true }))).code).toBe('HOST_KEY_REVOKED')
    })

    test('a new host is accepted when that is wanted, and known from then on', async () => {
      const sshd = await client.sshd()
      await writeFile(client.knownHostsFile, '# no newline at its end')
      expect(await whoAnswers(client.connection(sshd.port, { acceptNew: true }))).toBe('it works\n')
      expect(await client.knownHosts()).toBe(`# no newline at its end\n${sshd.knownHost}`)
      expect(await whoAnswers(client.connection(sshd.port))).toBe('it works\n')
    })

    test('the key of a new host is kept although the login is refused', async () => {
      const sshd = await client.sshd({ authorizedKeys: [] })
      await writeFile(client.knownHostsFile, '')
      expect((await failure(client.connection(sshd.port, { acceptNew: true }))).code).toBe('AUTHENTICATION_FAILED')
      expect(await client.knownHosts()).toBe(sshd.knownHost)
    })

    test.each([
      ['rsa', 1],
      ['ecdsa', 2],
    ] as const)('a host that is known by its %s key only is asked for that one', async (type, index) => {
      const sshd = await client.sshd({ hostKeys: [newKey('ed25519').private, newKey('rsa').private, newKey('ecdsa').private] })
      await writeFile(client.knownHostsFile, `${sshd.knownHost.split('\n')[index]}\n`)
      expect(await whoAnswers(client.connection(sshd.port))).toBe('it works\n')
      expect(type).toBeDefined()
    })
  })

  describe('hosts that do not answer as they should', () => {
    let server: Server | undefined
    afterEach(() => void server?.close())
    const listen = async (onSocket: (socket: Socket) => void) => {
      server = createServer(socket => (socket.on('error', () => {}), onSocket(socket)))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    }

    test('nothing listens', async () => {
      const port = await listen(() => {})
      server!.close()
      expect(await failure(client.connection(port))).toMatchObject({
        code: 'CONNECTION_REFUSED',
        message: `n1: nothing listens on 127.0.0.1 port ${port}`,
      })
    })

    test('there is no such name', async () => {
      const error = await failure(client.connection(22, { address: 'n1.invalid' }))
      expect(error.code).toBe('CONNECTION_FAILED')
    })

    test('a host that takes the connection and never speaks', async () => {
      const port = await listen(() => {})
      const started = performance.now()
      const error = await failure(client.connection(port, { connectTimeoutMs: 300 }))
      expect(error).toMatchObject({ code: 'CONNECT_TIMEOUT' })
      expect(error.message).toContain('accepted the connection but finished no key exchange within 0.3 s')
      expect(performance.now() - started).toBeLessThan(1500)
    })

    test('a host that speaks something else', async () => {
      const port = await listen(socket => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
      const error = await failure(client.connection(port, { connectTimeoutMs: 300 }))
      expect(['CONNECT_TIMEOUT', 'CONNECTION_FAILED']).toContain(error.code)
    })

    test('a shell that never comes', async () => {
      const sshd = await client.sshd({ muteExec: true })
      expect((await failure(client.connection(sshd.port, { connectTimeoutMs: 300 }))).code).toBe('CONNECT_TIMEOUT')
    })

    test('an account without a shell is told in its own words', async () => {
      const sshd = await client.sshd({
        onExec: channel => {
          channel.write('This account is currently not available.\n')
          channel.exit(1)
          channel.end()
        },
      })
      const error = await failure(client.connection(sshd.port))
      expect(error).toMatchObject({
        code: 'NO_SHELL',
        message: 'n1: login worked but no shell answered: This account is currently not available.',
      })
    })

    test('a forced command that prints without end', async () => {
      const sshd = await client.sshd({ onExec: channel => void channel.write(Buffer.alloc(2_000_000, 'x')) })
      expect((await failure(client.connection(sshd.port))).code).toBe('NO_SHELL')
    })

    test('sshd that drops connections is tried again with growing pauses, and told', async () => {
      const sshd = await client.sshd({ dropFirst: 2 })
      const retries: number[] = []
      const session = await openSession(client.connection(sshd.port), { onRetry: ({ pauseMs }) => void retries.push(pauseMs) })
      await session.close()
      expect(sshd.connections).toBe(3)
      expect(retries).toHaveLength(2)
      expect(retries[1]).toBeGreaterThanOrEqual(250)
    })

    test('a host where nothing listens is tried again as often as it was asked for, and else not at all', async () => {
      const port = await listen(() => {})
      server!.close()
      const tries = async (retries?: number) => {
        const told: [number, number, number][] = []
        const onRetry = ({ attempt, left, pauseMs }: Retry) => void told.push([attempt, left, pauseMs])
        await expect(openSession(client.connection(port, { retries }), { onRetry })).rejects.toMatchObject({ code: 'CONNECTION_REFUSED' })
        return told
      }
      expect(await tries()).toEqual([])
      expect(await tries(2)).toEqual([
        [1, 2, 0],
        [2, 1, 1000],
      ])
    })

    test('a refused login is never tried again', async () => {
      const sshd = await client.sshd({ authorizedKeys: [] })
      expect((await failure(client.connection(sshd.port, { retries: 3 }))).code).toBe('AUTHENTICATION_FAILED')
      expect(sshd.connections).toBe(1)
    })

    test('ssh_config says how long to wait, unless the connection says so itself', async () => {
      const port = await listen(() => {})
      const config = join(client.folder, 'config')
      await writeFile(config, 'ConnectTimeout 1\n')
      const connection = { ...client.connection(port), sshConfigFiles: [config] }
      expect((await failure({ ...connection, connectTimeoutMs: undefined })).message).toContain('within 1 s')
      expect((await failure({ ...connection, connectTimeoutMs: 200 })).message).toContain('within 0.2 s')
    })

    test('sshd that drops every connection is given up', async () => {
      const sshd = await client.sshd({ dropFirst: 100 })
      const error = await failure(client.connection(sshd.port, { retries: 1 }))
      expect(error).toMatchObject({ code: 'CONNECTION_FAILED', dropped: true })
      expect(sshd.connections).toBe(2)
    })
  })
})
