import { rollBack, type RollbackInput } from '../../src/apply/rollback.js'
import { applyPlan } from '../../src/apply/apply.js'
import { lockHost } from '../../src/apply/lock.js'
import type { RunEvent } from '../../src/events.js'
import type { EtcdWrite } from '../../src/etcd.js'
import type { EtcdPool } from '../../src/plan/etcd-pool.js'
import type { ClusterItem, Plan } from '../../src/plan/plan.js'
import { applying, openStop, planOf } from './plans.js'
import { fileItem, fileThing, openTestHost, planHost, untilUnlocked, type TestHost } from './test-host.js'

let hosts: TestHost[]
let plan: Plan
let etcd: ReturnType<typeof oneKey>
beforeEach(async () => {
  hosts = await Promise.all(['h1', 'h2'].map(name => openTestHost({ name })))
  etcd = oneKey()
  plan = planOf(Object.fromEntries(hosts.map(host => [host.session.host, planHost([fileThing(host, 'a', ['absent', 'x'])])])), {
    work: Object.fromEntries(
      hosts.map((host, i) => [
        host.session.host,
        [...(i === 0 ? [seed] : []), fileItem(host, 'a', 'x', { id: `s1.${host.session.host}.2` })],
      ]),
    ),
  })
})
afterEach(() => Promise.all(hosts.map(host => host.close())))

const seed: ClusterItem = {
  type: 'cluster',
  id: 's1.h1.1',
  role: 'seed',
  task: 'Seed',
  kind: 'etcd-key',
  key: 'etcd3:/k',
  action: 'create',
  changes: [],
  cluster: { api: 'v3', endpoints: ['https://192.0.2.1:2379'] },
  writes: [{ key: '/k', value: 'ours', ifRevision: 0 }],
  undo: [{ key: '/k', value: null, ifValue: 'ours' }],
}

/** An etcd of one key. */
function oneKey() {
  const now = { value: null as string | null, revision: 0 }
  const stands = ({ ifValue, ifRevision }: EtcdWrite) =>
    (ifValue === undefined || ifValue === now.value) && (ifRevision === undefined || ifRevision === now.revision)
  const pool: EtcdPool = {
    get: async () => ({
      read: async reads => reads.map(({ key }) => ({ key, ...now })),
      write: async ([write]) => {
        if (!stands(write!)) return { done: false, moved: [{ key: '/k', ...now }] }
        Object.assign(now, { value: write!.value, revision: now.revision + 1 })
        return { done: true }
      },
    }),
  }
  return { now, pool }
}

const apply = () => applyPlan(applying(plan, hosts, { etcd: etcd.pool }))

/** @param held hosts that another run has */
async function undo(rest: Partial<RollbackInput> = {}, held: readonly string[] = []) {
  const events: RunEvent[] = []
  const connected = await Promise.all(hosts.map(host => host.connect()))
  for (const host of hosts) await host.session.close()
  for (const session of connected) if (!held.includes(session.host)) await untilUnlocked(session)
  const ends = await rollBack({
    plan,
    run: 'run-1',
    begun: new Set(['s1.h1.1', 's1.h1.2', 's1.h2.2']),
    owner: 'ann',
    sessions: new Map(connected.map(session => [session.host, session])),
    unreachable: [],
    etcd: etcd.pool,
    stop: openStop(),
    forks: 5,
    emit: event => void events.push(event),
    ...rest,
  })
  const failed = events.flatMap(event => (event.type === 'item-failed' ? [[event.host, event.key, event.error.code]] : []))
  const warnings = events.flatMap(event => (event.type === 'warning' ? [event.message] : []))
  return { ends: [...ends].map(([host, { end, back }]) => [host, end, back]), failed, warnings, events }
}

test('hosts are put back, then the cluster', async () => {
  await apply()
  expect([etcd.now.value, ...hosts.map(host => host.has('a'))]).toEqual(['ours', true, true])
  const { ends, events } = await undo()
  expect(ends).toEqual([
    ['h1', 'done', 2],
    ['h2', 'done', 1],
  ])
  expect([etcd.now.value, ...hosts.map(host => host.has('a'))]).toEqual([null, false, false])
  const back = events.flatMap(event => (event.type === 'item-changed' ? [event.key] : []))
  expect(back.at(-1)).toBe('etcd3:/k')
})

