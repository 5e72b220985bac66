import type { RunEvent } from '../../src/events.js'
import type { HealthCheck } from '../../src/plan/make.js'
import type { CheckKind } from '../../src/resources/resource.js'
import { sh } from '../../src/shell.js'
import { verifyHosts } from '../../src/verify/verify.js'
import { noEtcd } from '../apply/plans.js'
import { FakeSession } from '../support/fake-session.js'

const kind: CheckKind<unknown> = {
  kind: 'look',
  scope: 'host',
  probe: params => sh`look at ${String(params)}`,
  verdict: (_params, { host }, { output }) =>
    output === 'well'
      ? { holds: true, reached: [{ host: `peer of ${host}`, small: true, full: true }] }
      : { holds: false, reason: output, next: 'Look there.' },
}
const checkOf = (title: string): HealthCheck =>
  ({
    title,
    kind,
    params: new Map([
      ['n1', title],
      ['n2', title],
    ]),
  }) as never

async function verified(titles: string[], answer: (host: string, script: string) => string, timeoutMs: number) {
  const events: RunEvent[] = []
  const sessions = new Map(['n1', 'n2'].map(name => [name, new FakeSession(name, script => answer(name, script))]))
  const judged = await verifyHosts({
    ...{ checks: titles.map(checkOf), sessions, etcd: noEtcd, forks: 5, timeoutMs },
    emit: event => void events.push(event),
  })
  return { judged, events, sessions }
}

test('every verdict is told with all that is in it, and counted host by host', async () => {
  const { judged, events } = await verified(['a', 'b'], (host, script) => (host === 'n2' && script.includes(' b') ? 'gone' : 'well'), 0)
  expect([...judged]).toEqual([
    ['n1', { held: 2, failed: 0 }],
    ['n2', { held: 1, failed: 1 }],
  ])
  expect(events).toHaveLength(4)
  expect(events[0]).toEqual({
    ...{ type: 'check-judged', check: 'a', host: 'n1', holds: true },
    reached: [{ host: 'peer of n1', small: true, full: true }],
  })
  expect(events[3]).toEqual({ type: 'check-judged', check: 'b', host: 'n2', holds: false, reason: 'gone', next: 'Look there.' })
})

test('what is wrong for good is waited for once, not once a check', async () => {
  const { sessions } = await verified(['a', 'b', 'c'], () => 'gone', 700)
  const looks = (title: string) => sessions.get('n1')!.requests.filter(({ script }) => script.includes(`look at ${title}`)).length
  // Two looks and a pause each, whatever is left: a packet can be lost.
  expect([looks('a'), looks('b'), looks('c')]).toEqual([3, 3, 3])
})
