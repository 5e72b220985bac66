import { lockHost } from '../../src/apply/lock.js'
import { ProgramLines, type ProgramLine } from '../../src/apply/program-line.js'
import { programOf } from '../../src/apply/program.js'
import { undoProgramOf } from '../../src/apply/undo-program.js'
import type { PlannedThing } from '../../src/plan/plan.js'
import { fileItem, fileThing, openTestHost, planHost, type TestHost } from './test-host.js'

let host: TestHost
let things: PlannedThing[]
beforeEach(async () => {
  host = await openTestHost()
  await lockHost(host.session, 'ann')
  await host.write('old', 'before')
  things = [fileThing(host, 'old', ['before', 'middle', 'after']), fileThing(host, 'new', ['absent', 'made'])]
})
afterEach(() => host.close())

const items = () => [
  fileItem(host, 'old', 'middle', { id: 's1.h1.1', from: 'before' }),
  fileItem(host, 'old', 'after', { id: 's1.h1.2', from: 'middle' }),
  fileItem(host, 'new', 'made', { id: 's1.h1.3' }),
]

async function ran(program: { text: string; nonce: string }): Promise<ProgramLine[]> {
  const lines = new ProgramLines(program.nonce)
  await host.session.request(program.text, { purpose: 'program', onStdout: lines.push })
  return lines.all
}
const apply = async (dieAt?: string) => {
  if (dieAt !== undefined) await host.write('run/fault', `${dieAt}\n`)
  await ran(programOf(items(), planHost(things), 'run-1', 'salt'))
  await host.write('run/fault', '')
}
const undo = () => ran(undoProgramOf(planHost(things), 'run-1', 'salt'))
const isAsBefore = async () => (await host.read('old')) === 'before' && !host.has('new')

test('after a whole run every thing is put back, told, and the store goes; a second undo finds that the run never wrote here', async () => {
  await apply()
  expect([await host.read('old'), await host.read('new')]).toEqual(['after', 'made'])
  expect(await undo()).toEqual([{ type: 'back', item: '0' }, { type: 'back', item: '1' }, { type: 'end' }])
  expect(await isAsBefore()).toBe(true)
  expect(host.has('lib/runs/run-1')).toBe(false)
  expect(await undo()).toEqual([{ type: 'stopped', why: 'untouched', words: '' }])
})

test.each([
  ['s1.h1.1.0', []],
  ['s1.h1.2.0', ['0']],
  ['s1.h1.3.0', ['0']],
])('after a death before step %s only what differs is put back', async (at, back) => {
  await apply(at)
  expect(await undo()).toEqual([...back.map(item => ({ type: 'back', item })), { type: 'end' }])
  expect(await isAsBefore()).toBe(true)
})

test('a thing that is between two planned states, word by word, is put back', async () => {
  const path = `${host.folder}/two`
  const two = (first: string, second: string) => `a=${first} b=${second}`
  things = [
    {
      key: 'file:two',
      kind: 'test',
      chain: [two('1', '1'), two('2', '2')],
      fingerprintText: { text: `cat ${path}` },
      undo: { restore: `echo '${two('1', '1')}' >${path}` },
    },
  ]
  await host.session.request(`mkdir -p ${host.folder}/lib/runs/run-1/store`, { purpose: 'test' })
  for (const [now, verdict] of [
    [two('2', '1'), 'back'],
    [two('1', '2'), 'back'],
    [two('3', '2'), 'moved'],
    [`${two('2', '2')} c=1`, 'moved'],
  ] as const) {
    await host.session.request(`mkdir -p ${host.folder}/lib/runs/run-1/store`, { purpose: 'test' })
    await host.write('two', `${now}\n`)
    expect((await undo())[0]!.type).toBe(verdict)
    expect(await host.read('two')).toBe(`${verdict === 'back' ? two('1', '1') : now}\n`)
  }
})

test('what somebody else changed is left alone and told, the others are put back, and the store stays', async () => {
  await apply()
  await host.write('old', 'mine')
  expect(await undo()).toEqual([{ type: 'moved', item: '0', now: 'word=mine' }, { type: 'back', item: '1' }, { type: 'end' }])
  expect([await host.read('old'), host.has('new'), host.has('lib/runs/run-1/store')]).toEqual(['mine', false, true])
})

test('a thing that cannot be put back is told with its words, the others are put back, and the next try does the rest', async () => {
  await apply()
  const [old, made] = things as [PlannedThing, PlannedThing]
  things = [{ ...old, undo: { restore: 'echo "no room" >&2; false' } }, made]
  expect(await undo()).toEqual([
    { type: 'failed', item: '0', step: 0, exit: 1, words: 'no room\n' },
    { type: 'back', item: '1' },
    { type: 'end' },
  ])
  things = [old, made]
  expect(await undo()).toEqual([{ type: 'back', item: '0' }, { type: 'end' }])
  expect(await isAsBefore()).toBe(true)
})

test('first all that stops things, then contents in reverse order, then all that starts them', async () => {
  const says = (word: string) => `echo ${word} >>${host.folder}/order`
  things = [1, 2, 3].map(n => ({
    key: `unit:${n}` as const,
    kind: 'test',
    chain: ['state=first', 'state=planned'],
    fingerprintText: { text: 'echo state=planned' },
    undo: { before: says(`stop${n}`), restore: says(`restore${n}`), after: says(`start${n}`) },
  }))
  await host.session.request(`mkdir -p ${host.folder}/lib/runs/run-1/store`, { purpose: 'test' })
  await undo()
  expect((await host.read('order')).split('\n').filter(Boolean)).toEqual([
    ...['stop1', 'stop2', 'stop3'],
    ...['restore3', 'restore2', 'restore1'],
    ...['start1', 'start2', 'start3'],
  ])
})

test('a unit that reads as before still gets its own texts: it may run what we gave it; its contents are left', async () => {
  const says = (word: string) => `echo ${word} >>${host.folder}/order`
  things = [
    {
      key: 'unit:x',
      kind: 'test',
      chain: ['state=first', 'state=planned'],
      fingerprintText: { text: 'echo state=first' },
      undo: { before: says('stop'), restore: says('restore'), after: says('start') },
    },
  ]
  await host.session.request(`mkdir -p ${host.folder}/lib/runs/run-1/store`, { purpose: 'test' })
  expect(await undo()).toEqual([{ type: 'end' }])
  expect(await host.read('order')).toBe('stop\nstart\n')
})
