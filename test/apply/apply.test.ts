import { applyPlan } from '../../src/apply/apply.js'
import { lockHost } from '../../src/apply/lock.js'
import type { GateItem, HostItem, Plan } from '../../src/plan/plan.js'
import type { CheckKind } from '../../src/resources/resource.js'
import { applying, openStop, planOf } from './plans.js'
import { fileItem, fileThing, openTestHost, planHost, type TestHost } from './test-host.js'

let hosts: TestHost[]
beforeEach(async () => {
  hosts = await Promise.all(['h1', 'h2', 'h3'].map(name => openTestHost({ name })))
})
afterEach(() => Promise.all(hosts.map(host => host.close())))

const nameOf = (host: TestHost) => host.session.host
const thingsOf = (host: TestHost) => ['a', 'b'].map(name => fileThing(host, name, ['absent', 'x']))
const planHosts = (): Plan['hosts'] => Object.fromEntries(hosts.map(host => [nameOf(host), planHost(thingsOf(host))]))
/** Two files on each host. */
const twoItems = (host: TestHost, steps: Partial<Record<'a' | 'b', string[]>> = {}): HostItem[] =>
  (['a', 'b'] as const).map((name, i) =>
    fileItem(host, name, 'x', { id: `s1.${nameOf(host)}.${i + 1}`, ...(steps[name] === undefined ? {} : { steps: steps[name] }) }),
  )
const work = (of: (host: TestHost) => (HostItem | GateItem)[]) => Object.fromEntries(hosts.map(host => [nameOf(host), of(host)]))
const endsOf = ({ hosts: ends }: Awaited<ReturnType<typeof applyPlan>>) =>
  [...ends].map(([host, { end, ok, changed }]) => [host, end, ok, changed])

const gate = (host: TestHost, place: number, scope: 'host' | 'play' = 'play'): GateItem => ({
  type: 'gate',
  id: `s1.${nameOf(host)}.${place}`,
  role: 'test',
  task: 'Look',
  scope,
  check: { kind: 'look', params: {} },
  timeoutMs: 1000,
})

test('what is planned is done on every host, told step by step, and nothing else', async () => {
  const input = applying(planOf(planHosts(), { work: work(host => twoItems(host)) }), hosts)
  expect(endsOf(await applyPlan(input))).toEqual(hosts.map(host => [nameOf(host), 'done', 2, 2]))
  for (const host of hosts) expect([await host.read('a'), await host.read('b')]).toEqual(['x', 'x'])
  const told = input.events.flatMap(event =>
    'host' in event && event.host === 'h1' ? [[event.type, 'item' in event ? event.item : '']] : [],
  )
  expect(told).toEqual([
    ['item-started', 's1.h1.1'],
    ['item-changed', 's1.h1.1'],
    ['item-started', 's1.h1.2'],
    ['item-changed', 's1.h1.2'],
    ['host-ended', ''],
  ])
})

test('a host whose step fails stops there and says how it was left; the others finish', async () => {
  const input = applying(
    planOf(planHosts(), { work: work(host => twoItems(host, nameOf(host) === 'h2' ? { a: ['echo no room >&2; exit 7'] } : {})) }),
    hosts,
  )
  const outcome = await applyPlan(input)
  expect(endsOf(outcome)).toEqual([
    ['h1', 'done', 2, 2],
    ['h2', 'failed', 0, 0],
    ['h3', 'done', 2, 2],
  ])
  expect(outcome.hosts.get('h2')!.error).toMatchObject({
    code: 'STEP_FAILED',
    words: 'no room',
    leftAs: expect.stringContaining('1 change after it was not begun'),
  })
  expect(hosts[1]!.has('b')).toBe(false)
})

test('a host that is not as planned is refused by its own program; the others finish', async () => {
  await hosts[0]!.write('b', 'mine')
  const outcome = await applyPlan(applying(planOf(planHosts(), { work: work(host => twoItems(host)) }), hosts))
  expect(endsOf(outcome).map(([, end]) => end)).toEqual(['failed', 'done', 'done'])
  expect(outcome.hosts.get('h1')!.error).toMatchObject({
    code: 'MOVED',
    message: expect.stringContaining('planned from word=absent, now word=mine'),
  })
  expect(hosts[0]!.has('a')).toBe(false)
})

