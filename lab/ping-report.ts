import type { LabPod } from './pod.js'

/** What podping tells of one target. */
export interface TargetReport {
  target: string
  sent: number
  lost: number
  longestGapMs: number
  lostSpans: LostSpan[]
  lastError?: string
}

/** Requests in a row without an answer: when the first and the last of them left, milliseconds since the epoch. */
export interface LostSpan {
  fromMs: number
  toMs: number
  lost: number
}

/** One direction of a pair of pods: the requests of `from`, answered by `to`. Either way back may be what was cut. */
export interface PingPair extends Omit<TargetReport, 'target'> {
  /** `n1/p1` */
  from: string
  to: string
}

export interface PingReport {
  intervalMs: number
  /** A request not answered by then is lost. */
  timeoutMs: number
  durationMs: number
  /** Every ordered pair: n pods have n × (n − 1). */
  pairs: PingPair[]
  sent: number
  lost: number
}

export const podLabel = ({ host, name }: Pick<LabPod, 'host' | 'name'>): string => `${host}/${name}`

/** @param told what each pod's prober said, in the order of `pods`; targets are the other pods, in the same order */
export function makePingReport(
  pods: readonly LabPod[],
  told: readonly TargetReport[][],
  times: Pick<PingReport, 'intervalMs' | 'timeoutMs' | 'durationMs'>,
): PingReport {
  const pairs = pods.flatMap((from, index) => {
    const others = pods.filter(pod => pod !== from)
    return (told[index] ?? []).map(({ target: _, ...report }, position) => ({
      from: podLabel(from),
      to: podLabel(others[position]!),
      ...report,
    }))
  })
  const sum = (of: (pair: PingPair) => number) => pairs.reduce((total, pair) => total + of(pair), 0)
  return { ...times, pairs, sent: sum(({ sent }) => sent), lost: sum(({ lost }) => lost) }
}

/** A line for each pair and one for all. */
export function formatPingReport({ pairs, sent, lost, durationMs, intervalMs, timeoutMs }: PingReport): string {
  const rows = pairs.map(pair => [
    `${pair.from} -> ${pair.to}`,
    String(pair.sent),
    String(pair.lost),
    `${pair.longestGapMs.toFixed(0)} ms`,
    pair.lastError ?? '',
  ])
  const table = [['pair', 'sent', 'lost', 'longest gap', ''], ...rows]
  const widths = [0, 1, 2, 3].map(column => Math.max(...table.map(row => row[column]!.length)))
  const lines = table.map(([pair = '', ...rest]) =>
    [pair.padEnd(widths[0]!), ...rest.map((cell, column) => cell.padStart(widths[column + 1] ?? 0))].join('  ').trimEnd(),
  )
  const seconds = (durationMs / 1000).toFixed(1)
  return [
    ...lines,
    `${pairs.length} pairs in ${seconds} s, every ${intervalMs} ms: ${sent} sent, ${lost} lost (no answer within ${timeoutMs} ms)`,
  ].join('\n')
}
