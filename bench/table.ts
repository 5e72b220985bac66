import { spread, type Sample } from './measure.js'

/** One program, measured several times in one sitting. */
export interface Row {
  what: string
  samples: Sample[]
  /** hosts that it worked on; the controller's CPU is told a host */
  hosts?: number
}

export function tableOf(rows: readonly Row[]): string {
  const head = ['', 'min', 'median', 'max', 'runs', 'controller CPU', 'a host', 'memory']
  const cells = rows.map(({ what, samples, hosts }) => {
    const { min, median, max } = spread(samples.map(({ ms }) => ms))
    const cpuMs = spread(samples.map(sample => sample.cpuMs)).median
    const rss = maxRss({ samples })
    const cpu = [seconds(cpuMs), hosts === undefined ? '' : `${(cpuMs / hosts).toFixed(1)} ms`, rss === 0 ? '' : megabytes(rss)]
    return [what, seconds(min), seconds(median), seconds(max), String(samples.length), ...cpu]
  })
  const widths = head.map((_, column) => Math.max(...[head, ...cells].map(row => row[column]!.length)))
  const line = (row: string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')
  return [head, ...cells].map(row => line(row).trimEnd()).join('\n')
}

export const seconds = (ms: number): string => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`)
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`

/** A number to keep. */
export interface Target {
  what: string
  value: number
  unit: 'x' | ' ms' | ' MB'
  atMost?: number
  atLeast?: number
}

export const isReached = ({ value, atMost = Infinity, atLeast = -Infinity }: Target): boolean => value <= atMost && value >= atLeast

export const targetsText = (targets: readonly Target[]): string =>
  targets
    .map(target => {
      const { what, value, unit, atMost, atLeast } = target
      const wanted = atMost === undefined ? `at least ${atLeast}${unit}` : `at most ${atMost}${unit}`
      return `${isReached(target) ? 'reached' : 'MISSED '}  ${what}: ${value.toFixed(unit === 'x' ? 2 : unit === ' MB' ? 0 : 1)}${unit} (${wanted})`
    })
    .join('\n')

export const maxRss = ({ samples }: Pick<Row, 'samples'>): number => Math.max(...samples.map(({ maxRssBytes }) => maxRssBytes))
export const medianMs = ({ samples }: Row): number => spread(samples.map(({ ms }) => ms)).median
export const medianCpuMs = ({ samples }: Row): number => spread(samples.map(({ cpuMs }) => cpuMs)).median