test('a host that another run holds is refused, is not touched and keeps what that run brought; the others finish', async () => {
  await lockHost(await hosts[1]!.connect(), 'bob@ops2 runs other.yml')
  await hosts[1]!.write('lib/slots/abc', 'of the other run')
  const outcome = await applyPlan(applying(planOf(planHosts(), { work: work(host => twoItems(host)) }), hosts))
  expect(endsOf(outcome).map(([, end]) => end)).toEqual(['done', 'refused', 'done'])
  expect(outcome.hosts.get('h2')!.error).toMatchObject({ code: 'LOCKED', words: expect.stringContaining('bob@ops2 runs other.yml') })
  expect([hosts[1]!.has('a'), hosts[1]!.has('lib/slots/abc')]).toEqual([false, true])
})

test('a program that dies on its host is unknown, up to the last step that it told; the others finish', async () => {
  await hosts[2]!.write('run/fault', 's1.h3.2.0\n')
  const outcome = await applyPlan(applying(planOf(planHosts(), { work: work(host => twoItems(host)) }), hosts))
  expect(endsOf(outcome)).toEqual([
    ['h1', 'done', 2, 2],
    ['h2', 'done', 2, 2],
    ['h3', 'unknown', 1, 1],
  ])
  expect(outcome.hosts.get('h3')!.error).toMatchObject({
    code: 'UNKNOWN',
    message: 'lost h3 during "Write b" (file:b)',
    leftAs: '1 of 2 changes are made; whether "Write b" was is not known. The program on the host has ended.',
  })
})

test('a session whose shell is lost in mid-program is unknown, and nobody claims to know whether the program goes on', async () => {
  const killed = [`kill -9 "$PPID"`]
  const outcome = await applyPlan(
    applying(planOf(planHosts(), { work: work(host => twoItems(host, nameOf(host) === 'h1' ? { b: killed } : {})) }), hosts),
  )
  expect(endsOf(outcome).map(([, end]) => end)).toEqual(['unknown', 'done', 'done'])
  expect((outcome.hosts.get('h1')!.error as { leftAs?: string }).leftAs).toContain(
    'ends by itself between two steps, as soon as the host notices',
  )
})

test('a host that failed is left out of later stages, and where all of a batch failed no later one begins', async () => {
  const [h1, h2] = hosts as [TestHost, TestHost]
  const later = (host: TestHost) => [fileItem(host, 'b', 'x', { id: `s2.${nameOf(host)}.1` })]
  const bad = fileItem(h1, 'a', 'x', { steps: ['false'] })
  const some = await applyPlan(
    applying(planOf(planHosts(), { work: { h1: [bad], h2: [fileItem(h2, 'a', 'x')] } }, { work: { h1: later(h1), h2: later(h2) } }), hosts),
  )
  expect(endsOf(some).slice(0, 2)).toEqual([
    ['h1', 'failed', 0, 0],
    ['h2', 'done', 2, 2],
  ])
  const input = applying(planOf(planHosts(), { work: { h1: [bad] } }, { work: { h3: later(hosts[2]!) } }), hosts)
  const all = await applyPlan(input)
  expect(all.cutShort).toBe(true)
  expect(endsOf(all).map(([, end]) => end)).toEqual(['failed', 'done', 'stopped'])
  expect(hosts[2]!.has('b')).toBe(false)
})

describe('a run that is asked to stop', () => {
  test('ends the steps under way, begins no others, and says so of each host; nothing of it stays', async () => {
    const stop = openStop()
    const input = applying(
      planOf(planHosts(), { work: work(host => twoItems(host, { a: [`sleep 0.5; printf x >${host.folder}/a`] })) }),
      hosts,
      { stop },
    )
    const running = applyPlan(input)
    while (input.events.filter(({ type }) => type === 'item-started').length < 3) await new Promise(resolve => setTimeout(resolve, 10))
    stop.raise()
    const outcome = await running
    expect(outcome.cutShort).toBe(true)
    expect(endsOf(outcome)).toEqual(hosts.map(host => [nameOf(host), 'stopped', 1, 1]))
    for (const host of hosts) expect([host.has('a'), host.has('b'), host.has('run/stop-run-1')]).toEqual([true, false, false])
  })

  test('before its first stage does nothing at all', async () => {
    const stop = openStop()
    stop.raise()
    const outcome = await applyPlan(applying(planOf(planHosts(), { work: work(host => twoItems(host)) }), hosts, { stop }))
    expect(endsOf(outcome).map(([, end]) => end)).toEqual(['stopped', 'stopped', 'stopped'])
    expect(hosts.some(host => host.has('a'))).toBe(false)
  })

  test('at a gate looks no further, and begins nothing after it', async () => {
    const stop = openStop()
    const kind: CheckKind<unknown> = { kind: 'look', scope: 'play', verdict: () => (stop.raise(), { holds: false, reason: 'not yet' }) }
    const plan = planOf(planHosts(), {
      work: work(host => [twoItems(host)[0]!, gate(host, 2), fileItem(host, 'b', 'x', { id: `s1.${nameOf(host)}.3` })]),
    })
    const outcome = await applyPlan(applying(plan, hosts, { stop, checkKind: () => kind }))
    expect(endsOf(outcome).map(([, end]) => end)).toEqual(['stopped', 'stopped', 'stopped'])
    for (const host of hosts) expect([host.has('a'), host.has('b')]).toEqual([true, false])
  })
})

