/** What jest's `--json` says, as far as it is counted. Source: jest's docs, "testResultsProcessor". */
export interface JestResult {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { name: string; status: string; message: string; assertionResults: { fullName: string; status: string }[] }[]
}

export interface Total {
  passed: number
  failed: number
  skipped: number
}

/** A file that failed with none of its tests (it could not be run, or not be ended) is a failure too. */
export function totalOf(results: readonly JestResult[]): Total {
  const sum = (of: (result: JestResult) => number) => results.reduce((total, result) => total + of(result), 0)
  return {
    passed: sum(({ numPassedTests }) => numPassedTests),
    failed: sum(({ numFailedTests }) => numFailedTests) + results.flatMap(({ testResults }) => testResults).filter(failedByItself).length,
    skipped: sum(({ numPendingTests, numTodoTests }) => numPendingTests + numTodoTests),
  }
}

const failedByItself = ({ status, assertionResults }: JestResult['testResults'][number]) =>
  status === 'failed' && assertionResults.every(test => test.status !== 'failed')

/** Not one test passed or failed: all were skipped, or there was none. */
export const ranNothing = ({ numPassedTests, numFailedTests }: JestResult): boolean => numPassedTests + numFailedTests === 0

/** Titles of the tests that failed or were skipped, and files that failed with none of their tests. */
export function namesOf(results: readonly JestResult[], state: 'failed' | 'skipped'): string[] {
  const isWanted = (status: string) => (state === 'failed' ? status === 'failed' : status === 'pending' || status === 'todo')
  return results
    .flatMap(({ testResults }) => testResults)
    .flatMap(file => [
      ...(state === 'failed' && failedByItself(file) ? [`${file.name} could not be run to its end`] : []),
      ...file.assertionResults.filter(test => isWanted(test.status)).map(({ fullName }) => fullName),
    ])
}

export const closingLine = ({ passed, failed, skipped }: Total): string => `${passed} passed, ${failed} failed, ${skipped} skipped`
