import { clusterName } from '../../src/plan/etcd-pool.js'
import { plannedReads } from '../../src/plan/reads.js'
import { etcdKey, etcdState } from '../../src/resources/etcd-key.js'
import type { CheckKind } from '../../src/resources/resource.js'
import { check } from '../../src/resources/task.js'
import { cluster, stageOf } from './drafts.js'

const looks: CheckKind<{ key: string; prefix?: boolean }> = {
  kind: 'looks',
  scope: 'host',
  clusterReads: ({ key, prefix = false }) => [{ cluster, reads: [{ key, prefix }] }],
  verdict: () => ({ holds: true }),
}
const seed = etcdKey('Seed', { cluster, key: '/seed', text: 'v' })
const stage = stageOf({ n1: [seed], n2: [seed] }, 1, {
  preconditions: [
    check('The configuration', looks, { key: '/config' }),
    check('Nothing there', looks, { key: '/none' }),
    check('Leases', looks, { key: '/leases/', prefix: true }),
  ],
})
const values = [
  { key: '/seed', value: 'v', revision: 2 },
  { key: '/config', value: '{"a": 1}', revision: 3 },
  { key: '/leases/x', value: '{}', revision: 4 },
]
const clusters = new Map([[clusterName(cluster), { cluster, values }]])
const read = (hosts: string[], written: `${string}:${string}`[] = []) =>
  plannedReads([stage], new Set(hosts), clusters, new Set(written)).map(({ key, digest }) => [key, digest])
const digestOf = (key: string, value: string | null) => etcdState({ key, value, revision: 1 }).digest

test('keys that a plan was made from are kept with what they mean, each once; what is read as a prefix moves by itself and is not', () => {
  expect(read(['n1', 'n2'])).toEqual([
    ['/seed', digestOf('/seed', 'v')],
    ['/config', digestOf('/config', '{"a":1}')],
    ['/none', 'absent'],
  ])
})

test('a key that the plan writes is compared by its write', () => {
  expect(read(['n1'], ['etcd3:/seed']).map(([key]) => key)).toEqual(['/config', '/none'])
})

test('what only hosts outside the plan looked at does not count, nor what could not be read', () => {
  expect(read([])).toEqual([])
  const broken = new Map([[clusterName(cluster), { cluster, values: [], error: new Error('no answer') }]])
  expect(plannedReads([stage], new Set(['n1']), broken, new Set())).toEqual([])
})
