import { printable } from '../errors.js'
import type { ErrorReport, RunEvent } from '../events.js'
import { hostList } from './hosts.js'
import type { Paint } from './paint.js'
import { oneLine } from './shown.js'

/** Something that went wrong on a host, with all that is known of it. */
export interface Trouble {
  label: 'FAILED' | 'UNKNOWN' | 'UNREACHABLE' | 'REFUSED'
  host: string
  role?: string
  task?: string
  origin?: string
  error: ErrorReport
}

export function troubleOf(event: RunEvent): Trouble | undefined {
  switch (event.type) {
    case 'item-failed':
      return { ...event, label: event.error.code === 'UNKNOWN' ? 'UNKNOWN' : 'FAILED' }
    case 'host-unreachable':
      return { ...event, label: 'UNREACHABLE' }
    case 'host-refused':
      return { ...event, label: 'REFUSED' }
    case 'host-ended':
      return event.error === undefined ? undefined : { host: event.host, error: event.error, label: labels[event.end] ?? 'FAILED' }
    default:
      return undefined
  }
}

const labels: Partial<Record<string, Trouble['label']>> = { unknown: 'UNKNOWN', refused: 'REFUSED', unreachable: 'UNREACHABLE' }

/** What went wrong is told once, at the end, with what to do; hosts that say the same are told together. */
export const troubleText = (troubles: readonly Trouble[], paint: Paint): string[] =>
  groupsOf(troubles).flatMap(({ trouble: { label, role, task, origin, error }, hosts }) => {
    const place = origin === undefined ? '' : ` (${oneLine(origin)})`
    const where = task === undefined ? '' : `  ${oneLine(role ?? '')} · ${oneLine(task)}${place}`
    return ['', `${paint.bad(label)} ${hostList(hosts)}${where}`, ...errorText(error, paint)]
  })

/** Message, the other side's own words, how things were left, what to do next. */
export const errorText = ({ message, words, leftAs, next }: ErrorReport, paint: Paint): string[] => [
  ...lines(message).map(line => `  ${line}`),
  ...lines(words).map(line => paint.faint(`    ${line}`)),
  ...lines(leftAs).map(line => `  ${line}`),
  ...lines(next).map((line, i) => (i === 0 ? `  Next: ${line}` : `        ${line}`)),
]

const lines = (text = '') => (text.trim() === '' ? [] : printable(text.trimEnd()).split('\n'))

function groupsOf(troubles: readonly Trouble[]) {
  const groups = new Map<string, { trouble: Trouble; hosts: string[] }>()
  for (const trouble of troubles) {
    const { label, host, task, error } = trouble
    const name = JSON.stringify([label, task, error.message.replaceAll(host, ''), error.words, error.leftAs])
    const group = groups.get(name) ?? { trouble, hosts: [] }
    groups.set(name, group)
    if (!group.hosts.includes(host)) group.hosts.push(host)
  }
  return [...groups.values()]
}
