import { openEtcd, withEtcd } from '../../src/transport/etcd.js'
import { openSession, type Session } from '../../src/transport/session.js'
import { describeWithEtcd, startEtcd, type EtcdUnderTest } from '../support/etcd.js'
import { SshClient } from '../support/ssh-client.js'
import type { Sshd } from '../support/sshd.js'

describeWithEtcd.each(['v3', 'v2'] as const)('etcd %s through the channels of a real SSH connection', api => {
  let server: EtcdUnderTest
  let client: SshClient
  let sshd: Sshd
  let session: Session

  beforeAll(async () => {
    server = await startEtcd({ api })
  }, 30_000)
  afterAll(() => server?.stop())
  beforeEach(async () => {
    client = await SshClient.make()
    sshd = await client.sshd()
    session = await openSession(client.connection(sshd.port))
  })
  afterEach(async () => {
    await session?.close()
    await client?.close()
  })

  test('reads, writes and tells its health', async () => {
    await withEtcd(session, server.cluster, async etcd => {
      expect(await etcd.write([{ key: '/ssh', value: 'x'.repeat(300_000), ifRevision: 0 }])).toEqual({ done: true })
      const found = await Promise.all(Array.from({ length: 8 }, () => etcd.read([{ key: '/ssh' }])))
      expect(found.flat().every(({ value }) => value?.length === 300_000)).toBe(true)
      expect(await etcd.health()).toMatchObject([{ reachable: true, alarms: [] }])
    })
    expect(Object.fromEntries(session.requestCounts)).toEqual({ etcd: 1 })
  })

  test('sshd cannot connect to a dead endpoint: said for that endpoint, the next one is used', async () => {
    const endpoints = ['https://127.0.0.1:1', ...server.endpoints]
    await withEtcd(session, { ...server.cluster, endpoints }, async etcd => expect(await etcd.read([{ key: '/none' }])).toHaveLength(1))
    await expect(openEtcd(session, { ...server.cluster, endpoints: endpoints.slice(0, 1) })).rejects.toMatchObject({
      code: 'ETCD_UNREACHABLE',
      troubles: [{ endpoint: 'https://127.0.0.1:1', kind: expect.stringMatching(/refused|lost/) as string }],
    })
  })

  test('the SSH connection is cut: the host is lost, and nothing hangs', async () => {
    const etcd = await openEtcd(session, server.cluster)
    sshd.cut()
    await expect(etcd.read([{ key: '/none' }])).rejects.toMatchObject({ code: 'CONNECTION_LOST', host: 'n1' })
    await etcd.close()
  })
})
