import { matrixLines, pairLines } from '../../src/report/matrix.js'
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

describe('without a table', () => {
  const ring = judged({ n1: ['✔✔'], n2: ['', '✔✖'], n3: ['✖✖'] })
  const told = (judgements: Judgement[], width = 100) => pairLines(judgements, paintFor(false), width)

  test('the pairs are counted, and those told that do not reach each other', () => {
    expect(told(ring)).toEqual(['pods  3 pairs tried: 2 small, 1 full-size with DF answered', '  ✔ ✖  n2 → n3', '  ✖ ✖  n3 → n1'])
    expect(told(judged({ n1: ['✔✔', '✔✔'], n2: ['✔✔', '✔✔'], n3: ['✔✔', '✔✔'] }), 40)).toEqual([
      'pods  6 pairs tried: 6 small, 6 full-size with DF answered',
    ])
  })

  test('more than twenty pairs are not told one by one', () => {
    const names = Array.from({ length: 30 }, (_, i) => `h${i + 1}`)
    const judgements = names.map((host, i): Judgement => ({
      ...{ type: 'check-judged', check: 'Pods reach each other', host, holds: false },
      reached: [{ host: names[(i + 1) % 30]!, small: false, full: false, reason: 'no answer' }],
    }))
    const lines = told(judgements)
    expect(lines).toHaveLength(22)
    expect(lines.at(-1)).toBe('  … and 10 more pairs (--output json has all)')
  })

  test('a check that is not about pairs says nothing of them', () => {
    expect(told(hosts.map((host): Judgement => ({ type: 'check-judged', check: 'c', host, holds: true })))).toEqual([])
  })
})
