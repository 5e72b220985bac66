import { holdText, type HoldEvent } from '../../src/report/hold-words.js'
import { paintFor } from '../../src/report/paint.js'
import { itemInWords } from '../../src/report/item-words.js'
import { item } from './planned.js'

const until = new Date(2026, 10, 25, 2, 31).toISOString()
const ended = { type: 'hold-ended' as const, hold: 'reflectors', hosts: ['n1', 'n2'], routes: 132, equal: 132, differing: [] }

test.each<[HoldEvent, string[]]>([
  [
    { type: 'hold-armed', hold: 'reflectors', hosts: ['n1', 'n2'], routes: 132, until },
    ['  reflectors: data path held on 2 hosts, 132 routes, released by itself at 02:31'],
  ],
  [
    { type: 'hold-undoing', hold: 'reflectors', hosts: ['n1', 'n2'], reason: 'n3: no session with n2\nmore' },
    ['  reflectors: put back while the data path is held on n1 n2\n    because of n3: no session with n2'],
  ],
  [{ ...ended, end: 'released' }, ['  ✔ reflectors: released, 132 of 132 routes equal']],
  [
    { ...ended, end: 'undone', reason: 'n3: no session' },
    ['  ✖ reflectors: what was done is put back; 132 of 132 routes equal, released\n    because of n3: no session'],
  ],
  [{ ...ended, end: 'kept' }, ['  ✖ reflectors: what was done stays, nothing came after it; 132 of 132 routes equal, released']],
  [
    { ...ended, end: 'left', equal: 130, until, differing: [{ host: 'n2', words: '2 of 66 held routes are not in main' }] },
    [
      '  ✖ reflectors: STILL HELD, 130 of 132 routes equal; the hosts release it by themselves at 02:31',
      '    n2: 2 of 66 held routes are not in main',
    ],
  ],
])('%j', (event, lines) => expect(holdText(event, paintFor(false))).toEqual(lines))

test('arming and releasing, as a check shows them', () => {
  const key = 'held-routes:reflectors 4 10.244.0.0/16 52001 100'
  const arm = item('n1', 'held-routes', key, 'create', [
    { field: 'held', before: null, after: '10.244.0.0/16' },
    { field: 'released by its timer', before: 'at T, when 2 of 2 routes are equal', after: null },
  ])
  const release = item('n1', 'held-routes', key, 'remove', [{ field: 'released', before: null, after: '10.244.0.0/16' }])
  expect([arm, release].map(itemInWords)).toEqual([
    'data path to 10.244.0.0/16    held in table 52001, reflectors; released by its timer at T, when 2 of 2 routes are equal',
    'data path to 10.244.0.0/16    released once main is equal, reflectors',
  ])
})
