import { join } from 'node:path'
import { takeHost } from '../../src/apply/begin.js'
import { preflight } from '../../src/apply/preflight.js'
import type { EtcdPool } from '../../src/plan/etcd-pool.js'
import type { ClusterItem, Plan, PlannedCheck } from '../../src/plan/plan.js'
import { etcdState } from '../../src/resources/etcd-key.js'
import type { CheckKind } from '../../src/resources/resource.js'
import { sh } from '../../src/shell.js'
import { EtcdUnreachableError } from '../../src/transport/etcd-errors.js'
import { noEtcd, planOf } from './plans.js'
import { fileItem, fileThing, openTestHost, planHost, type TestHost } from './test-host.js'

const cluster = { api: 'v3' as const, endpoints: ['https://192.0.2.1:2379'] }
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
/** A file of the host has no word `bad` in it, and nobody has a key of etcd without a value. */
const fine: CheckKind<{ file: string }> = {
  kind: 'fine',
  scope: 'host',
  probe: ({ file }) => sh`cat ${file} 2>/dev/null`,
  verdict: (_params, _seen, { output }) =>
    output.includes('bad') ? { holds: false, reason: 'it is bad', evidence: output, next: 'Mend it.' } : { holds: true },
}
const seeded: CheckKind<object> = {
  kind: 'seeded',
  scope: 'host',
  clusterReads: () => [{ cluster, reads: [{ key: '/leases/', prefix: true }] }],
  verdict: (_params, { etcd }) => (etcd.length > 1 ? { holds: false, reason: 'two leases' } : { holds: true }),
}
const look = (made = plan(), etcd: EtcdPool = noEtcd) =>
  preflight({
    plan: made,
    sessions: new Map(hosts.map(({ session }) => [session.host, session])),
    etcd,
    forks: 5,
    checkKind: (_role, kind) => (kind === 'fine' ? fine : seeded),
  })

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

describe('preconditions', () => {
  const withChecks = (checks: (host: TestHost) => PlannedCheck[]): Plan => {
    const made = plan()
    const preconditions = Object.fromEntries(hosts.map(host => [host.session.host, checks(host)]))
    return { ...made, stages: made.stages.map(stage => ({ ...stage, preconditions })) }
  }
  const isFine = (host: TestHost): PlannedCheck => ({
    role: 'web',
    title: 'The word is fine',
    kind: 'fine',
    params: { file: join(host.folder, 'word') },
  })

  test('are judged again in the one request of each host, and the host where one no longer holds is refused by name', async () => {
    await hosts[1]!.write('word', 'bad')
    const { refused } = await look(withChecks(host => [isFine(host)]))
    expect([...refused].map(([host, { code, message }]) => [host, code, message])).toEqual([
      ['h2', 'PRECONDITION', 'The word is fine: it is bad'],
    ])
    expect(refused.get('h2')).toMatchObject({
      words: 'bad',
      next: 'Mend it.',
      leftAs: expect.stringContaining('Nothing was written there.'),
    })
    expect(hosts.map(({ session }) => [...session.requestCounts])).toEqual([[['preflight', 1]], [['preflight', 1]]])
  })

  test('that ask etcd get what it holds now, read once for all hosts', async () => {
    let looks = 0
    const etcd = (leases: string[]): EtcdPool => ({
      get: async () => ({
        read: async () => {
          looks++
          return leases.map(key => ({ key, value: '{}', revision: 3 }))
        },
        write: () => Promise.reject(new Error('it only looks')),
      }),
    })
    const made = withChecks(() => [{ role: 'web', title: 'One lease', kind: 'seeded', params: {} }])
    expect((await look(made, etcd(['/leases/a']))).refused.size).toBe(0)
    expect([...(await look(made, etcd(['/leases/a', '/leases/b']))).refused.keys()]).toEqual(['h1', 'h2'])
    expect(looks).toBe(2)
  })
})

describe('keys of the cluster', () => {
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

  const reading = (value: string | null): Plan => ({
    ...plan(),
    reads: [{ cluster, key: '/seed', digest: etcdState({ key: '/seed', value, revision: 1 }).digest }],
  })
  test.each([
    ['the same', '{"a":1,"b":2}', []],
    ['the same in other words', '{ "b": 2, "a": 1 }', []],
    ['another value', '{"a":2}', ['etcd3:/seed has moved since it was read']],
    ['nothing any more', null, ['etcd3:/seed has moved since it was read']],
  ])('that the plan was made from and does not write are compared by meaning: %s', async (_what, now, told) => {
    const { moved } = await look(reading('{"a":1,"b":2}'), holding(now, 9))
    expect(moved.map(({ message }) => message)).toEqual(told)
  })

  test('that cannot be read count as moved, with why', async () => {
    const unreachable: EtcdPool = { get: () => Promise.reject(new EtcdUnreachableError('h1', [])) }
    expect((await look(twoWrites(), unreachable)).moved).toMatchObject([{ code: 'ETCD_UNREACHABLE' }])
  })
})
