import { openEtcd, withEtcd, type Etcd } from '../../src/transport/etcd.js'
import { describeWithEtcd, startEtcd, type EtcdUnderTest } from '../support/etcd.js'
import { LoopbackSession } from '../support/loopback-session.js'

describeWithEtcd('etcd v2 over HTTPS through a host', () => {
  let server: EtcdUnderTest
  let session: LoopbackSession
  let etcd: Etcd

  beforeAll(async () => {
    server = await startEtcd({ api: 'v2' })
    session = new LoopbackSession()
    etcd = await openEtcd(session, server.cluster)
  }, 30_000)
  afterAll(async () => {
    await etcd?.close()
    await server?.stop()
  })

  test('a key that does not exist reads as null at revision 0', async () => {
    expect(await etcd.read([{ key: '/none' }])).toEqual([{ key: '/none', value: null, revision: 0 }])
  })

  test('what etcdctl of that time set is read with its index, and it reads what was written', async () => {
    await server.ctl2('set', '/coreos.com/network/config', '{"Network":"10.200.0.0/16"}')
    const [value] = await etcd.read([{ key: '/coreos.com/network/config' }])
    expect(value).toEqual({ key: '/coreos.com/network/config', value: '{"Network":"10.200.0.0/16"}', revision: expect.any(Number) })
    expect(await etcd.write([{ key: '/coreos.com/network/config', value: '{}', ifRevision: value!.revision }])).toEqual({ done: true })
    expect(await server.ctl2('get', '/coreos.com/network/config')).toBe('{}\n')
  })

  test('it is not the keyspace of the v3 API (P34)', async () => {
    await server.ctl('put', '/only-in-v3', 'x')
    expect(await etcd.read([{ key: '/only-in-v3' }])).toMatchObject([{ value: null }])
  })

  test('values and names arrive as they are, whatever is in them', async () => {
    const values = ['', ' +&=%', `{"a":"'\\"$(id)\`"}`, 'línea\n日本', 'x'.repeat(200_000)]
    for (const [i, value] of values.entries()) await etcd.write([{ key: `/odd/a&b %2F+${i}`, value, ifRevision: 0 }])
    const found = await etcd.read(values.map((_, i) => ({ key: `/odd/a&b %2F+${i}` })))
    expect(found.map(({ key, value }) => [key, value])).toEqual(values.map((value, i) => [`/odd/a&b %2F+${i}`, value]))
  })

  test('a prefix gives every key of a directory however deep, no directories, and seconds to live', async () => {
    await server.ctl2('set', '--ttl', '86400', '/net/subnets/10.200.1.0-24', 'lease')
    await server.ctl2('set', '/net/subnets/deep/er', 'x')
    await server.ctl2('mkdir', '/net/subnets/empty')
    await server.ctl2('set', '/netx', 'x')
    const found = await etcd.read([
      { key: '/net/', prefix: true },
      { key: '/nothing/', prefix: true },
    ])
    expect(found).toEqual([
      { key: '/net/subnets/10.200.1.0-24', value: 'lease', revision: expect.any(Number), ttlSeconds: expect.any(Number) },
      { key: '/net/subnets/deep/er', value: 'x', revision: expect.any(Number) },
    ])
    expect(found[0]!.ttlSeconds).toBeGreaterThan(86_000)
  })

  test('when one key has moved nothing is written, and it is told as it is now', async () => {
    await server.ctl2('set', '/all/taken', 'theirs')
    const result = await etcd.write([
      { key: '/all/free', value: 'ours', ifRevision: 0 },
      { key: '/all/taken', value: 'ours', ifRevision: 0 },
    ])
    expect(result).toEqual({ done: false, moved: [{ key: '/all/taken', value: 'theirs', revision: expect.any(Number) }] })
    expect(await etcd.read([{ key: '/all/', prefix: true }])).toHaveLength(1)
  })

  test('of two who write what they both read, one is refused, for a new key, a change and a deletion', async () => {
    for (const value of ['made', 'changed', null]) {
      const { revision } = (await etcd.read([{ key: '/race' }]))[0]!
      const attempts = [1, 2].map(i => etcd.write([{ key: '/race', value: value && `${value} by ${i}`, ifRevision: revision }]))
      const results = (await Promise.all(attempts)).map(({ done }) => done)
      expect(results.sort()).toEqual([false, true])
    }
  })

  test('a write by value is done only while the key has that value', async () => {
    await server.ctl2('set', '/undo', 'ours')
    expect(await etcd.write([{ key: '/undo', value: 'before', ifValue: 'ours' }])).toEqual({ done: true })
    const again = await etcd.write([{ key: '/undo', value: 'before', ifValue: 'ours' }])
    expect(again).toMatchObject({ done: false, moved: [{ key: '/undo', value: 'before' }] })
    expect(await etcd.write([{ key: '/undo', value: null, ifValue: 'before' }])).toEqual({ done: true })
    expect(await etcd.write([{ key: '/undo', value: 'x', ifValue: null }])).toEqual({ done: true })
    expect(await etcd.write([{ key: '/undo', value: 'x', ifValue: null }])).toMatchObject({ done: false })
  })

  test('deleting what is absent is done', async () => {
    expect(await etcd.write([{ key: '/never', value: null, ifRevision: 0 }])).toEqual({ done: true })
  })

  test('a directory in the place of a key is refused in words', async () => {
    await server.ctl2('mkdir', '/folder')
    await expect(etcd.read([{ key: '/folder' }])).rejects.toMatchObject({ code: 'ETCD_REFUSED', words: '/folder is a directory' })
    await server.ctl2('set', '/leaf', 'x')
    await expect(etcd.write([{ key: '/leaf/below', value: 'x', ifRevision: 0 }])).rejects.toMatchObject({ code: 'ETCD_REFUSED' })
  })

  test('the line is cut between two reads: the second connects again', async () => {
    session.cut()
    expect(await etcd.read([{ key: '/none' }])).toHaveLength(1)
  })

  test('a write whose answer was lost is found done, and not taken for somebody else’s', async () => {
    await etcd.read([{ key: '/lost' }])
    session.swallowAnswer(1)
    expect(await etcd.write([{ key: '/lost', value: 'once', ifRevision: 0 }])).toEqual({ done: true })
    expect(session.swallowed).toBe(1)
    expect(await server.ctl2('-o', 'extended', 'get', '/lost')).toMatch(/Created-Index: (\d+)\nModified-Index: \1\n/)
  })

  test('health tells leader and ids by this API too', async () => {
    expect(await etcd.health()).toMatchObject([
      { reachable: true, serves: { v2: true, v3: true }, leaderId: expect.stringMatching(/^[0-9a-f]+$/) },
    ])
  })
})

describeWithEtcd('etcd without the v2 API', () => {
  test('says that it must be started with --enable-v2, and its version', async () => {
    const server = await startEtcd({ api: 'v2', enableV2: false })
    try {
      const session = new LoopbackSession()
      await expect(openEtcd(session, server.cluster)).rejects.toMatchObject({
        code: 'ETCD_API_MISSING',
        message: expect.stringMatching(/version 3\.4\.\d+\) does not serve the v2 API/),
        next: expect.stringContaining('--enable-v2'),
      })
      await new Promise(resolve => setTimeout(resolve, 20))
      expect(session.streams.size).toBe(0)
      const members = await withEtcd(session, server.cluster, etcd => etcd.health(), { connect: 'later' })
      expect(members).toMatchObject([{ reachable: true, serves: { v2: false, v3: true }, leaderId: expect.any(String) }])
    } finally {
      await server.stop()
    }
  }, 30_000)
})
