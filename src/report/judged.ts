import { printable } from '../errors.js'
import type { RunEvent } from '../events.js'
import type { Paint } from './paint.js'
import { oneLine } from './shown.js'

/** One health check on one host: that it holds, or why not, what was seen and what to do. */
export const judgedLines = (
  { holds, check, host, detail, reason, evidence, next }: Extract<RunEvent, { type: 'check-judged' }>,
  paint: Paint,
): string[] =>
  holds
    ? [`${paint.good('✔')} ${oneLine(host)}  ${oneLine(check)}${detail === undefined ? '' : paint.faint(`  ${oneLine(detail)}`)}`]
    : [
        `${paint.bad('✖')} ${oneLine(host)}  ${oneLine(check)}: ${oneLine(reason ?? '')}`,
        ...linesOf(evidence).map(line => paint.faint(`      ${line}`)),
        ...linesOf(next).map(line => `    Next: ${line}`),
      ]

const linesOf = (text = '') => (text.trim() === '' ? [] : printable(text.trimEnd()).split('\n'))
