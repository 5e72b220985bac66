import { applyPlan } from '../../src/apply/apply.js'
import { heldTogether } from '../../src/apply/hold.js'
import { aroundHeld, holdCheck } from '../../src/plan/hold.js'
import type { EtcdPool } from '../../src/plan/etcd-pool.js'
import { Predictions } from '../../src/plan/predict.js'
import type { GateItem, HostItem, Item, Plan, PlannedThing, Stage } from '../../src/plan/plan.js'
import type { Play } from '../../src/playbook/model.js'
import type { CheckKind, Verdict } from '../../src/resources/resource.js'
import { openFakeRoutes, type FakeRoutes } from './fake-routes.js'
import { applying, openStop, planOf } from './plans.js'
import { fileItem, fileThing, openTestHost, planHost, type TestHost } from './test-host.js'

const routes = '10.244.9.0/24 via 198.18.0.9 dev eth0 \n'
let hosts: TestHost[]
let fakes: Map<string, FakeRoutes>
beforeEach(async () => {
  fakes = new Map(['h1', 'h2'].map(name => [name, openFakeRoutes(routes)]))
  hosts = await Promise.all([...fakes].map(([name, { env }]) => openTestHost({ name, env })))
})
afterEach(async () => {
  await Promise.all(hosts.map(host => host.close()))
  for (const fake of fakes.values()) fake.close()
})

const nameOf = (host: TestHost) => host.session.host
const hold = { name: 'control', podCidr: '10.244.0.0/16', timeoutSeconds: 60, agreeSeconds: 1, origin: { file: '', line: 0, column: 0 } }

/** The stages that hold, as they are planned for hosts where nothing is held. */
function holdStages(): { stages: Stage[]; things: Map<string, PlannedThing[]>; words: string[] } {
  const names = hosts.map(nameOf)
  const play = { index: 1, name: 'change', hold, peers: [], absent: [] } as unknown as Play
  const drafts = aroundHeld([
    {
      play,
      batch: 1,
      batches: 1,
      hosts: names,
      work: new Map(names.map(name => [name, { tasks: [], preconditions: [], checks: [], skipped: [] }])),
    },
  ])
  const answer = { output: Buffer.from('rule=absent table=clear\n'), exit: 0 }
  const sources = { salt: 'salt', source: () => ({ digest: '', sizeBytes: 0 }) }
  const texts = drafts.flatMap(({ work }) =>
    [...work.values()].flatMap(({ tasks }) =>
      tasks.flatMap(({ task }) => (task.type === 'resource' ? [task.kind.probe(task.desired, sources).text] : [])),
    ),
  )
  const answers = new Map(names.map(name => [name, new Map(texts.map(text => [text, answer]))]))
  const predictions = new Predictions({ facts: new Map(), answers, clusters: new Map(), sources })
  const stages = drafts.map((draft, i) => predictions.stage(draft, i + 1))
  const things = new Map(names.map(name => [name, predictions.hostPart(name).things]))
  return { stages, things, words: things.get(names[0]!)![0]!.key.slice('held-routes:'.length).split(' ') }
}

/** File `a` is written while routes go, file `b` while they come back: two stages between arming and releasing. */
function heldPlan({ comesBack = true, gate }: { comesBack?: boolean; gate?: (host: TestHost) => GateItem } = {}): Plan {
  const { stages: around, things, words } = holdStages()
  const by = (does: string) => around.find(stage => stage.hold?.does === does)!
  const main = (host: TestHost) => fakes.get(nameOf(host))!.main
  const step = (host: TestHost, name: string, text: string) => [`printf x >${host.folder}/${name}; printf '%s' '${text}' >${main(host)}`]
  const item = (host: TestHost, name: 'a' | 'b', stage: number, text: string): HostItem =>
    fileItem(host, name, 'x', { id: `s${stage}.${nameOf(host)}.1`, steps: step(host, name, text) })
  const thing = (host: TestHost, name: string, restored: string): PlannedThing => ({
    ...fileThing(host, name, ['absent', 'x']),
    undo: { restore: `rm -f ${host.folder}/${name}; printf '%s' '${restored}' >${main(host)}` },
  })
  const work = (of: (host: TestHost) => Item[]) => Object.fromEntries(hosts.map(host => [nameOf(host), of(host)]))
  const change = { hold: { name: 'control', does: 'change' as const }, anyErrorsFatal: true }
  return {
    ...planOf(
      Object.fromEntries(
        hosts.map(host => [nameOf(host), planHost([...things.get(nameOf(host))!, thing(host, 'a', routes), thing(host, 'b', '')])]),
      ),
      by('arm'),
      { ...change, work: work(host => [item(host, 'a', 2, ''), ...(gate === undefined ? [] : [gate(host)])]) },
      { ...change, work: work(host => [item(host, 'b', 3, comesBack || nameOf(host) === 'h1' ? routes : '')]) },
      by('agree'),
      by('release'),
    ),
    holds: { control: { podCidr: '10.244.0.0/16', timeoutSeconds: 60, plays: [1], words } },
  }
}

const gateSaying = (host: TestHost): GateItem => ({
  ...{ type: 'gate', id: `s2.${nameOf(host)}.2`, role: 'test', task: 'Sessions', scope: 'play', timeoutMs: 300 },
  check: { kind: 'look', params: {} },
})
const checksWith = (verdict: Verdict) => (role: string, kind: string) =>
  holdCheck(role, kind) ??
  ({ kind: 'look', scope: 'play', probe: () => undefined, verdict: () => verdict } as unknown as CheckKind<unknown>)

