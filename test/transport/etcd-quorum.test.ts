import type { EtcdMember } from '../../src/etcd.js'
import { openEtcd, withEtcd } from '../../src/transport/etcd.js'
import { describeWithEtcd, startEtcd, type EtcdUnderTest } from '../support/etcd.js'
import { LoopbackSession } from '../support/loopback-session.js'

const memberWhere = async (server: EtcdUnderTest, holds: 'leads' | 'follows') => {
  const members: EtcdMember[] = await withEtcd(new LoopbackSession(), server.cluster, etcd => etcd.health(), { connect: 'later' })
  return members.findIndex(({ memberId, leaderId }) => (memberId === leaderId) === (holds === 'leads'))
}

describeWithEtcd.each(['v3', 'v2'] as const)('three members of etcd, by the %s API', api => {
  let server: EtcdUnderTest
  beforeEach(async () => {
    server = await startEtcd({ members: 3, api })
  }, 40_000)
  afterEach(() => server?.stop())

  test('with one down everything works, and health tells which', async () => {
    await server.kill(0)
    await withEtcd(new LoopbackSession(), server.cluster, async etcd => {
      expect(await etcd.write([{ key: '/a', value: '1', ifRevision: 0 }])).toEqual({ done: true })
      expect(await etcd.read([{ key: '/a' }])).toMatchObject([{ value: '1' }])
      const members = await etcd.health()
      expect(members.map(({ reachable }) => reachable)).toEqual([false, true, true])
      expect(new Set(members.slice(1).map(({ clusterId, leaderId }) => `${clusterId} ${leaderId}`)).size).toBe(1)
    })
  }, 40_000)

  test('one that hangs costs its deadline once', async () => {
    const follower = await memberWhere(server, 'follows')
    server.signal(follower, 'SIGSTOP')
    const endpoints = [server.endpoints[follower]!, ...server.endpoints.filter((_, i) => i !== follower)]
    await withEtcd(
      new LoopbackSession(),
      { ...server.cluster, endpoints },
      async etcd => {
        const started = Date.now()
        for (let i = 0; i < 5; i++) await etcd.read([{ key: '/a' }])
        expect(Date.now() - started).toBeLessThan(2500)
      },
      { timeoutMs: 600 },
    )
  }, 40_000)

  test('the member we speak to dies between two reads, and it was the leader: another is asked', async () => {
    const leader = await memberWhere(server, 'leads')
    const endpoints = [server.endpoints[leader]!, ...server.endpoints.filter((_, i) => i !== leader)]
    await withEtcd(new LoopbackSession(), { ...server.cluster, endpoints }, async etcd => {
      await etcd.write([{ key: '/a', value: '1', ifRevision: 0 }])
      await server.kill(leader)
      expect(await etcd.read([{ key: '/a' }])).toMatchObject([{ value: '1' }])
    })
  }, 40_000)

  test('with two down there is no quorum, and that is said, each endpoint with its reason', async () => {
    await Promise.all([server.kill(0), server.kill(1)])
    // The one that is left notices after an election timeout.
    await new Promise(resolve => setTimeout(resolve, 1500))
    const started = Date.now()
    const error = await openEtcd(new LoopbackSession(), server.cluster, { timeoutMs: 2500 })
      .then(etcd => etcd.read([{ key: '/a' }]).finally(() => etcd.close()))
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'ETCD_NO_QUORUM',
      troubles: [{ kind: 'refused' }, { kind: 'refused' }, { kind: 'no-leader', endpoint: server.endpoints[2] }],
    })
    expect(Date.now() - started).toBeLessThan(15_000)
    const members = await withEtcd(new LoopbackSession(), server.cluster, etcd => etcd.health(), { connect: 'later' })
    expect(members[2]).toMatchObject({ reachable: true, leaderId: null })
  }, 40_000)

  test('quorum is lost while we are connected: a write ends with an error, and nothing hangs', async () => {
    await withEtcd(
      new LoopbackSession(),
      server.cluster,
      async etcd => {
        await etcd.read([{ key: '/a' }])
        await Promise.all([server.kill(1), server.kill(2)])
        const write = etcd.write([{ key: '/a', value: '1', ifRevision: 0 }])
        await expect(write).rejects.toMatchObject({ code: 'ETCD_NO_QUORUM', leftAs: 'whether /a was written in etcd is unknown' })
      },
      { timeoutMs: 2500 },
    )
  }, 40_000)
})
