import { causesJudgedText, foundLines, type CauseFound } from '../../src/report/found.js'
import { paintFor } from '../../src/report/paint.js'

const paint = paintFor(false)
const finding = (host: string | undefined, cause = 'x is wrong'): CauseFound => ({
  type: 'cause-found',
  id: 'P28',
  ...(host === undefined ? {} : { host }),
  cause,
  evidence: [
    { text: 'a\u001b[2J', where: '/etc/x:1' },
    { text: 'b', where: 'ls /y' },
  ],
  fix: 'mend it',
  role: 'flannel',
  task: 'Write x',
  command: 'npx netplay flannel.yml',
})
const nothing = { type: 'causes-judged', findings: 0, hosts: 3, causes: 40, looked: 40, notLooked: [] } as const

test('hosts with one cause are told together, in the order of the inventory; what hosts say is escaped', () => {
  expect(foundLines([finding('n2'), finding('n1'), finding('n3', 'y is wrong')], ['n1', 'n2', 'n3'], paint).slice(0, 5)).toEqual([
    '✖ n1 n2  P28  x is wrong',
    '    seen   a\\x1b[2J  (/etc/x:1, on n1)',
    '           b  (ls /y)',
    '    fix    mend it',
    '           role flannel, task "Write x":  npx netplay flannel.yml',
  ])
})

test('what is the cluster’s comes first, and is said to be', () => {
  expect(foundLines([finding('n1'), finding(undefined)], ['n1'], paint)[0]).toBe('✖ etcd  P28  x is wrong')
})

test.each([
  [nothing, 'No finding on 3 hosts. All 40 known causes were looked for.'],
  [{ ...nothing, findings: 1, hosts: 1 }, '1 finding on 1 host. All 40 known causes were looked for.'],
  [
    {
      ...nothing,
      looked: 37,
      notLooked: [
        { id: 'P13', host: 'n3', needs: 'containers that n3 does not run' },
        { id: 'P03', needs: 'etcd' },
        { id: 'P33', needs: 'etcd' },
      ],
    },
    'No finding on 3 hosts. 37 of 40 known causes were looked for; P13 needs containers that n3 does not run; 2 (P03 P33) need etcd.',
  ],
])('the last line says what was looked for, and what was not and why', (judged, text) => {
  expect(causesJudgedText({ ...judged, notLooked: [...judged.notLooked] })).toBe(text)
})
