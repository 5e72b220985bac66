import { judge, type JudgeInput } from '../../src/apply/gate.js'
import type { CheckKind, Verdict } from '../../src/resources/resource.js'
import { sh } from '../../src/shell.js'
import { ConnectionLostError } from '../../src/transport/errors.js'
import type { EtcdPool } from '../../src/plan/etcd-pool.js'
import { FakeSession } from '../support/fake-session.js'
import { noEtcd } from './plans.js'

const look = (kind: Partial<CheckKind<unknown>>, sessions: FakeSession[], rest: Partial<JudgeInput> = {}) =>
  judge({
    title: 'Look',
    kind: { kind: 'look', scope: 'play', verdict: () => ({ holds: true }), ...kind },
    params: new Map(sessions.map(({ host }) => [host, { of: host }])),
    sessions: new Map(sessions.map(session => [session.host, session])),
    etcd: noEtcd,
    forks: 5,
    timeoutMs: 2000,
    ...rest,
  })
const hosts = (answer: ConstructorParameters<typeof FakeSession>[1]) => ['n1', 'n2'].map(name => new FakeSession(name, answer))
const probe = () => sh`ip route`
const holdsWhen =
  (word: string) =>
  (_: unknown, __: unknown, { output }: { output: string }): Verdict =>
    output === word ? { holds: true } : { holds: false, reason: `it says ${output}` }

test('is asked again until it holds; a host on which it holds is not asked any more', async () => {
  let answers = 0
  const [n1, n2] = [new FakeSession('n1', () => 'yes'), new FakeSession('n2', () => (++answers < 3 ? 'no' : 'yes'))]
  const waited: string[] = []
  const verdicts = await look({ probe, verdict: holdsWhen('yes') }, [n1, n2], {
    onWaiting: (host, reason) => waited.push(`${host} ${reason}`),
  })
  expect([...verdicts]).toEqual([
    ['n1', { holds: true }],
    ['n2', { holds: true }],
  ])
  expect([n1.requests.length, n2.requests.length]).toEqual([1, 3])
  expect(waited).toEqual(['n2 it says no', 'n2 it says no'])
})

test('ends with what was seen last when its time is over', async () => {
  const started = performance.now()
  const verdicts = await look(
    { probe, verdict: holdsWhen('yes') },
    hosts(() => 'no'),
    { timeoutMs: 500 },
  )
  expect(verdicts.get('n2')).toEqual({ holds: false, reason: 'it says no' })
  expect(performance.now() - started).toBeLessThan(1500)
})

test('looks no further when the run is to end', async () => {
  const sessions = hosts(() => 'no')
  await look({ probe, verdict: holdsWhen('yes') }, sessions, { stopped: () => true })
  expect(sessions.map(({ requests }) => requests.length)).toEqual([1, 1])
})

test('what one host set up is seen by all, and taken down everywhere, also where it did not hold', async () => {
  const seen: unknown[] = []
  const sessions = ['n1', 'n2'].map(name => new FakeSession(name, script => (script.includes('make') ? `pod of ${name}` : '')))
  const kind: Partial<CheckKind<unknown>> = {
    setup: () => sh`make`,
    teardown: () => sh`clear away`,
    probe,
    verdict: (_, { setups }) => (seen.push(setups), { holds: false, reason: 'never' }),
  }
  await look(kind, sessions, { timeoutMs: 10 })
  expect(seen).toEqual([
    { n1: 'pod of n1', n2: 'pod of n2' },
    { n1: 'pod of n1', n2: 'pod of n2' },
  ])
  expect(sessions.map(({ requests }) => requests.at(-1)!.script.includes('clear away'))).toEqual([true, true])
})

test('what cannot be set up is told with the words of the host, and tried again', async () => {
  let tries = 0
  const session = new FakeSession('n1', script =>
    script.includes('make') && ++tries < 2 ? { stderr: Buffer.from('no plugin\n'), ending: { exit: 1 } } : 'pod',
  )
  const told: string[] = []
  const verdicts = await look({ setup: () => sh`make`, verdict: () => ({ holds: true }) }, [session], {
    onWaiting: (_, reason) => told.push(reason),
  })
  expect([told, verdicts.get('n1')]).toEqual([['it could not be set up on this host'], { holds: true }])
})

test('a host that is lost does not hold, in the words of its error; the others are judged', async () => {
  const lost = new FakeSession('n1', () => new ConnectionLostError('n1', 'gate', true))
  const verdicts = await look({ probe, verdict: holdsWhen('yes') }, [lost, new FakeSession('n2', () => 'yes')], { timeoutMs: 10 })
  expect(verdicts.get('n1')).toMatchObject({ holds: false, reason: expect.stringContaining('Lost n1') })
  expect(verdicts.get('n2')).toEqual({ holds: true })
})

test('etcd is read once a look, however many hosts ask the same', async () => {
  let reads = 0
  const etcd: EtcdPool = {
    get: async () => ({
      read: async wanted => (reads++, wanted.map(({ key }) => ({ key, value: 'lease', revision: 1 }))),
      write: () => Promise.reject(new Error('a check writes nothing')),
    }),
  }
  const cluster = { api: 'v3' as const, endpoints: ['https://192.0.2.1:2379'] }
  const kind: Partial<CheckKind<unknown>> = {
    clusterReads: () => [{ cluster, reads: [{ key: '/subnets', prefix: true }] }],
    verdict: (_, { etcd: values }) => (values[0]?.value === 'lease' ? { holds: true } : { holds: false, reason: 'no lease' }),
  }
  const verdicts = await look(
    kind,
    hosts(() => ''),
    { etcd },
  )
  expect([[...verdicts.values()].every(({ holds }) => holds), reads]).toEqual([true, 1])
})
