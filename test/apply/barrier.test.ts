import { Barriers } from '../../src/apply/barrier.js'
import type { Verdict } from '../../src/resources/resource.js'

const holds: Verdict = { holds: true }

/** Barriers where each of these hosts has these gates; what was judged is kept. */
function open(gates: Record<string, string[]>) {
  const judged: [string, string[]][] = []
  const barriers = new Barriers(new Map(Object.entries(gates).map(([host, own]) => [host, new Set(own)])), async (gate, hosts) => {
    judged.push([gate, hosts])
    return new Map(hosts.map(host => [host, holds]))
  })
  return { barriers, judged }
}

test('a gate is judged once, when every host that has it has arrived', async () => {
  const { barriers, judged } = open({ n1: ['g'], n2: ['g'], n3: [] })
  const first = barriers.arrive('g', 'n1')
  expect(judged).toEqual([])
  const second = barriers.arrive('g', 'n2')
  expect(await Promise.all([first, second])).toEqual([holds, holds])
  expect(judged).toEqual([['g', ['n1', 'n2']]])
})

test('a host that goes no further keeps nobody waiting', async () => {
  const { barriers, judged } = open({ n1: ['g'], n2: ['g'] })
  const waiting = barriers.arrive('g', 'n1')
  barriers.leave('n2')
  expect(await waiting).toEqual(holds)
  expect(judged).toEqual([['g', ['n1']]])
})

test('nothing is judged where the last host leaves before it arrives', () => {
  const { barriers, judged } = open({ n1: ['g'] })
  barriers.leave('n1')
  expect(judged).toEqual([])
})

test('gates are apart, and a host that has passed one is not waited for there again', async () => {
  const { barriers, judged } = open({ n1: ['a', 'b'], n2: ['a', 'b'] })
  await Promise.all([barriers.arrive('a', 'n1'), barriers.arrive('a', 'n2')])
  const early = barriers.arrive('b', 'n1')
  barriers.leave('n2')
  expect(await early).toEqual(holds)
  expect(judged).toEqual([
    ['a', ['n1', 'n2']],
    ['b', ['n1']],
  ])
})

test('a host that the judge says nothing of does not pass', async () => {
  const barriers = new Barriers(new Map([['n1', new Set(['g'])]]), async () => new Map())
  expect(await barriers.arrive('g', 'n1')).toEqual({ holds: false, reason: 'it was not judged' })
})
