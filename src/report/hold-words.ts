import type { RunEvent } from '../events.js'
import { countOf, hostList } from './hosts.js'
import type { Paint } from './paint.js'
import { oneLine } from './shown.js'

type Event<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>
export type HoldEvent = Event<'hold-armed'> | Event<'hold-undoing'> | Event<'hold-ended'>

export const isHoldEvent = (event: RunEvent): event is HoldEvent =>
  event.type === 'hold-armed' || event.type === 'hold-undoing' || event.type === 'hold-ended'

/** How a hold goes, in lines: `data path held on 12 hosts, 132 routes, released by itself at 02:31`. */
export function holdText(event: HoldEvent, paint: Paint): string[] {
  const name = oneLine(event.hold)
  switch (event.type) {
    case 'hold-armed':
      return [
        `  ${paint.bold(name)}: data path held on ${countOf(event.hosts.length, 'host')}, ${countOf(event.routes, 'route')}, released by itself at ${timeOf(event.until)}`,
      ]
    case 'hold-undoing':
      return [`  ${paint.changed(`${name}: put back while the data path is held on ${hostList(event.hosts)}`)}${because(event.reason)}`]
    case 'hold-ended':
      return endText(event, paint)
  }
}

function endText({ hold, end, routes, equal, differing, reason, until }: Event<'hold-ended'>, paint: Paint): string[] {
  const name = oneLine(hold)
  const counted = `${equal} of ${countOf(routes, 'route')} equal`
  if (end === 'released') return [`  ${paint.good('✔')} ${paint.bold(name)}: released, ${counted}`]
  const told = {
    undone: `${name}: what was done is put back; ${counted}, released`,
    kept: `${name}: what was done stays, nothing came after it; ${counted}, released`,
    left: `${name}: STILL HELD, ${counted}; the hosts release it by themselves at ${until === undefined ? 'the end of its time' : timeOf(until)}`,
  }[end]
  return [
    `  ${paint.bad('✖')} ${told}${because(reason)}`,
    ...(end === 'left' ? differing.slice(0, 10).map(({ host, words }) => `    ${oneLine(host)}: ${oneLine(words)}`) : []),
  ]
}

const because = (reason: string | undefined) => (reason === undefined ? '' : `\n    because of ${oneLine(reason.split('\n')[0]!)}`)

/** `02:31`, of this machine. */
const timeOf = (iso: string): string => {
  const time = new Date(iso)
  return [time.getHours(), time.getMinutes()].map(number => String(number).padStart(2, '0')).join(':')
}
