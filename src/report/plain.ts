import type { ErrorReport, RunEvent } from '../events.js'
import { hostList } from './hosts.js'
import { oneLine, seconds, size } from './shown.js'

/** One line an event, the host first, so that `grep n29` tells its story. `undefined`: nothing worth a line. */
export function plainLine(event: RunEvent, verbose: number): string | undefined {
  switch (event.type) {
    case 'stage-started':
      return `PLAY ${event.play} ${oneLine(event.name)}${event.batches > 1 ? `  batch ${event.batch} of ${event.batches}` : ''}  ${hostList(event.hosts)}`
    case 'item-changed':
      return itemLine(event, `changed  ${seconds(event.ms)}`)
    case 'item-ok':
      // Where a gate was waited for, that is part of the story.
      return (event.key.startsWith('gate:') && event.ms >= 1000) || verbose > 0
        ? itemLine(event, event.ms < 50 ? 'ok' : `ok  ${seconds(event.ms)}`)
        : undefined
    case 'item-failed':
      return itemLine(event, `failed  ${firstLine(event.error)}`)
    case 'item-progress':
      return event.unit === 'ms' ? undefined : uploadLine(event)
    case 'host-unreachable':
      return `${oneLine(event.host)} | unreachable  ${firstLine(event.error)}`
    case 'host-ended':
      return event.end === 'done' ? undefined : `${oneLine(event.host)} | ${event.end}`
    case 'interrupted':
      return event.times === 1 ? 'Interrupted: steps under way are finished, no others are begun. Once more cuts.' : 'Cut.'
    default:
      return undefined
  }
}

const itemLine = ({ host, role, task }: { host: string; role: string; task: string }, end: string) =>
  `${oneLine(host)} | ${oneLine(role)} | ${oneLine(task)} | ${end}`

/** At its end only: a line each percent helps nobody. */
const uploadLine = ({ host, text, done, total }: Extract<RunEvent, { type: 'item-progress' }>) =>
  done !== undefined && done === total ? `${oneLine(host)} | ${oneLine(text.replace(/^file:/, ''))} | ${size(total)} brought` : undefined

const firstLine = ({ message }: ErrorReport) => oneLine(message.split('\n')[0]!)
