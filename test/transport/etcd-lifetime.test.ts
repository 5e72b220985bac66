import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EtcdCluster } from '../../src/etcd.js'
import { describeWithEtcd, startEtcd, type EtcdUnderTest } from '../support/etcd.js'

/** Runs a story of etcd-child.ts in a process of its own. `left`: what it left in its temporary folder. */
async function tell(story: string, cluster: EtcdCluster) {
  const folder = mkdtempSync(join(tmpdir(), 'np-child-'))
  const program = join(process.cwd(), 'test/support/etcd-child.ts')
  const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR: folder, NODE_OPTIONS: '' }
  // tsx keeps a cache and a socket of its own in there.
  const child = spawn(process.execPath, ['--import', 'tsx', program, story, JSON.stringify(cluster)], {
    env: { ...env, TSX_DISABLE_CACHE: '1' },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  const [exit] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  const left = readdirSync(folder).filter(name => !name.startsWith('tsx-'))
  rmSync(folder, { recursive: true, force: true })
  return { exit, stderr, left, lingeredMs: (JSON.parse(stdout || '{}') as { lingeredMs?: number }).lingeredMs }
}
const nothingLeft = { exit: 0, stderr: '', left: [], lingeredMs: expect.any(Number) }

describeWithEtcd('a process that used etcd', () => {
  let server: EtcdUnderTest
  beforeAll(async () => {
    server = await startEtcd()
  }, 30_000)
  afterAll(() => server?.stop())

  test.each([
    ['v3', 'use'],
    ['v2', 'use'],
    ['v3', 'cutWhileIdle'],
    ['v2', 'cutWhileIdle'],
    ['v3', 'closeWhileReading'],
    ['v2', 'closeWhileReading'],
  ] as const)(
    '%s, %s: ends by itself at once, prints nothing, leaves nothing',
    async (api, story) => {
      const told = await tell(story, { ...server.cluster, api })
      expect(told).toEqual(nothingLeft)
      expect(told.lingeredMs).toBeLessThan(1000)
    },
    30_000,
  )

  test.each(['v3', 'v2'] as const)(
    '%s: an endpoint that hangs keeps nothing alive',
    async api => {
      const silent = createServer(socket => socket.on('error', () => {})).listen(0, '127.0.0.1')
      await once(silent, 'listening')
      const endpoints = [`https://127.0.0.1:${(silent.address() as AddressInfo).port}`, 'https://127.0.0.1:1']
      const told = await tell('unreachable', { ...server.cluster, api, endpoints })
      expect(told).toEqual(nothingLeft)
      expect(told.lingeredMs).toBeLessThan(1000)
      silent.close()
    },
    30_000,
  )
})

describeWithEtcd('the name that gRPC verifies etcd by', () => {
  const withNames = async (serverNames: string, serverCommonName: string) => {
    const server = await startEtcd({ serverNames, serverCommonName })
    return tell('use', server.cluster).finally(() => server.stop())
  }
  test.each([
    ['a DNS name beside the address', 'IP:127.0.0.1,DNS:etcd-1.example', 'no name of a host'],
    ['a wildcard alone', 'IP:127.0.0.1,DNS:*.etcd.example', 'no name of a host'],
    ['no name but the common one', 'IP:127.0.0.1', 'kubernetes'],
  ])(
    'a certificate with %s works without a warning of Node',
    async (_, serverNames, commonName) => {
      expect(await withNames(serverNames, commonName)).toEqual(nothingLeft)
    },
    30_000,
  )

  test('one without any works by its address, and Node warns that RFC 6066 has no such server name', async () => {
    expect(await withNames('IP:127.0.0.1', 'no name of a host')).toEqual({ ...nothingLeft, stderr: expect.stringContaining('DEP0123') })
  }, 30_000)
})