describe('a key that had another value before', () => {
  const changed: ClusterItem = {
    ...seed,
    action: 'change',
    writes: [{ key: '/k', value: 'ours', ifRevision: 0 }],
    undo: [{ key: '/k', value: 'before', ifValue: 'ours' }],
  }
  beforeEach(() => {
    etcd.now.value = 'before'
    plan.stages[0]!.work['h1']![0] = changed
  })
  const backIn = (events: readonly RunEvent[]) =>
    events.flatMap(event => (event.type === 'item-changed' ? [`${event.host} ${event.key}`] : []))

  test('is put back before the hosts: daemons that are started again read it', async () => {
    await apply()
    const { ends, events } = await undo()
    expect(backIn(events)[0]).toBe('h1 etcd3:/k')
    expect(ends).toEqual([
      ['h1', 'done', 2],
      ['h2', 'done', 1],
    ])
    expect([etcd.now.value, ...hosts.map(host => host.has('a'))]).toEqual(['before', false, false])
  })

  test('is put back as well where a host is not: what that one is started with next is what all others have', async () => {
    await apply()
    await hosts[1]!.write('a', 'mine')
    const { ends, warnings } = await undo()
    expect(ends.map(([, end]) => end)).toEqual(['done', 'failed'])
    expect([warnings, etcd.now.value]).toEqual([[], 'before'])
  })

  test('and that somebody else wrote since is left alone and told, and the hosts are put back', async () => {
    await apply()
    etcd.now.value = 'theirs'
    const { ends, failed } = await undo()
    expect(failed).toEqual([['h1', 'etcd3:/k', 'LEFT_ALONE']])
    expect(ends).toEqual([
      ['h1', 'failed', 1],
      ['h2', 'done', 1],
    ])
    expect([etcd.now.value, ...hosts.map(host => host.has('a'))]).toEqual(['theirs', false, false])
  })

  test('stays where somebody asked to stop before', async () => {
    await apply()
    const stop = openStop()
    stop.raise()
    await undo({ stop })
    expect(etcd.now.value).toBe('ours')
  })
})

test('what the run never began in the cluster is not its to undo', async () => {
  etcd.now.value = 'ours'
  const { ends } = await undo({ begun: new Set() })
  expect([ends, etcd.now.value]).toEqual([
    [
      ['h1', 'done', 0],
      ['h2', 'done', 0],
    ],
    'ours',
  ])
})

test('a key that the run began to write and never wrote is as before: nothing to do', async () => {
  const { ends, failed } = await undo()
  expect([ends, failed]).toEqual([
    [
      ['h1', 'done', 0],
      ['h2', 'done', 0],
    ],
    [],
  ])
})

test('a key that somebody else wrote since is left alone and told', async () => {
  await apply()
  etcd.now.value = 'theirs'
  const { ends, failed } = await undo()
  expect(failed).toEqual([['h1', 'etcd3:/k', 'LEFT_ALONE']])
  expect([ends[0]![1], etcd.now.value, hosts[0]!.has('a')]).toEqual(['failed', 'theirs', false])
})

test('the cluster stays as it is while a host is not back, because it may need it', async () => {
  await apply()
  await hosts[1]!.write('a', 'mine')
  const { ends, failed, warnings } = await undo()
  expect(failed).toEqual([['h2', 'file:a', 'LEFT_ALONE']])
  expect(ends).toEqual([
    ['h1', 'done', 1],
    ['h2', 'failed', 0],
  ])
  expect([warnings, etcd.now.value]).toEqual([['etcd3:/k in etcd is left as it is, because h2 may still need it'], 'ours'])
})

test('a host that another run holds is refused and not touched', async () => {
  await apply()
  await hosts[1]!.session.close()
  const other = await hosts[1]!.connect()
  await untilUnlocked(other)
  await lockHost(other, 'bob runs other.yml')
  const { ends, events } = await undo({}, ['h2'])
  expect(ends.map(([, end]) => end)).toEqual(['done', 'refused'])
  expect(events.flatMap(event => (event.type === 'host-refused' ? [[event.host, event.error.code]] : []))).toEqual([['h2', 'LOCKED']])
  expect(hosts[1]!.has('a')).toBe(true)
})

test('asked to stop it begins on no further host', async () => {
  await apply()
  const stop = openStop()
  stop.raise()
  const { ends } = await undo({ stop })
  expect(ends.map(([, end]) => end)).toEqual(['stopped', 'stopped'])
  expect([etcd.now.value, hosts[0]!.has('a')]).toEqual(['ours', true])
})
