import type { HostRecap, RunEvent } from '../../src/events.js'
import type { ReportOptions } from '../../src/report/report.js'
import { openScreen } from '../../src/report/screen.js'

/** What a screen shows of these events. @param out default: not a terminal */
export async function shown(
  events: readonly RunEvent[],
  options: Partial<ReportOptions> = {},
  out: { isTTY?: boolean; columns?: number } = {},
): Promise<string> {
  let text = ''
  const screen = openScreen(
    { output: 'screen', color: 'never', diff: false, verbose: 0, ...options },
    { ...out, write: part => (text += part) },
  )
  for (const event of events) await screen.emit(event)
  await screen.close()
  return text
}

export const recapOf = (counts: Partial<HostRecap>): HostRecap => ({
  ok: 0,
  changed: 0,
  unreachable: 0,
  failed: 0,
  skipped: 0,
  rescued: 0,
  ignored: 0,
  ...counts,
})

export const started = (mode: 'check' | 'apply' | 'plan', hosts: string[]): RunEvent => ({
  type: 'run-started',
  run: 'r1',
  mode,
  source: 'site.yml',
  hosts,
  plays: 1,
})

export const planned = (hosts: string[], name = 'web'): RunEvent => ({ type: 'play-planned', play: 1, name, hosts })

export const planMade: RunEvent = { type: 'plan-made', plan: 'p1', hosts: 1, items: 1, changes: 1, restarts: 0, ms: 10 }

export const finished = (
  recap: Record<string, HostRecap>,
  ends: Record<string, 'done' | 'failed' | 'unreachable' | 'stopped' | 'refused' | 'unknown'> = {},
): RunEvent => ({
  type: 'run-finished',
  run: 'r1',
  recap,
  ends,
  requests: {},
  exit: 0,
  ms: 1234,
})
