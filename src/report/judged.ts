import { printable } from '../errors.js'
import type { RunEvent } from '../events.js'
import { countOf, hostList } from './hosts.js'
import { pairLines } from './matrix.js'
import type { Paint } from './paint.js'
import { padBetween } from './plan-text.js'
import { oneLine } from './shown.js'

export type Judgement = Extract<RunEvent, { type: 'check-judged' }>

/** One health check on all its hosts: where it holds in one line; where it does not, why not, what was seen and what to do. */
export function judgedLines(judgements: readonly Judgement[], paint: Paint, width: number): string[] {
  const holding = judgements.filter(({ holds }) => holds)
  const details = [...new Set(holding.flatMap(({ detail }) => detail ?? []))]
  const said = details.length === 1 ? `    ${oneLine(details[0]!)}` : ''
  const names = holding.map(({ host }) => host)
  const where = names.length === judgements.length && names.length > 1 ? countOf(names.length, 'host') : hostList(names)
  return [
    ...(holding.length === 0 ? [] : [padBetween(`${paint.good('✔')} ${oneLine(holding[0]!.check)}${said}`, paint.faint(where), width)]),
    ...pairLines(judgements, paint, width),
    ...warnedLines(holding, paint),
    ...judgements.filter(({ holds }) => !holds).flatMap(judgement => failedLines(judgement, paint)),
  ]
}

/** What holds and should be known all the same, once for all hosts that it is said of. */
function warnedLines(holding: readonly Judgement[], paint: Paint): string[] {
  const words = [...new Set(holding.flatMap(({ warning }) => warning ?? []))]
  return words.map(word => {
    const hosts = holding.filter(({ warning }) => warning === word).map(({ host }) => host)
    return `${paint.changed('!')} ${oneLine(holding[0]!.check)}: ${oneLine(word)}${paint.faint(`  (${hostList(hosts)})`)}`
  })
}

/** lines of what was seen; the last ones tell most, and JSON has all */
const mostEvidence = 8

const failedLines = ({ host, check, reason = '', evidence, next }: Judgement, paint: Paint): string[] => [
  `${paint.bad('✖')} ${oneLine(host)}  ${oneLine(check)}: ${oneLine(reason)}`,
  ...linesOf(evidence)
    .slice(-mostEvidence)
    .map(line => paint.faint(`      ${line}`)),
  ...linesOf(next).map(line => `    Next: ${line}`),
]

const linesOf = (text = '') => (text.trim() === '' ? [] : printable(text.trimEnd()).split('\n'))