async function applied(plan: Plan, verdict: Verdict = { holds: true }, rest: Partial<Parameters<typeof applying>[2]> = {}) {
  const input = applying(plan, hosts, { checkKind: checksWith(verdict), ...rest })
  const outcome = await applyPlan(input)
  const ended = input.events.find(event => event.type === 'hold-ended')
  const files = hosts.map(host => ['a', 'b'].filter(name => host.has(name)).join(''))
  return {
    ends: [...outcome.hosts.values()].map(({ end }) => end),
    ended,
    files,
    events: input.events,
    now: [...fakes.values()].map(fake => fake.now()),
  }
}
const clear = { main: routes, table: '', rule: '' }

test('armed, changed, compared, released', async () => {
  const { ends, ended, files, events, now } = await applied(heldPlan())
  expect(ends).toEqual(['done', 'done'])
  expect(events).toContainEqual(expect.objectContaining({ type: 'hold-armed', hold: 'control', hosts: ['h1', 'h2'], routes: 2 }))
  expect(ended).toMatchObject({ end: 'released', routes: 2, equal: 2 })
  expect([files, now]).toEqual([
    ['ab', 'ab'],
    [clear, clear],
  ])
})

test('routes that do not come back on one host: both hosts are put back, compared, released', async () => {
  const { ends, ended, files, now } = await applied(heldPlan({ comesBack: false }))
  expect(ended).toMatchObject({
    end: 'undone',
    routes: 2,
    equal: 2,
    reason: expect.stringMatching(/^h2: Held routes are in main again: not within 1 s/),
  })
  expect(ends).toContain('failed')
  expect([files, now]).toEqual([
    ['', ''],
    [clear, clear],
  ])
})

test('a gate that does not hold: later stages never begin, earlier ones are put back', async () => {
  const { ended, files, events, now } = await applied(heldPlan({ gate: gateSaying }), { holds: false, reason: 'no session' })
  expect(ended).toMatchObject({ end: 'undone', reason: 'h1: Sessions: not within 0 s: no session' })
  expect(events.filter(event => event.type === 'item-started' && event.item.startsWith('s3.'))).toEqual([])
  expect([files, now]).toEqual([
    ['', ''],
    [clear, clear],
  ])
})

test('a gate that only stops: what was done stays; main lacks the routes, so they stay held', async () => {
  const { ended, files, now } = await applied(heldPlan({ gate: gateSaying }), { holds: false, reason: 'n3 is down', stops: true })
  expect(ended).toMatchObject({ end: 'left', equal: 0, differing: [{ host: 'h1' }, { host: 'h2' }], until: expect.any(String) })
  expect(files).toEqual(['a', 'a'])
  for (const { table, rule } of now)
    expect([table, rule]).toEqual([expect.stringContaining('10.244.9.0/24'), expect.stringMatching(/^100: /)])
})

test('a host that cannot arm: nothing is changed anywhere, and nothing stays held', async () => {
  const plan = heldPlan()
  const [item] = plan.stages[0]!.work['h2'] as HostItem[]
  item!.steps = ['echo no room >&2; exit 1']
  const { ended, files, now } = await applied(plan)
  expect(ended).toMatchObject({ end: 'undone', hosts: ['h1'], reason: expect.stringMatching(/^h2: .*exited with status 1/) })
  expect([files, now]).toEqual([
    ['', ''],
    [clear, clear],
  ])
})

test('Ctrl-C: what was done is put back under the hold', async () => {
  const stop = openStop()
  const { ended, files, now, ends } = await applied(
    heldPlan(),
    { holds: true },
    {
      stop,
      emit: event => void (event.type === 'item-changed' && event.item === 's2.h1.1' && stop.raise()),
    },
  )
  expect([ended, ends]).toEqual([undefined, ['stopped', 'stopped']])
  expect([files, now]).toEqual([
    ['', ''],
    [clear, clear],
  ])
})

test('what was written to the cluster is put back first, the last write before the one before it', async () => {
  const plan = heldPlan({ gate: gateSaying })
  const keys = ['/first', '/second'].map((key, i) => ({
    ...{ type: 'cluster' as const, id: `s2.h1.c${i}`, role: 'test', task: `Seed ${key}`, kind: 'etcd-key', action: 'create' as const },
    ...{ key: `etcd3:${key}` as const, changes: [], cluster: { api: 'v3' as const, endpoints: ['https://192.0.2.1:2379'] } },
    ...{ writes: [{ key, value: 'ours', ifRevision: 0 }], undo: [{ key, value: null, ifValue: 'ours' }] },
  }))
  plan.stages[1]!.work['h1']!.splice(1, 0, ...keys)
  const told: string[] = []
  const etcd: EtcdPool = {
    get: async () => ({
      read: async reads => reads.map(({ key }) => ({ key, value: null, revision: 0 })),
      write: async writes => {
        for (const { key, value } of writes) told.push(`${key} ${value ?? 'absent'} ${hosts[0]!.has('a') ? 'with' : 'without'} a`)
        return { done: true }
      },
    }),
  }
  const { ended } = await applied(plan, { holds: false, reason: 'no session' }, { etcd })
  expect(ended).toMatchObject({ end: 'undone' })
  expect(told).toEqual(['/first ours with a', '/second ours with a', '/second absent with a', '/first absent with a'])
  expect(hosts.map(host => host.has('a'))).toEqual([false, false])
})

test('stages of one hold are together, the others alone or with their like', () => {
  const stage = (index: number, name?: string) => ({ index, ...(name === undefined ? {} : { hold: { name, does: 'change' } }) }) as Stage
  const groups = heldTogether([stage(1), stage(2), stage(3, 'a'), stage(4, 'a'), stage(5, 'b'), stage(6)])
  expect(groups.map(({ hold: name, stages }) => [name, stages.map(({ index }) => index)])).toEqual([
    [undefined, [1, 2]],
    ['a', [3, 4]],
    ['b', [5]],
    [undefined, [6]],
  ])
})
