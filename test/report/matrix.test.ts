import { matrixLines } from '../../src/report/matrix.js'
import { paintFor } from '../../src/report/paint.js'
import type { Judgement } from '../../src/report/judged.js'

const hosts = ['n1', 'n2', 'n3']
/** `✔✖` is small packets answered and full-size ones not; an empty word: that host was not tried. */
function judged(rows: Record<string, string[]>): Judgement[] {
  return Object.entries(rows).map(([host, marks]) => ({
    type: 'check-judged',
    check: 'Pods reach each other',
    host,
    holds: marks.every(mark => mark === '✔✔'),
    reached: hosts
      .filter(other => other !== host)
      .flatMap((other, i) => (marks[i] ? [{ host: other, small: marks[i].startsWith('✔'), full: marks[i].endsWith('✔') }] : [])),
  }))
}
const lines = (judgements: Judgement[], width = 100) => matrixLines(judgements, paintFor(false), width)

test('a row for each host says whom its pod reaches, with small packets and with full-size ones', () => {
  expect(lines(judged({ n1: ['✔✔', '✔✖'], n2: ['✔✔', '✔✔'], n3: ['✖✖', '✔✔'] }))).toEqual([
    'pods  n1   n2   n3   small / full-size with DF',
    '  n1  –    ✔ ✔  ✔ ✖',
    '  n2  ✔ ✔  –    ✔ ✔',
    '  n3  ✖ ✖  ✔ ✔  –',
  ])
})

test('a pod that could not be made was tried by nobody', () => {
  expect(lines(judged({ n1: ['✔✔', ''], n2: ['✔✔', '✔✔'], n3: ['', ''] }))[3]).toBe('  n3  ·    ·    –')
})

test.each([
  ['one host alone', judged({ n1: [] }), 100],
  ['hosts of which each tried its next one only', judged({ n1: ['✔✔'], n2: ['', '✔✔'], n3: ['✔✔'] }), 100],
  ['a terminal that is too narrow', judged({ n1: ['✔✔', '✔✔'], n2: ['✔✔', '✔✔'], n3: ['✔✔', '✔✔'] }), 40],
  ['a check that is not about pairs', hosts.map((host): Judgement => ({ type: 'check-judged', check: 'c', host, holds: true })), 100],
])('there is none for %s', (_, judgements, width) => {
  expect(lines(judgements, width)).toEqual([])
})
