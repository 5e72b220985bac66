import { NetplayError, printable, reportOf } from '../errors.js'
import type { RunEvent } from '../events.js'
import { jsonLines } from '../report/json-lines.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import { PromptInterrupted } from './typed-line.js'

/**
 * An error that ends the run, for people on standard error: message, the other side's words, what to do next. With `--output json` it is
 * the last event on standard output too.
 */
export function told(error: unknown, argv: readonly string[]): ExitCode {
  const report = reportOf(error)
  const exit = exitOf(error)
  const failed: RunEvent = { type: 'run-failed', error: report, exit }
  if (wantsJson(argv)) void jsonLines(text => process.stdout.write(text))(failed)
  const { message, words, leftAs, next } = report
  const lines = [
    `${error instanceof NetplayError ? 'ERROR' : 'BUG'} ${message}`,
    ...(words?.split('\n').map(line => `  ${line}`) ?? []),
    ...(leftAs === undefined ? [] : [`  ${leftAs}`]),
    `  Next: ${next}`,
  ]
  process.stderr.write(`${printable(lines.join('\n'))}\n`)
  return exit
}

function exitOf(error: unknown): ExitCode {
  if (error instanceof PromptInterrupted) return exitCodes.interrupted
  return error instanceof NetplayError ? exitCodes.input : exitCodes.bug
}

const wantsJson = (argv: readonly string[]) =>
  argv.some((word, i) => word === '--output=json' || (word === '--output' && argv[i + 1] === 'json'))
