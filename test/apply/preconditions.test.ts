import { jest } from '@jest/globals'
import { join } from 'node:path'
import { applyPlan } from '../../src/apply/apply.js'
import type { ClusterItem, Plan, PlannedCheck, Stage } from '../../src/plan/plan.js'
import type { CheckKind } from '../../src/resources/resource.js'
import { sh } from '../../src/shell.js'
import { applying, planOf } from './plans.js'
import { fileItem, fileThing, openTestHost, planHost, type TestHost } from './test-host.js'

// What does not hold is asked again for ten seconds.
jest.setTimeout(60_000)
let hosts: TestHost[]
beforeEach(async () => {
  hosts = await Promise.all(['h1', 'h2'].map(name => openTestHost({ name })))
})
afterEach(() => Promise.all(hosts.map(host => host.close())))

const missing: CheckKind<{ path: string }> = {
  kind: 'missing',
  scope: 'host',
  probe: ({ path }) => sh`[ ! -e ${path} ]`,
  verdict: ({ path }, _seen, { exit }) => (exit === 0 ? { holds: true } : { holds: false, reason: `${path} is there`, next: 'Remove it.' }),
}
const checkKind = () => missing as CheckKind<unknown>
const isMissing = (host: TestHost, name: string): PlannedCheck => ({
  role: 'test',
  title: 'Nothing is in the way',
  kind: 'missing',
  params: { path: join(host.folder, name) },
})
const nameOf = (host: TestHost) => host.session.host
const byHost = <T>(of: (host: TestHost) => T): Record<string, T> => Object.fromEntries(hosts.map(host => [nameOf(host), of(host)]))

/** Two stages that write a file each; the second wants `way` not to be there. `steps`: of the first. */
const twoStages = (steps: (host: TestHost) => string[], second: Partial<Stage> = {}): Plan =>
  planOf(
    byHost(host => planHost(['a', 'b'].map(name => fileThing(host, name, ['absent', 'x'])))),
    {
      work: byHost(host => [
        fileItem(host, 'a', 'x', { id: `s1.${nameOf(host)}.1`, steps: [`printf x >${join(host.folder, 'a')}`, ...steps(host)] }),
      ]),
    },
    {
      work: byHost(host => [fileItem(host, 'b', 'x', { id: `s2.${nameOf(host)}.1` })]),
      preconditions: byHost(host => [isMissing(host, 'way')]),
      ...second,
    },
  )

test('preconditions of a later stage are judged again before it starts, in one request a host that it changes', async () => {
  const { hosts: ends } = await applyPlan(
    applying(
      twoStages(() => []),
      hosts,
      { checkKind },
    ),
  )
  expect([...ends.values()].map(({ end }) => end)).toEqual(['done', 'done'])
  expect(hosts.map(({ session }) => session.requestCounts.get('preconditions'))).toEqual([1, 1])
})

test('one that no longer holds keeps the stage from that host, by name, with how it was left; the others go on', async () => {
  const inTheWay = (host: TestHost) => (nameOf(host) === 'h1' ? [`touch ${join(host.folder, 'way')}`] : [])
  const { hosts: ends } = await applyPlan(applying(twoStages(inTheWay), hosts, { checkKind }))
  expect(ends.get('h1')).toMatchObject({
    end: 'failed',
    error: {
      code: 'PRECONDITION',
      message: expect.stringMatching(/^Nothing is in the way: .*way is there$/),
      leftAs: expect.stringContaining('wrote nothing there'),
    },
  })
  expect(ends.get('h2')).toMatchObject({ end: 'done', changed: 2 })
  expect(hosts.map(host => [host.has('a'), host.has('b')])).toEqual([
    [true, false],
    [true, true],
  ])
})

test('with any_errors_fatal the stage begins nowhere', async () => {
  const inTheWay = (host: TestHost) => (nameOf(host) === 'h1' ? [`touch ${join(host.folder, 'way')}`] : [])
  await applyPlan(applying(twoStages(inTheWay, { anyErrorsFatal: true }), hosts, { checkKind }))
  expect(hosts.map(host => host.has('b'))).toEqual([false, false])
})

test('what an earlier stage disturbed for a moment is waited for', async () => {
  const forAMoment = (host: TestHost) => [`touch ${join(host.folder, 'way')}; (sleep 1; rm ${join(host.folder, 'way')}) >/dev/null 2>&1 &`]
  const { hosts: ends } = await applyPlan(applying(twoStages(forAMoment), hosts, { checkKind }))
  expect([...ends.values()].map(({ end }) => end)).toEqual(['done', 'done'])
})

test('a host does not go on as if a key were written when the host that was to write it is not in the stage', async () => {
  const seed: ClusterItem = {
    ...{ type: 'cluster', id: 's1.h1.1', role: 'seed', task: 'Seed', kind: 'etcd-key', key: 'etcd3:/k', action: 'create', changes: [] },
    ...{ cluster: { api: 'v3', endpoints: [] }, writes: [], undo: [] },
  }
  const [, h2] = hosts as [TestHost, TestHost]
  const made = planOf(
    { h2: planHost([fileThing(h2, 'a', ['absent', 'x'])]) },
    {
      work: { h1: [seed], h2: [{ ...seed, id: 's1.h2.1', type: 'await', of: 's1.h1.1' }, fileItem(h2, 'a', 'x', { id: 's1.h2.2' })] },
      hosts: ['h2'],
    },
  )
  const { hosts: ends } = await applyPlan(applying(made, [h2]))
  expect([ends.get('h2')?.end, h2.has('a')]).toEqual(['stopped', false])
})
