import { countOf } from './hosts.js'
import type { Judgement } from './judged.js'
import type { Paint } from './paint.js'
import { oneLine } from './shown.js'
import { widthOf } from './width.js'

/** A table of who reaches whom; where there is none, how many pairs were tried, and those of them that do not reach each other. */
export function pairLines(judgements: readonly Judgement[], paint: Paint, width: number): string[] {
  const table = matrixLines(judgements, paint, width)
  const pairs = judgements.flatMap(({ host, reached = [] }) => reached.map(to => ({ from: host, to })))
  if (table.length > 0 || pairs.length === 0) return table
  const count = (size: 'small' | 'full') => pairs.filter(({ to }) => to[size]).length
  const lost = pairs.filter(({ to }) => !to.small || !to.full)
  return [
    `${corner}  ${countOf(pairs.length, 'pair')} tried: ${count('small')} small, ${count('full')} full-size with DF answered`,
    ...lost.slice(0, mostPairs).map(({ from, to }) => `  ${marked(to, paint)}  ${oneLine(from)} → ${oneLine(to.host)}`),
    ...(lost.length > mostPairs ? [paint.faint(`  … and ${lost.length - mostPairs} more pairs (--output json has all)`)] : []),
  ]
}

/** Pairs that are told one by one. */
const mostPairs = 20

/**
 * Who reaches whom, a row a host: small packets, then full-size ones. Nothing where no host tried every other (above twenty hosts each tries its
 * next one), or where the lines would be longer than the terminal.
 */
export function matrixLines(judgements: readonly Judgement[], paint: Paint, width: number): string[] {
  const hosts = judgements.map(({ host }) => host)
  if (hosts.length < 2 || !judgements.some(({ reached }) => reached?.length === hosts.length - 1)) return []
  const names = hosts.map(oneLine)
  const cell = Math.max(marks, ...names.map(widthOf)) + 2
  const label = Math.max(corner.length, ...names.map(name => widthOf(name) + 2)) + 2
  const head = `${padded(corner, label)}${names.map(name => padded(name, cell)).join('')}${legend}`
  if (label + cell * names.length + legend.length > width) return []
  const rows = judgements.map(({ host, reached = [] }, row) => {
    const cells = hosts.map(other => {
      if (other === host) return padded('–', cell)
      const found = reached.find(each => each.host === other)
      // A pod that could not be made was not tried.
      return found === undefined ? padded('·', cell) : `${marked(found, paint)}${' '.repeat(cell - marks)}`
    })
    return `${padded(`  ${names[row]!}`, label)}${cells.join('')}`.trimEnd()
  })
  return [head, ...rows]
}

const corner = 'pods'
const legend = 'small / full-size with DF'
/** `✔ ✖` */
const marks = 3

const marked = ({ small, full }: { small: boolean; full: boolean }, paint: Paint) =>
  [small, full].map(answered => (answered ? paint.good('✔') : paint.bad('✖'))).join(' ')

const padded = (text: string, columns: number) => text + ' '.repeat(Math.max(0, columns - widthOf(text)))