describe('a gate for all hosts of a play', () => {
  const withGate = () =>
    planOf(planHosts(), { work: work(host => [twoItems(host)[0]!, gate(host, 2), { ...twoItems(host)[1]!, id: `s1.${nameOf(host)}.3` }]) })

  test('is judged when all have come to it, and lets all go on', async () => {
    const seen: string[][] = []
    const kind: CheckKind<unknown> = {
      kind: 'look',
      scope: 'play',
      verdict: (_, { hosts: all }) => (seen.push([...all].sort()), { holds: true }),
    }
    const outcome = await applyPlan(applying(withGate(), hosts, { checkKind: () => kind }))
    expect(endsOf(outcome)).toEqual(hosts.map(host => [nameOf(host), 'done', 3, 2]))
    expect(seen).toEqual([
      ['h1', 'h2', 'h3'],
      ['h1', 'h2', 'h3'],
      ['h1', 'h2', 'h3'],
    ])
  })

  test('asks hosts of an earlier batch too, with parameters of their own, though that batch changed nothing', async () => {
    const own = (host: TestHost): GateItem => ({ ...gate(host, 2), check: { kind: 'look', params: { node: nameOf(host) } } })
    const plan = planOf(planHosts(), { work: {} })
    const [stage] = plan.stages
    const [first, ...later] = hosts
    plan.stages = [
      { ...stage!, batches: 2, hosts: ['h1'], work: { h1: [] }, leftOut: { h1: [own(first!)] } },
      {
        ...stage!,
        ...{ index: stage!.index + 1, batch: 2, batches: 2, hosts: later.map(nameOf) },
        work: Object.fromEntries(later.map(host => [nameOf(host), [twoItems(host)[0]!, own(host)]])),
      },
    ]
    const asked: Record<string, unknown> = {}
    const kind: CheckKind<unknown> = {
      kind: 'look',
      scope: 'play',
      verdict: (params, { host }) => ((asked[host] = params), { holds: true }),
    }
    expect(endsOf(await applyPlan(applying(plan, hosts, { checkKind: () => kind })))).toEqual([
      ['h1', 'done', 0, 0],
      ['h2', 'done', 2, 1],
      ['h3', 'done', 2, 1],
    ])
    expect(asked).toEqual({ h1: { node: 'h1' }, h2: { node: 'h2' }, h3: { node: 'h3' } })
  })

  test('does not wait for a host that failed before it', async () => {
    const plan = withGate()
    ;(plan.stages[0]!.work['h2']![0] as HostItem).steps = ['false']
    const outcome = await applyPlan(
      applying(plan, hosts, { checkKind: () => ({ kind: 'look', scope: 'play', verdict: () => ({ holds: true }) }) }),
    )
    expect(endsOf(outcome).map(([, end]) => end)).toEqual(['done', 'failed', 'done'])
  })

  test('that does not come to hold fails the hosts that it does not hold on, with why and what to do', async () => {
    const kind: CheckKind<unknown> = {
      kind: 'look',
      scope: 'play',
      verdict: (_, { host }) =>
        host === 'h2' ? { holds: false, reason: 'no route', evidence: 'ip route: nothing', next: 'Look at its routes.' } : { holds: true },
    }
    const outcome = await applyPlan(applying(withGate(), hosts, { checkKind: () => kind }))
    expect(endsOf(outcome).map(([, end]) => end)).toEqual(['done', 'failed', 'done'])
    expect(outcome.hosts.get('h2')!.error).toMatchObject({
      code: 'GATE',
      message: expect.stringContaining('no route'),
      words: 'ip route: nothing',
      next: 'Look at its routes.',
    })
    expect([hosts[1]!.has('a'), hosts[1]!.has('b')]).toEqual([true, false])
  })
})
