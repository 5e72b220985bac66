import { betweenBarriers } from '../../src/plan/barriers.js'
import type { DraftTask, HostDraft, StageDraft } from '../../src/plan/draft.js'
import type { PlayPart } from '../../src/playbook/written-task.js'
import { holds, note, play, role } from './drafts.js'

const task = { type: 'kind', runOnce: false, anyErrorsFatal: false } as PlayPart & { type: 'kind' }
const drafted = (name: string, at: number, more: Partial<DraftTask['control']> = {}): DraftTask => ({
  role,
  task: note(name, { name, text: 'x' }),
  control: { at, ...more },
})
const hostDraft = (tasks: DraftTask[], more: Partial<HostDraft> = {}): HostDraft => ({
  tasks,
  preconditions: [],
  checks: [],
  skipped: [],
  ...more,
})
const batch = (parts: PlayPart[], work: Record<string, HostDraft>): StageDraft => ({
  play: { ...play(1), parts },
  batch: 1,
  batches: 1,
  hosts: Object.keys(work),
  work: new Map(Object.entries(work)),
})
const told = (stages: StageDraft[]) =>
  stages.map(({ work, play: { anyErrorsFatal } }) =>
    [
      ...[...work].map(([host, { tasks }]) => `${host}: ${tasks.map(each => each.task.title).join(' ')}`),
      ...(anyErrorsFatal ? ['all stop'] : []),
    ].join('; '),
  )

test('a batch whose tasks wait for nobody is one stage', () => {
  const draft = batch([task, task], { n1: hostDraft([drafted('a', 0)]) })
  expect(betweenBarriers(draft)).toEqual([draft])
})

test('hosts meet before and after a task that runs once, which the first host of the batch does for all', () => {
  const parts = [task, { ...task, runOnce: true }, task]
  const own = () =>
    hostDraft([drafted('a', 0), drafted('once', 1), drafted('b', 2), { role, task: note('gate', { name: 'g', text: null }) }])
  const stages = betweenBarriers(batch(parts, { n1: own(), n2: own() }))
  expect(told(stages)).toEqual(['n1: a; n2: a', 'n1: once; all stop', 'n1: b gate; n2: b gate'])
  expect(stages[1]!.work.get('n1')!.tasks[0]!.control).toEqual({ at: 1, of: ['n1', 'n2'] })
})

test('a task that runs once and that an include named for some hosts runs on the first of these, for them', () => {
  const included = { from: {} as never, hosts: new Set(['n2', 'n3']) }
  const own = () => hostDraft([drafted('once', 0)])
  const [stage] = betweenBarriers(batch([{ ...task, runOnce: true, included }], { n1: hostDraft([]), n2: own(), n3: own() }))
  expect(told([stage!])).toEqual(['n2: once; all stop'])
  expect(stage!.work.get('n2')!.tasks[0]!.control).toEqual({ at: 0, of: ['n2', 'n3'] })
})

test('a task for another host is carried out there, for each host, and keeps whose it is', () => {
  const parts: PlayPart[] = [{ ...task, delegateTo: { value: 'n9', origin: { file: 'x', line: 1, column: 1 } } }]
  const own = () => hostDraft([drafted('join', 0, { delegateTo: 'n9' })])
  const [stage, ...others] = betweenBarriers(batch(parts, { n1: own(), n2: own() }))
  expect(others).toEqual([])
  expect(stage!.hosts).toEqual(['n1', 'n9', 'n2'])
  expect(told([stage!])).toEqual(['n1: ; n9: join [n1 -> n9] join [n2 -> n9]; n2: ; all stop'])
})

test('what must hold before anything is written is asked before the first stage, also where nothing stands before the barrier', () => {
  const error = { role: 'web', cause: new Error('x') }
  const stages = betweenBarriers(
    batch([{ ...task, anyErrorsFatal: true }, task], { n1: hostDraft([drafted('a', 0), drafted('b', 1)], { error }) }),
  )
  expect(told(stages)).toEqual(['n1: a; all stop', 'n1: b'])
  expect(stages.map(({ work }) => work.get('n1')!.error)).toEqual([error, undefined])
})

test('a host that has nothing to do at a first task that runs once is still told what must hold there, and what is wrong', () => {
  const error = { role: 'web', cause: new Error('x') }
  const preconditions = [{ role, check: { kind: holds, title: 'it holds', params: {} } }]
  const parts = [{ ...task, runOnce: true }, task]
  const own = (more: Partial<HostDraft>) => hostDraft([drafted('once', 0), drafted('b', 1)], more)
  const [first] = betweenBarriers(batch(parts, { n1: own({}), n2: own({ preconditions }), n3: own({ error }), n4: own({}) }))
  expect(told([first!])).toEqual(['n1: once; n2: ; n3: ; all stop'])
  expect(first!.hosts).toEqual(['n1', 'n2', 'n3'])
  expect(first!.work.get('n2')!.preconditions).toBe(preconditions)
  expect(first!.work.get('n3')!.error).toBe(error)
})
