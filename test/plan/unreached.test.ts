import { stagesToBegin, withCallsOff } from '../../src/plan/called-off.js'
import type { Plan, Stage } from '../../src/plan/plan.js'
import type { Session } from '../../src/transport/session.js'
import { describeOnHost } from '../resources/private-host.js'
import { loadSite } from '../support/playbook-folder.js'
import { openPrivateSession } from '../support/private-session.js'
import { carryOut, planFor } from './planned.js'

describeOnHost('of n1 and n2, n1 alone answers', () => {
  let session: Session
  beforeEach(async () => void (session = await openPrivateSession('n1')))
  afterEach(() => session.close())

  const task = (file: string, more = '') => `\n  tasks:\n    - {name: a, file: {path: /srv/${file}, content: x}${more}}\n`
  const any = '- hosts: all\n'
  const called = (why: string) => [`play "all" is not begun, nor anything after it: ${why}`]

  test.each<[string, string, string, string, string[]]>([
    [
      'max_fail_percentage is exceeded',
      `${any}  max_fail_percentage: 30${task('a')}`,
      'stopped',
      '',
      called('n2 does not answer, and that is more than its max_fail_percentage of 30'),
    ],
    ['max_fail_percentage allows it', `${any}  max_fail_percentage: 50${task('a')}`, 'done', 'a\n', []],
    ['max_fail_percentage allows it, and hosts meet', `${any}  max_fail_percentage: 50${task('a', ', run_once: true')}`, 'done', 'a\n', []],
    ['nothing is said', `${any}${task('a')}`, 'done', 'a\n', []],
    [
      'any_errors_fatal is set',
      `- hosts: n1${task('a')}${any}  any_errors_fatal: true${task('b')}- hosts: n1${task('c')}`,
      'stopped',
      'a\n',
      called('n2 does not answer, and any_errors_fatal is set'),
    ],
    ['any_errors_fatal is set in a later play', `${any}${task('a')}${any}  any_errors_fatal: true${task('b')}`, 'done', 'a\nb\n', []],
    [
      'a play has n2 alone',
      `- hosts: n2\n  name: all${task('a')}- hosts: n1${task('b')}`,
      'stopped',
      '',
      called('n2 does not answer, and no other host of it is left'),
    ],
    ['a later play has n2 alone', `${any}${task('a')}- hosts: n2${task('b')}- hosts: n1${task('c')}`, 'done', 'a\nc\n', []],
  ])('%s', async (_, site, end, written, warnings) => {
    const sessions = new Map([['n1', session]])
    const made = await planFor(await loadSite(site, { files: { 'hosts.ini': 'n[1:2]\n' } }), sessions)
    const { hosts } = await carryOut(made, sessions)
    const { stdout } = await session.request('ls /srv', { purpose: 'test', timeoutMs: 10_000 })
    expect([hosts.get('n1')!.end, stdout.toString()]).toEqual([end, written])
    expect(made.plan.stages.flatMap(({ calledOff }) => calledOff ?? [])).toEqual(warnings)
  })
})

test('a hold is not begun where a play that it holds for is called off', () => {
  const stage = (index: number, more: object) => ({ index, hosts: ['n1'], ...more }) as Stage
  const held = (index: number, more = {}) => stage(index, { hold: { name: 'h', does: 'change' }, ...more })
  const stages = [stage(1, {}), held(2), held(3, { calledOff: 'n2 does not answer' }), stage(4, {})]
  expect(stagesToBegin({ stages } as Plan).map(({ index }) => index)).toEqual([1])
})

test('a saved plan is carried out up to the first stage that needs a host which does not answer any more', () => {
  const stage = (index: number, hosts: string[], anyErrorsFatal = false) => ({ index, name: 'p', hosts, anyErrorsFatal }) as Stage
  const begun = (stages: Stage[]) => stagesToBegin(withCallsOff({ stages } as Plan, new Map([['n2', undefined]]))).map(({ index }) => index)
  expect(begun([stage(1, ['n1', 'n2']), stage(2, ['n1', 'n2'], true), stage(3, ['n1'])])).toEqual([1])
  expect(begun([stage(1, ['n1', 'n2']), stage(2, ['n1'], true), stage(3, ['n2'])])).toEqual([1, 2])
})

test('hosts that do not answer any more count in max_fail_percentage of a saved plan, with those that did not when it was made', () => {
  const stage = { index: 1, name: 'p', hosts: ['n1', 'n2', 'n3'], anyErrorsFatal: false, maxFailPercentage: 50 } as Stage
  const applied = (more: Partial<Stage>) => withCallsOff({ stages: [{ ...stage, ...more }] } as Plan, new Map([['n2', undefined]])).stages
  expect(applied({})).toEqual([{ ...stage, unreached: 1 }])
  expect(applied({ unreached: 1 })).toEqual([{ ...stage, unreached: 2 }])
  expect(applied({ unreached: 2 })).toEqual([
    {
      ...stage,
      unreached: 3,
      calledOff: 'play "p" is not begun, nor anything after it: n2 does not answer, and that is more than its max_fail_percentage of 50',
    },
  ])
})
