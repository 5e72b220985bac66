import { readFileSync } from 'node:fs'
import type { RunEvent } from '../../src/events.js'
import { mistakesIn } from '../support/events-schema.js'
import { changed, item } from './planned.js'
import { finished, planMade, planned, recapOf, started } from './told.js'

const error = { code: 'STEP_FAILED', message: 'm', words: 'w', leftAs: 'l', next: 'n' }
const of = { host: 'n1', item: 's1.n1.1', role: 'web', task: 'Write x', key: 'file:/etc/x' }

/** One of each type: TypeScript refuses this table when a type is missing. */
const samples: Record<RunEvent['type'], RunEvent> = {
  'run-started': started('check', ['n1']),
  warning: { type: 'warning', message: 'm', hosts: ['n1'] },
  'host-connected': { type: 'host-connected', host: 'n1', ms: 1.5 },
  'host-unreachable': { type: 'host-unreachable', host: 'n1', error },
  'host-facts': { type: 'host-facts', host: 'n1', ms: 0 },
  'host-probed': { type: 'host-probed', host: 'n1', ms: 0 },
  'play-planned': planned([]),
  'item-planned': {
    ...item('n1', 'file', 'file:/etc/x', 'change', [
      changed('content', { text: 'a' }, { digest: 'a'.repeat(64), sizeBytes: 7 }),
      changed('content', { sensitive: true }, { unknown: 'somebody writes it' }),
      changed('enabled', null, true),
      changed('uid', 0, '0'),
    ]),
    as: 'app',
    origin: 'site.yml:14:7',
  },
  'host-refused': { type: 'host-refused', host: 'n1', role: 'web', task: 't', origin: 'o', error },
  'plan-made': planMade,
  'plan-saved': { type: 'plan-saved', plan: 'p', file: 'window.plan' },
  'plan-stale': {
    type: 'plan-stale',
    plan: 'p',
    madeAt: '2026-11-22T14:03:11.000Z',
    madeBy: 'ann@ops1',
    hosts: 2,
    moved: [{ host: 'n1', key: 'file:/x', planned: 'type=absent', now: '' }],
    partial: false,
  },
  'stage-started': { type: 'stage-started', play: 1, stage: 1, name: 'web', hosts: ['n1'], batch: 1, batches: 1, changes: 0 },
  'item-started': { type: 'item-started', ...of, action: 'create' },
  'item-progress': { type: 'item-progress', host: 'n1', item: 'i', text: 't', done: 1, total: 2, unit: 'bytes' },
  'item-ok': { type: 'item-ok', ...of, ms: 1 },
  'item-changed': { type: 'item-changed', ...of, ms: 1 },
  'item-skipped': { type: 'item-skipped', ...of, ms: 1 },
  'item-failed': { type: 'item-failed', ...of, origin: 'o', ms: 1, error },
  'host-ended': { type: 'host-ended', host: 'n1', end: 'unknown', error },
  'stage-ended': { type: 'stage-ended', play: 1, stage: 1, ms: 1 },
  'check-judged': {
    type: 'check-judged',
    check: 'c',
    host: 'n1',
    peer: 'n2',
    holds: false,
    detail: 'd',
    warning: 'w',
    reason: 'r',
    evidence: 'e',
    next: 'n',
    reached: [
      { host: 'n2', small: true, full: true },
      { host: 'n3', small: true, full: false, reason: 'no answer' },
    ],
  },
  'checks-judged': { type: 'checks-judged', held: 41, judged: 42, pending: 0 },
  'cause-found': {
    type: 'cause-found',
    id: 'P09',
    host: 'n1',
    cause: 'c',
    evidence: [{ text: '-P FORWARD DROP', where: 'iptables -S FORWARD' }],
    fix: 'f',
    role: 'flannel',
    task: 't',
    command: 'npx netplay flannel.yml',
  },
  'causes-judged': {
    type: 'causes-judged',
    findings: 1,
    hosts: 3,
    causes: 40,
    looked: 39,
    notLooked: [{ id: 'P13', host: 'n3', needs: 'containers that n3 does not run' }],
  },
  'hold-armed': { type: 'hold-armed', hold: 'a', hosts: ['n1'], routes: 3, until: '2026-11-25T02:31:00.000Z' },
  'hold-undoing': { type: 'hold-undoing', hold: 'a', hosts: ['n1'], reason: 'r' },
  'hold-ended': {
    ...{ type: 'hold-ended', hold: 'a', end: 'left', hosts: ['n1'], routes: 3, equal: 2, differing: [{ host: 'n1', words: 'w' }] },
    ...{ reason: 'r', until: '2026-11-25T02:31:00.000Z' },
  },
  interrupted: { type: 'interrupted', times: 1 },
  'run-failed': { type: 'run-failed', error: { code: 'INPUT', message: 'm', next: 'n' }, exit: 1 },
  'run-finished': {
    ...finished({ n1: recapOf({ ok: 1 }) }, { n1: 'done' }),
    requests: { n1: { facts: 1 } },
  } as RunEvent,
}
const at = '2026-11-22T14:03:11.123Z'
const page = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8')

describe.each(Object.entries(samples))('%s', (type, event) => {
  test('is as the schema has it, and nothing else is', () => {
    expect(event.type).toBe(type)
    expect(mistakesIn([{ at, ...event }])).toEqual([])
    expect(mistakesIn([{ at, ...event, surprise: 1 }])).toHaveLength(1)
    expect(mistakesIn([event])).toHaveLength(1)
  })

  test('is in docs/events.md with every field', () => {
    const row = page.split('\n').find(line => line.startsWith('|') && line.split('|')[1]!.includes(`\`${type}\``)) ?? ''
    const above = page.split('\n').find(line => line.includes('`item-ok`')) ?? ''
    const said = row.includes('the same') ? row + above : row
    for (const field of Object.keys(event).filter(name => name !== 'type')) expect(said).toContain(`\`${field}\``)
  })
})

test('what is no event is found', () => {
  expect(
    mistakesIn([
      { at, type: 'host-conected', host: 'n1', ms: 1 },
      { at, type: 'warning' },
      { at, type: 'interrupted', times: '1' },
    ]),
  ).toHaveLength(3)
})
