import type { ErrorReport } from '../../src/events.js'
import { paintFor } from '../../src/report/paint.js'
import { troubleText, type Trouble } from '../../src/report/trouble.js'

const told = (troubles: Trouble[], hosts = ['n1', 'n2', 'n3']) => `${troubleText(troubles, hosts, paintFor(false)).join('\n')}\n`
const unreachable = (host: string, message: string, next = `Try ssh to ${host}.`): Trouble => ({
  label: 'UNREACHABLE',
  host,
  error: { code: 'X', message, next },
})
const failed = (host: string, error: Partial<ErrorReport>): Trouble => ({
  label: 'FAILED',
  host,
  role: 'web',
  task: 'Write x',
  error: { code: 'STEP', message: 'no', next: 'Mend it.', ...error },
})

test('hosts in the same trouble are told together, in the order of the run', () => {
  expect(told([unreachable('n3', 'n3: nothing listens on n3:22'), unreachable('n1', 'n1: nothing listens on n1:22')])).toBe(`
UNREACHABLE n1 n3
  nothing listens on n1:22
  Next: Try ssh to n1.
`)
})

test('where hosts differ in details only, each has its line and the advice comes once', () => {
  expect(
    told([
      unreachable('n1', 'n1: key SHA256:aaa is not known', 'Compare.'),
      unreachable('n2', 'n2: key SHA256:bbb is not known', 'Compare.'),
    ]),
  ).toBe(`
UNREACHABLE n1 n2
  n1: key SHA256:aaa is not known
  n2: key SHA256:bbb is not known
  Next: Compare.
`)
})

test('the host’s own words come under the message, unless the message has them', () => {
  expect(told([failed('n1', { message: 'step exited with status 1', words: 'line 1\nline 2\n' })])).toBe(`
FAILED n1  web · Write x
  step exited with status 1
    line 1
    line 2
  Next: Mend it.
`)
  expect(told([failed('n1', { message: 'cannot become root: Sorry, try again.', words: 'Sorry, try again.\n' })])).not.toContain(
    '    Sorry',
  )
})

test('hosts that say different words are told apart', () => {
  const text = told([failed('n1', { words: 'disk full' }), failed('n2', { words: 'read-only' })])
  expect(text.match(/^FAILED n\d/gm)).toEqual(['FAILED n1', 'FAILED n2'])
})
