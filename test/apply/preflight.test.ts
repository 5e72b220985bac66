import { takeHost } from '../../src/apply/begin.js'
import { preflight } from '../../src/apply/preflight.js'
import type { EtcdPool } from '../../src/plan/etcd-pool.js'
import type { ClusterItem } from '../../src/plan/plan.js'
import { EtcdUnreachableError } from '../../src/transport/etcd-errors.js'
import { noEtcd, planOf } from './plans.js'
import { fileItem, fileThing, openTestHost, planHost, type TestHost } from './test-host.js'

let hosts: TestHost[]
beforeEach(async () => {
  hosts = await Promise.all(['h1', 'h2'].map(name => openTestHost({ name })))
})
afterEach(() => Promise.all(hosts.map(host => host.close())))

const plan = (items: ClusterItem[] = []) =>
  planOf(
    Object.fromEntries(
      hosts.map(host => [host.session.host, planHost([fileThing(host, 'a', ['absent', 'x']), fileThing(host, 'kept', ['as it is'])])]),
    ),
    {
      work: Object.fromEntries(hosts.map((host, i) => [host.session.host, [...(i === 0 ? items : []), fileItem(host, 'a', 'x')]])),
    },
  )
const look = (made = plan(), etcd: EtcdPool = noEtcd) =>
  preflight({ plan: made, sessions: new Map(hosts.map(({ session }) => [session.host, session])), etcd, forks: 5 })

beforeEach(() => Promise.all(hosts.map(host => host.write('kept', 'as it is'))))

test('nothing has moved, nothing was used: one request a host, and nothing is written', async () => {
  expect(await look()).toEqual({ used: [], refused: new Map(), moved: [] })
  expect(hosts.map(({ session }) => [...session.requestCounts])).toEqual([[['preflight', 1]], [['preflight', 1]]])
  expect(hosts.some(host => host.has('lib') || host.has('run'))).toBe(false)
})

test('every thing that moved is named, also one that the plan leaves as it is', async () => {
  await hosts[1]!.write('a', 'mine')
  await hosts[1]!.write('kept', 'not any more')
  const { refused } = await look()
  expect([...refused.keys()]).toEqual(['h2'])
  expect(refused.get('h2')).toMatchObject({
    code: 'MOVED',
    moved: [
      { key: 'file:a', planned: 'word=absent', now: 'word=mine' },
      { key: 'file:kept', planned: 'word=as it is', now: 'word=not any more' },
    ],
  })
})

test('hosts that remember the plan are named', async () => {
  await takeHost({ plan: plan(), owner: 'ann' }, hosts[0]!.session, planHost([]))
  expect((await look()).used).toEqual(['h1'])
})

test('a host that is lost is refused, the others are compared', async () => {
  await hosts[0]!.session.close()
  const { refused } = await look()
  expect([...refused].map(([host, { code }]) => [host, code])).toEqual([['h1', 'CONNECTION_LOST']])
})

describe('keys of the cluster', () => {
  const cluster = { api: 'v3' as const, endpoints: ['https://192.0.2.1:2379'] }
  const item = (place: number, write: ClusterItem['writes'][number]): ClusterItem => ({
    type: 'cluster',
    id: `s1.h1.${place}`,
    role: 'seed',
    task: 'Seed',
    kind: 'etcd-key',
    key: 'etcd3:/k',
    action: 'create',
    changes: [],
    cluster,
    writes: [write],
    undo: [],
  })
  const holding = (value: string | null, revision: number): EtcdPool => ({
    get: async () => ({
      read: async reads => reads.map(({ key }) => ({ key, value, revision })),
      write: () => Promise.reject(new Error('it only looks')),
    }),
  })
  // A second write of a key is about what the first one leaves, not about what is there now.
  const twoWrites = () => plan([item(8, { key: '/k', value: 'one', ifRevision: 0 }), item(9, { key: '/k', value: 'two', ifValue: 'one' })])

  test('are compared with what was read', async () => {
    expect((await look(twoWrites(), holding(null, 0))).moved).toEqual([])
    expect((await look(twoWrites(), holding('theirs', 7))).moved).toMatchObject([{ code: 'CLUSTER_MOVED' }])
  })

  test('that cannot be read count as moved, with why', async () => {
    const unreachable: EtcdPool = { get: () => Promise.reject(new EtcdUnreachableError('h1', [])) }
    expect((await look(twoWrites(), unreachable)).moved).toMatchObject([{ code: 'ETCD_UNREACHABLE' }])
  })
})
