import { openEtcd, withEtcd, type Etcd } from '../../src/transport/etcd.js'
import { describeWithEtcd, startEtcd, type EtcdUnderTest } from '../support/etcd.js'
import { LoopbackSession } from '../support/loopback-session.js'

describeWithEtcd('etcd v3 over TLS through a host', () => {
  let server: EtcdUnderTest
  let session: LoopbackSession
  let etcd: Etcd

  beforeAll(async () => {
    server = await startEtcd()
    session = new LoopbackSession()
    etcd = await openEtcd(session, server.cluster)
  }, 30_000)
  afterAll(async () => {
    await etcd?.close()
    await server?.stop()
  })

  test('the certificates are read from the host by one request', () => {
    expect(Object.fromEntries(session.requestCounts)).toEqual({ etcd: 1 })
  })

  test('a key that does not exist reads as null at revision 0', async () => {
    expect(await etcd.read([{ key: '/none' }])).toEqual([{ key: '/none', value: null, revision: 0 }])
  })

  test('what etcdctl put is read with its revision, and etcdctl reads what was written', async () => {
    await server.ctl('put', '/ctl', 'from etcdctl')
    const [value] = await etcd.read([{ key: '/ctl' }])
    expect(value).toEqual({ key: '/ctl', value: 'from etcdctl', revision: expect.any(Number) })
    expect(await etcd.write([{ key: '/ctl', value: 'ours', ifRevision: value!.revision }])).toEqual({ done: true })
    expect(await server.ctl('get', '/ctl', '--print-value-only')).toBe('ours\n')
  })

  test('values arrive as they are, whatever is in them', async () => {
    const values = ['', ' ', `{"a":"'\\"$(id)\`"}`, 'línea\n日本\u0000\u001b[31m', 'x'.repeat(1_000_000)]
    await etcd.write(values.map((value, i) => ({ key: `/odd/${i}`, value, ifRevision: 0 })))
    expect((await etcd.read(values.map((_, i) => ({ key: `/odd/${i}` })))).map(({ value }) => value)).toEqual(values)
  })

  test('a prefix gives every key under it with its full name, and nothing beside it', async () => {
    const subnets = ['/net/subnets/10.200.1.0-24', '/net/subnets/10.200.2.0-24&fc00:0:0:5::-64']
    await etcd.write([...subnets, '/net/config', '/net/subnetsx'].map(key => ({ key, value: key, ifRevision: 0 })))
    const found = await etcd.read([{ key: '/net/subnets/', prefix: true }, { key: '/net/config' }, { key: '/net/nothing/', prefix: true }])
    expect(found.map(({ key, value }) => [key, value])).toEqual([...subnets, '/net/config'].map(key => [key, key]))
  })

  test('more reads than etcd takes in one transaction', async () => {
    const reads = Array.from({ length: 300 }, (_, i) => ({ key: `/many/${i}` }))
    expect((await etcd.read(reads)).map(({ key }) => key)).toEqual(reads.map(({ key }) => key))
  })

  test('a prefix with more under it than gRPC takes by default', async () => {
    for (let i = 0; i < 6; i++) await etcd.write([{ key: `/big/${i}`, value: 'y'.repeat(1_000_000), ifRevision: 0 }])
    expect((await etcd.read([{ key: '/big/', prefix: true }])).reduce((sum, { value }) => sum + value!.length, 0)).toBe(6_000_000)
  })

  test('all writes are done or none: one that moved stops the others and is told as it is now', async () => {
    await server.ctl('put', '/txn/taken', 'theirs')
    const result = await etcd.write([
      { key: '/txn/free', value: 'ours', ifRevision: 0 },
      { key: '/txn/taken', value: 'ours', ifRevision: 0 },
    ])
    expect(result).toEqual({ done: false, moved: [{ key: '/txn/taken', value: 'theirs', revision: expect.any(Number) }] })
    expect(await etcd.read([{ key: '/txn/', prefix: true }])).toHaveLength(1)
  })

  test('of two who write what they both read, one is refused', async () => {
    await server.ctl('put', '/race', '0')
    const { revision } = (await etcd.read([{ key: '/race' }]))[0]!
    const results = await Promise.all(['a', 'b'].map(value => etcd.write([{ key: '/race', value, ifRevision: revision }])))
    expect(results.map(({ done }) => done).sort()).toEqual([false, true])
  })

  test('a write by value is done only while the key has that value', async () => {
    await server.ctl('put', '/undo', 'ours')
    expect(await etcd.write([{ key: '/undo', value: 'before', ifValue: 'ours' }])).toEqual({ done: true })
    const again = await etcd.write([{ key: '/undo', value: 'before', ifValue: 'ours' }])
    expect(again).toMatchObject({ done: false, moved: [{ key: '/undo', value: 'before' }] })
    expect(await etcd.write([{ key: '/undo', value: 'x', ifValue: null }])).toMatchObject({ done: false })
    expect(await etcd.write([{ key: '/undo/new', value: 'x', ifValue: null }])).toEqual({ done: true })
  })

  test('null deletes, only what was read', async () => {
    await server.ctl('put', '/gone', '1')
    expect(await etcd.write([{ key: '/gone', value: null, ifRevision: 1 }])).toMatchObject({ done: false })
    expect(await etcd.write([{ key: '/gone', value: null, ifValue: '1' }])).toEqual({ done: true })
    expect(await server.ctl('get', '/gone')).toBe('')
  })

  test('a write that compares with nothing is a mistake of ours', async () => {
    await expect(etcd.write([{ key: '/blind', value: '1' }])).rejects.toThrow(RangeError)
  })

  test('what etcd itself refuses is told in its words', async () => {
    const twice = [1, 2].map(i => ({ key: '/twice', value: `${i}`, ifRevision: 0 }))
    await expect(etcd.write(twice)).rejects.toMatchObject({ code: 'ETCD_REFUSED', words: expect.stringMatching(/duplicate key/) })
  })

  test('the line is cut between two reads: the second connects again', async () => {
    session.cut()
    expect(await etcd.read([{ key: '/none' }])).toHaveLength(1)
  })

  test('a write whose answer was lost is found done, and not taken for somebody else’s', async () => {
    const before = Number((await etcd.read([{ key: '/none' }, { key: '/lost' }]))[1]!.revision)
    expect(before).toBe(0)
    session.swallowAnswer()
    expect(await etcd.write([{ key: '/lost', value: 'once', ifRevision: 0 }])).toEqual({ done: true })
    expect(session.swallowed).toBe(1)
    expect(await server.ctl('get', '/lost', '--write-out=json')).toContain('"version":1')
  })

  test('health tells version, leader, ids and size without touching a key', async () => {
    const [member] = await etcd.health()
    expect(member).toMatchObject({ endpoint: server.endpoints[0], reachable: true, alarms: [], serves: { v2: true, v3: true } })
    expect(member!.version).toMatch(/^3\.\d+\.\d+$/)
    expect(member!.leaderId).toBe(member!.memberId)
    expect(member!.clusterId).toMatch(/^[0-9a-f]+$/)
    expect(member!.dbSizeBytes).toBeGreaterThan(1_000_000)
  })

  test('after close nothing is open, closing twice is closing once, and asking is a mistake of ours', async () => {
    const own = new LoopbackSession()
    const opened = await openEtcd(own, server.cluster)
    await opened.read([{ key: '/none' }])
    expect(own.streams.size).toBeGreaterThan(0)
    await opened.close()
    await opened.close()
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(own.streams.size).toBe(0)
    await expect(opened.read([{ key: '/none' }])).rejects.toThrow('after it was closed')
  })

  test('withEtcd closes also when its user throws', async () => {
    const own = new LoopbackSession()
    await expect(withEtcd(own, server.cluster, () => Promise.reject(new Error('user')))).rejects.toThrow('user')
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(own.streams.size).toBe(0)
  })
})

describeWithEtcd('alarms of etcd v3', () => {
  test('a full database is an alarm in its health, and a write says so', async () => {
    const server = await startEtcd({ args: ['--quota-backend-bytes', '200000'] })
    try {
      await withEtcd(new LoopbackSession(), server.cluster, async etcd => {
        const fill = async () => {
          for (let i = 0; i < 100; i++) await etcd.write([{ key: `/fill/${i}`, value: 'z'.repeat(50_000), ifRevision: 0 }])
        }
        await expect(fill()).rejects.toMatchObject({ code: 'ETCD_REFUSED', next: expect.stringMatching(/defragment/) })
        expect(await etcd.health()).toMatchObject([{ alarms: ['NOSPACE'] }])
      })
    } finally {
      await server.stop()
    }
  }, 30_000)
})
