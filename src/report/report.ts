import type { Emit } from '../events.js'
import { jsonLines } from './json-lines.js'
import { openScreen } from './screen.js'

export interface ReportOptions {
  output: 'screen' | 'json'
  color?: 'auto' | 'always' | 'never'
  /** show contents line by line */
  diff: boolean
  verbose: number
}

export interface Report {
  emit: Emit
  /** everything is written and the terminal is as it was */
  close(): Promise<void>
}

/** How a run is told: to people on a screen, or to programs as JSON. Both are made of the same events. */
export const openReport = (options: ReportOptions): Report =>
  options.output === 'json'
    ? { emit: jsonLines(text => process.stdout.write(text)), close: () => Promise.resolve() }
    : openScreen(options, process.stdout)
