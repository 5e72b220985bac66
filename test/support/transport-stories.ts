import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Secret } from '../../src/secret.js'
import { openSession, type Become, type Connection, type Reply } from '../../src/transport/session.js'

/**
 * Run inside the lab's network namespace by test/e2e/transport.test.ts: tells one story a line, as JSON. After
 * `{"ask":…}` it waits for a line of its parent.
 */
interface Given {
  address: string
  keyFile: string
  knownHostsFile: string
  emptyFile: string
  otherHostsFile: string
}
const given = JSON.parse(process.argv[2]!) as Given
const root: Connection = {
  host: 'n1',
  address: given.address,
  user: 'root',
  privateKeyFile: given.keyFile,
  knownHostsFiles: [given.knownHostsFile],
  acceptNew: false,
  agent: false,
  sshConfigFiles: [],
}
const as = (user: string, become?: Become): Connection => ({ ...root, user, become })
const sudo = (password: string): Become => ({ password: new Secret(password) })
const byPassword = (password: string): Connection => ({
  ...as('pass', sudo('lab-login-pw')),
  privateKeyFile: given.keyFile,
  password: new Secret(password),
})
const tell = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
const shown = ({ stdout, stderr, ending }: Reply) => ({ stdout: stdout.toString(), stderr: stderr.toString(), ending })
const told = (error: Error & { code?: string }) => ({ code: error.code, message: error.message })

async function story(name: string, connection: Connection, body: (session: Awaited<ReturnType<typeof openSession>>) => Promise<unknown>) {
  const started = performance.now()
  try {
    const session = await openSession(connection)
    tell({ story: name, result: await body(session).catch(told), ms: performance.now() - started })
    await session.close()
  } catch (error) {
    tell({ story: name, refused: told(error as Error), ms: performance.now() - started })
  }
}

const whoami = (session: { request: (script: string, options: { purpose: string }) => Promise<Reply> }) =>
  session.request('id -un; echo "$LC_ALL $PWD"; echo err >&2', { purpose: 'facts' }).then(shown)

await story('root', root, whoami)
await story('sudo with a password', as('ops', sudo('lab-sudo-pw')), whoami)
await story('sudo without one', as('auto', {}), whoami)
await story('sudo that does not ask', as('auto', sudo('never sent')), whoami)
await story('login and sudo by password', byPassword('lab-login-pw'), whoami)
await story('another user', as('auto', { user: 'ops' }), whoami)
await story('wrong sudo password', as('ops', sudo('wrong')), whoami)
await story('no sudo password', as('ops', {}), whoami)
await story('unknown user of sudo', as('auto', { user: 'nobody-here' }), whoami)
await story('wrong login password', byPassword('wrong'), whoami)
await story('unknown host', { ...root, knownHostsFiles: [given.emptyFile] }, whoami)
await story('changed host', { ...root, knownHostsFiles: [given.otherHostsFile], acceptNew: true }, whoami)
await story('nothing listens', { ...root, port: 2222 }, whoami)
await story('shell killed', as('ops', sudo('lab-sudo-pw')), async session => {
  const killed = await session.request('kill -9 $PPID; sleep 5', { purpose: 'program' }).catch(told)
  return { killed, after: await session.request('echo again', { purpose: 'facts' }).then(shown) }
})
await story('51 MB', as('ops', sudo('lab-sudo-pw')), async session => {
  const block = Buffer.alloc(1 << 20, 'netplay')
  const sizeBytes = 51 * block.length
  const digest = createHash('sha256')
  for (let i = 0; i < 51; i++) digest.update(block)
  const before = process.memoryUsage().rss
  let most = 0
  const blocks = (async function* () {
    for (let i = 0; i < 51; i++) {
      most = Math.max(most, process.memoryUsage().rss)
      yield block
    }
  })()
  const { Readable } = await import('node:stream')
  const script = 'f=$(mktemp); cat >"$f"; sha256sum <"$f"; rm "$f"'
  const { stdout } = await session.request(script, { purpose: 'upload', stdin: { stream: Readable.from(blocks), sizeBytes } })
  return { same: stdout.toString().startsWith(digest.digest('hex')), grownBytes: most - before }
})
await story('cable pulled', { ...root, keepalive: { intervalMs: 300, count: 3 } }, async session => {
  const running = session.request('echo begun; sleep 30', { purpose: 'program', onStdout: () => tell({ ask: 'pull the cable' }) })
  const lost = await running.catch(told)
  return { lost, later: await session.request('echo x', { purpose: 'facts' }).catch(told) }
})
tell({ ask: 'put the cable back' })
const answers = createInterface({ input: process.stdin })
await once(answers, 'line')
answers.close()
await story('power cut', root, async session =>
  session.request('echo begun; sleep 30', { purpose: 'program', onStdout: () => tell({ ask: 'cut the power' }), timeoutMs: 20_000 }),
)
