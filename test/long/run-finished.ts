import type { RunEvent } from '../../src/events.js'
import type { Ran } from '../e2e/story.js'

/** What a run's last event says: exit code, hosts that changed, requests by host. @throws when the run has no end */
export function runFinished({ events, stderr }: Ran) {
  const end = events.find((event): event is Extract<RunEvent, { type: 'run-finished' }> => event.type === 'run-finished')
  if (end === undefined) throw new Error(`the run has no end: ${stderr}`)
  const changed = Object.values(end.recap).filter(recap => recap.changed > 0).length
  return { exit: end.exit, changed, requests: end.requests ?? {} }
}
