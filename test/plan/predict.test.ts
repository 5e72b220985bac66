import type { DraftCheck, HostDraft, StageDraft } from '../../src/plan/draft.js'
import { Predictions } from '../../src/plan/predict.js'
import { command, commandKind } from '../../src/resources/command.js'
import type { CheckKind, Sources } from '../../src/resources/resource.js'
import { check, gate } from '../../src/resources/task.js'
import { clusterName } from '../../src/plan/etcd-pool.js'
import { InputError } from '../../src/errors.js'

const sources: Sources = { salt: 'salt', source: () => ({ digest: '', sizeBytes: 0 }) }
const role = { name: 'web' } as DraftCheck['role']
const wanted = { run: 'true', done: 'test -e /x' }
const answer = commandKind.probe(wanted, sources).text
const always: CheckKind<object> = { kind: 'always', scope: 'host', verdict: () => ({ holds: true }) }

/** One task and a gate behind it. */
const work = (title: string): HostDraft => ({
  tasks: [
    { role, task: command(title, wanted) },
    { role, task: gate(check('it works', always, {})) },
  ],
  preconditions: [],
  checks: [],
})
const stage = (host: string, draft: HostDraft): StageDraft => ({
  play: { index: 1, name: 'p' } as StageDraft['play'],
  ...{ batch: 1, batches: 1, hosts: [host], work: new Map([[host, draft]]) },
})
const predictions = (done: Record<string, 'yes' | 'no'>, clusters = new Map()) =>
  new Predictions({
    facts: new Map(),
    answers: new Map(
      Object.entries(done).map(([host, word]) => [host, new Map([[answer, { output: Buffer.from(`done ${word}\n`), exit: 0 }]])]),
    ),
    clusters,
    sources,
  })
const typesOf = (planned: ReturnType<Predictions['stage']>, host: string) => planned.work[host]?.map(({ type }) => type)

test('a stage that changes nothing gates what an earlier one changes, and what a later one changes needs no gate before', () => {
  const made = predictions({ n1: 'yes', n2: 'no', n3: 'yes' })
  const stages = ['n1', 'n2', 'n3'].map((host, i) => typesOf(made.stage(stage(host, work('Do it')), i + 1), host))
  expect(stages).toEqual([['host'], ['host', 'gate'], ['host', 'gate']])
})

test('where nothing changes anywhere nothing is gated', () => {
  const made = predictions({ n1: 'yes', n2: 'yes' })
  expect(['n1', 'n2'].map((host, i) => typesOf(made.stage(stage(host, work('Do it')), i + 1), host))).toEqual([['host'], ['host']])
})

test('preconditions are judged in order: one that asks nothing of etcd is told before what is wrong with etcd', () => {
  const cluster = { api: 'v3' as const, endpoints: ['https://10.0.0.1:2379'] }
  const files: CheckKind<object> = { kind: 'files', scope: 'host', verdict: () => ({ holds: false, reason: 'a file is missing' }) }
  const key: CheckKind<object> = {
    kind: 'key',
    scope: 'host',
    clusterReads: () => [{ cluster, reads: [{ key: '/k' }] }],
    verdict: () => ({ holds: true }),
  }
  const down = new Map([[clusterName(cluster), { cluster, values: [], error: new InputError('etcd does not answer') }]])
  const refusal = (kinds: CheckKind<object>[]) => {
    const made = predictions({ n1: 'yes' }, down)
    made.stage(stage('n1', { ...work('Do it'), preconditions: kinds.map(kind => ({ role, check: check(kind.kind, kind, {}) })) }), 1)
    return made.refused.get('n1')?.error.message
  }
  expect(refusal([files, key])).toBe('files: a file is missing')
  expect(refusal([key, files])).toBe('etcd does not answer')
})
