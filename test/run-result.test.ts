import { closingLine, namesOf, ranNothing, totalOf, type JestResult } from './run-result.js'

const result = (counts: Partial<JestResult>, tests: [string, string][] = [], status = 'passed'): JestResult => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ name: 'a.test.ts', status, message: '', assertionResults: tests.map(([fullName, of]) => ({ fullName, status: of })) }],
  ...counts,
})

test('counts of all projects are one line', () => {
  const results = [result({ numPassedTests: 3, numPendingTests: 1, numTodoTests: 1 }), result({ numPassedTests: 2, numFailedTests: 1 })]
  expect(closingLine(totalOf(results))).toBe('5 passed, 1 failed, 2 skipped')
})

test.each([[[]], [[['fine', 'passed']]]] as [string, string][][][])(
  'a file that failed with none of its tests is a failure and is named',
  tests => {
    const results = [result({ numPassedTests: tests.length }, tests, 'failed')]
    expect(totalOf(results)).toEqual({ passed: tests.length, failed: 1, skipped: 0 })
    expect(namesOf(results, 'failed')).toEqual(['a.test.ts could not be run to its end'])
  },
)

test('whatever was not run is named', () => {
  const results = [
    result({ numPendingTests: 1 }, [
      ['left out', 'pending'],
      ['fine', 'passed'],
      ['later', 'todo'],
      ['bad', 'failed'],
    ]),
  ]
  expect(namesOf(results, 'skipped')).toEqual(['left out', 'later'])
  expect(namesOf(results, 'failed')).toEqual(['bad'])
})

test('a project whose tests were all skipped, or that has none, has run nothing', () => {
  expect(ranNothing(result({}))).toBe(true)
  expect(ranNothing(result({ numPendingTests: 3 }))).toBe(true)
  expect(ranNothing(result({ numFailedTests: 1 }))).toBe(false)
  expect(ranNothing(result({ numPassedTests: 1 }))).toBe(false)
})
