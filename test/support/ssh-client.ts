import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSession, type Connection } from '../../src/transport/session.js'
import { newKey, startSshd, type Sshd, type SshdOptions } from './sshd.js'

/** A controller's folder with a key and a known_hosts, and servers that take that key. */
export class SshClient {
  private readonly servers: Sshd[] = []
  private constructor(
    readonly folder: string,
    readonly key: { private: string; public: string },
  ) {}

  static async make(): Promise<SshClient> {
    const client = new SshClient(await mkdtemp(join(tmpdir(), 'netplay-ssh-')), newKey())
    await writeFile(client.keyFile, client.key.private, { mode: 0o600 })
    await writeFile(client.knownHostsFile, '')
    return client
  }

  get keyFile() {
    return join(this.folder, 'id_ed25519')
  }
  get knownHostsFile() {
    return join(this.folder, 'known_hosts')
  }
  knownHosts = () => readFile(this.knownHostsFile, 'utf8')

  /** A server that knows our key and that we know. */
  async sshd(options: SshdOptions = {}): Promise<Sshd> {
    const sshd = await startSshd({ authorizedKeys: [this.key.public], ...options })
    this.servers.push(sshd)
    await writeFile(this.knownHostsFile, sshd.knownHost, { flag: 'a' })
    return sshd
  }

  connection(port: number, more: Partial<Connection> = {}): Connection {
    return {
      host: 'n1',
      address: '127.0.0.1',
      port,
      user: 'anna',
      privateKeyFile: this.keyFile,
      knownHostsFiles: [this.knownHostsFile],
      acceptNew: false,
      agent: false,
      sshConfigFiles: [],
      connectTimeoutMs: 2000,
      ...more,
    }
  }

  async close() {
    await Promise.all(this.servers.map(server => server.close()))
    await rm(this.folder, { recursive: true })
  }
}

/** What one request over a session of its own says: `it works`. */
export async function whoAnswers(connection: Connection): Promise<string> {
  const session = await openSession(connection)
  const { stdout } = await session.request('echo it works', { purpose: 'facts' })
  await session.close()
  return stdout.toString()
}

/** Why no session is opened; one that opens is a failure of the test. */
export const failure = (connection: Connection) =>
  openSession(connection).then(
    () => Promise.reject(new Error('a session was opened')),
    (error: Error & { code: string; next: string; host: string }) => error,
  )
