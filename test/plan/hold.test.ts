import type { Hold } from '../../src/playbook/hold.js'
import { aroundHeld, neededHolds, plannedHolds, timersThatCameFirst, withoutIdleHolds } from '../../src/plan/hold.js'
import type { StageDraft } from '../../src/plan/draft.js'
import type { Task } from '../../src/resources/resource.js'
import { note, predict, stageOf } from './drafts.js'

const hold: Hold = {
  name: 'control',
  podCidr: '10.244.0.0/16',
  timeoutSeconds: 60,
  agreeSeconds: 30,
  table: 52001,
  origin: { file: 'a', line: 1, column: 1 },
}
const heldStage = (tasks: Record<string, Task[]>, index: number): StageDraft => {
  const draft = stageOf(tasks, index)
  return { ...draft, play: { ...draft.play, hold } }
}
const write = (name: string) => note(`Write ${name}`, { name, text: 'new' })
const drafts = () =>
  aroundHeld([
    stageOf({ n1: [write('before')] }, 1),
    heldStage({ n1: [write('a')] }, 2),
    heldStage({ n2: [write('b')] }, 3),
    stageOf({ n3: [write('c')] }, 4),
  ])

const look = 'np_held_look control 4 10.244.0.0/16 52001 100'
const off = { [look]: 'rule=absent table=clear\n' }
const left = { [look]: 'rule=present table=held\nplan 0123\n' }
const cameFirst = {
  [look]: 'rule=absent table=clear\nreleased at 2026-11-25T02:31:00Z\nreleased lacks 10.244.1.0/24 via 198.18.0.12 dev eth0\n',
}
const written = { 'read a': 'new', 'read b': 'new' }

test('the hold is armed before its first play and compared and released after its last, on all hosts of its plays', () => {
  expect(drafts().map(({ play, hold: of, hosts }) => [play.index, of?.does, hosts])).toEqual([
    [1, undefined, ['n1']],
    [2, 'arm', ['n1', 'n2']],
    [2, 'change', ['n1']],
    [3, 'change', ['n2']],
    [3, 'agree', ['n1', 'n2']],
    [3, 'release', ['n1', 'n2']],
    [4, undefined, ['n3']],
  ])
})

test('arming and releasing are items of the plan; whoever fails within it ends it for all', () => {
  const { stages } = predict(drafts(), { n1: off, n2: off })
  const held = stages.filter(stage => stage.hold !== undefined)
  expect(held.every(({ anyErrorsFatal }) => anyErrorsFatal)).toBe(true)
  const [arm] = stages[1]!.work['n2']!
  const [release] = stages[5]!.work['n2']!
  expect(arm).toMatchObject({ role: 'data path', action: 'create', expects: 'rule=absent table=clear', becomes: 'rule=present table=held' })
  expect(release).toMatchObject({ action: 'remove', steps: ['np_held_release control 4 10.244.0.0/16 52001 100'] })
  expect(stages[4]!.work['n1']).toMatchObject([{ type: 'gate', scope: 'play', timeoutMs: 30_000 }])
})

test.each([
  ['a play of it changes something', { n1: off, n2: off }, ['control']],
  ['nothing is to change', { n1: { ...off, ...written }, n2: { ...off, ...written } }, []],
  ['nothing is to change, and a run that died left it armed', { n1: { ...left, ...written }, n2: { ...off, ...written } }, ['control']],
])('it is needed where %s', (_, answers, names) => {
  expect([...neededHolds(predict(drafts(), answers).stages)]).toEqual(names)
})

test('a hold that nothing needs is as if it were not written', () => {
  const kept = withoutIdleHolds(drafts(), new Set())
  expect(kept.map(({ play, hold: of }) => [play.index, of])).toEqual([1, 2, 3, 4].map(index => [index, undefined]))
  expect(plannedHolds(kept)).toBeUndefined()
  expect(plannedHolds(drafts())).toEqual({
    control: { podCidr: '10.244.0.0/16', timeoutSeconds: 60, plays: [2, 3], words: ['control', '4', '10.244.0.0/16', '52001', '100'] },
  })
})

test('what a timer found that came first is said', () => {
  expect(timersThatCameFirst(predict(drafts(), { n1: cameFirst, n2: off }).stages)).toEqual([
    'n1: an earlier run left hold control to its timer, which released it at 2026-11-25T02:31:00Z, when 1 of 1 held routes are not in main: 10.244.1.0/24 via 198.18.0.12 dev eth0',
  ])
})

test('the comparison does not wait for routes via hosts that did not answer or are declared away', () => {
  const draft = heldStage({ n1: [write('a')] }, 1)
  const peers = [
    { name: 'n1', vars: new Map() },
    { name: 'n4', vars: new Map([['ansible_host', { value: '198.18.0.14' }]]) },
  ]
  const absent = [{ name: 'n5', reason: 'RMA until 2999-01-01', address: '198.18.0.15' }]
  const [, , agree] = aroundHeld([{ ...draft, play: { ...draft.play, peers, absent } as unknown as StageDraft['play'] }])
  const [{ task }] = agree!.work.get('n1')!.tasks as unknown as [{ task: { check: { params: { away: string[] } } } }]
  expect(task.check.params.away).toEqual(['198.18.0.14', '198.18.0.15'])
})
