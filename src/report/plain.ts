import { printable } from '../errors.js'
import type { RunEvent } from '../events.js'
import { hostList } from './hosts.js'
import { size } from './shown.js'

/** One line an event, the host first, so that `grep n29` tells its story. `undefined`: nothing worth a line. */
export function plainLine(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'stage-started':
      return `\nPLAY ${event.play} ${event.name}${event.batches > 1 ? `  batch ${event.batch} of ${event.batches}` : ''}  ${hostList(event.hosts)}`
    case 'item-changed':
      return `${event.host} | ${event.role} | ${event.task} | changed  ${seconds(event.ms)}`
    case 'item-failed':
      return `${event.host} | ${event.role} | ${event.task} | failed  ${printable(event.error.message.split('\n')[0]!)}`
    case 'item-progress':
      return event.unit === 'ms' ? undefined : progressOf(event)
    case 'host-unreachable':
      return `${event.host} | unreachable  ${printable(event.error.message.split('\n')[0]!)}`
    case 'host-ended':
      return event.end === 'done' ? undefined : `${event.host} | ${event.end}`
    case 'interrupted':
      return event.times === 1 ? 'Interrupted: steps under way are finished, no others are begun. Once more cuts.' : 'Cut.'
    default:
      return undefined
  }
}

/** An upload at its end only: a line each percent helps nobody. */
const progressOf = ({ host, text, done, total }: Extract<RunEvent, { type: 'item-progress' }>) =>
  done !== undefined && done === total ? `${host} | ${printable(text)} | ${size(total)} brought` : undefined

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
