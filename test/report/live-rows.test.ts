import type { RunEvent } from '../../src/events.js'
import { LiveRows } from '../../src/report/live-rows.js'
import { paintFor } from '../../src/report/paint.js'

const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i + 1}`)
const stageOf = (hosts: string[], batches = 1) =>
  ({ type: 'stage-started', play: 2, stage: 1, name: 'flannel', hosts, batch: 1, batches, changes: 1 }) as const
const of = (host: string, task: string) => ({ host, item: `s1.${host}.1`, role: 'flannel', task, key: 'file:/x' })
const rowsOf = (hosts: string[], planned = 2, batches = 1) =>
  new LiveRows(stageOf(hosts, batches), new Map(hosts.map(host => [host, planned])), 0)
const drawn = (rows: LiveRows, nowMs = 41_000, rowsOnScreen = 50) =>
  `\n${rows.lines(nowMs, { paint: paintFor(false), spinner: '⠼', rowsOnScreen }).join('\n')}\n`
const follow = (rows: LiveRows, ...events: RunEvent[]) => events.forEach(event => rows.follow(event, 1000))

test('a line a host: the task under way, how far it is, what is done, what went wrong', () => {
  const rows = rowsOf(names(5))
  follow(
    rows,
    { type: 'item-started', ...of('n1', 'Install flanneld'), action: 'create' },
    { type: 'item-progress', host: 'n1', item: 'i', text: 'file:/x', done: 38e6, total: 51e6, unit: 'bytes' },
    { type: 'item-changed', ...of('n2', 'Install flanneld'), ms: 1 },
    { type: 'item-started', ...of('n2', 'Lease of this host in etcd'), action: 'none' },
    { type: 'item-progress', host: 'n2', item: 'i', text: 'no lease yet', done: 12_000, total: 60_000, unit: 'ms' },
    { type: 'item-started', ...of('n3', 'Install flanneld'), action: 'create' },
    { type: 'item-failed', ...of('n3', 'Install flanneld'), ms: 1, error: { code: 'X', message: 'no room\nmore', next: '' } },
    { type: 'item-started', ...of('n4', 'a'), action: 'create' },
    { type: 'item-changed', ...of('n4', 'a'), ms: 1 },
    { type: 'item-changed', ...of('n4', 'b'), ms: 1 },
  )
  expect(drawn(rows)).toBe(`
PLAY 2 flannel  ▕████████░░░░░░░░░░░░▏ 2 of 5 hosts   0:41
  ⠼ n1   1/2  Install flanneld  38 of 51 MB   0:40
  ⠼ n2   2/2  Lease of this host in etcd  no lease yet (12 s of 60)   0:40
  ✖ n3   Install flanneld: no room
  ✔ n4   2 changed   0:00
  · n5   waiting
`)
})

test('a gate after the last change puts its host to work again', () => {
  const rows = rowsOf(['n1'], 1)
  follow(rows, { type: 'item-started', ...of('n1', 'a'), action: 'create' }, { type: 'item-changed', ...of('n1', 'a'), ms: 1 })
  expect(drawn(rows)).toContain('✔ n1   1 changed')
  follow(rows, { type: 'item-started', ...of('n1', 'Pods reach each other'), action: 'none' })
  expect(drawn(rows)).toContain('⠼ n1   1/1  Pods reach each other')
})

test('above 30 hosts they fold: who is at work or in trouble has a line, all others share theirs', () => {
  const hosts = names(40)
  const rows = rowsOf(hosts, 1)
  for (const host of hosts.slice(0, 26))
    follow(rows, { type: 'item-started', ...of(host, 'a'), action: 'create' }, { type: 'item-changed', ...of(host, 'a'), ms: 1 })
  follow(rows, { type: 'item-started', ...of('n27', 'Run flanneld'), action: 'create' })
  follow(rows, { type: 'item-failed', ...of('n29', 'Install flanneld'), ms: 1, error: { code: 'X', message: 'disk full', next: '' } })
  expect(drawn(rows)).toBe(`
PLAY 2 flannel  ▕██████████████░░░░░░▏ 27 of 40 hosts   0:41
  ✔ n1–n26   26 changed
  ✖ n29   Install flanneld: disk full
  ⠼ n27   1/1  Run flanneld   0:40
  · n28 n30–n40   waiting
`)
})

test('of many at work and many in trouble some have a line, and the rest are named', () => {
  const hosts = names(40)
  const rows = rowsOf(hosts, 1)
  for (const host of hosts.slice(0, 20)) follow(rows, { type: 'item-started', ...of(host, 'a'), action: 'create' })
  for (const host of hosts.slice(20))
    follow(rows, { type: 'item-failed', ...of(host, 'a'), ms: 1, error: { code: 'X', message: 'no', next: '' } })
  const lines = drawn(rows).trim().split('\n')
  expect(lines).toHaveLength(1 + 5 + 1 + 8 + 1)
  expect(lines[6]).toBe('  ✖ n26–n40')
  expect(lines.at(-1)).toBe('    n9–n20   at work')
})

test('a terminal with few lines folds sooner', () => {
  expect(
    drawn(rowsOf(names(12)), 0, 10)
      .trim()
      .split('\n'),
  ).toHaveLength(2)
})

test('when the stage ends nobody is left waiting: done, or stopped and how far', () => {
  const rows = rowsOf(['n1', 'n2', 'n3'], 2)
  follow(
    rows,
    { type: 'item-started', ...of('n1', 'a'), action: 'create' },
    { type: 'item-changed', ...of('n1', 'a'), ms: 1 },
    { type: 'interrupted', times: 1 },
  )
  follow(rows, { type: 'item-changed', ...of('n3', 'a'), ms: 1 }, { type: 'item-changed', ...of('n3', 'b'), ms: 1 })
  rows.end(2000)
  expect(drawn(rows, 2000)).toBe(`
PLAY 2 flannel  ▕███████░░░░░░░░░░░░░▏ 1 of 3 hosts   0:02   interrupted, stopping
  · n1   stopped, 1 of 2 changed
  · n2   stopped, 0 of 2 changed
  ✔ n3   2 changed   0:02
`)
})

test('a batch says which it is', () => {
  expect(drawn(rowsOf(['n1'], 1, 2))).toContain('PLAY 2 flannel  batch 1 of 2  ▕')
})
