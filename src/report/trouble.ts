import { printable } from '../errors.js'
import type { ErrorReport, RunEvent } from '../events.js'
import { hostList } from './hosts.js'
import type { Paint } from './paint.js'

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
  if (event.type === 'item-failed') {
    const { host, role, task, origin, error } = event
    return { label: error.code === 'UNKNOWN' ? 'UNKNOWN' : 'FAILED', host, role, task, ...(origin === undefined ? {} : { origin }), error }
  }
  if (event.type === 'host-unreachable') return { label: 'UNREACHABLE', host: event.host, error: event.error }
  if (event.type === 'host-refused') {
    const { host, role, task, origin, error } = event
    return {
      label: 'REFUSED',
      host,
      ...(role === undefined ? {} : { role }),
      ...(task === undefined ? {} : { task }),
      ...(origin === undefined ? {} : { origin }),
      error,
    }
  }
  if (event.type === 'host-ended' && event.error !== undefined)
    return {
      label: event.end === 'unknown' ? 'UNKNOWN' : event.end === 'refused' ? 'REFUSED' : 'FAILED',
      host: event.host,
      error: event.error,
    }
  return undefined
}

/** What went wrong is told once, at the end, with what to do; hosts that say the same are told together. */
export function troubleText(troubles: readonly Trouble[], paint: Paint): string[] {
  const groups = new Map<string, { trouble: Trouble; hosts: string[] }>()
  for (const trouble of troubles) {
    const name = JSON.stringify([
      trouble.label,
      trouble.task,
      trouble.error.message.replaceAll(trouble.host, ''),
      trouble.error.words,
      trouble.error.leftAs,
    ])
    const group = groups.get(name) ?? { trouble, hosts: [] }
    groups.set(name, group)
    if (!group.hosts.includes(trouble.host)) group.hosts.push(trouble.host)
  }
  return [...groups.values()].flatMap(({ trouble: { label, role, task, origin, error }, hosts }) => [
    '',
    `${paint.bad(label)} ${hostList(hosts)}${task === undefined ? '' : `  ${role} · ${task}${origin === undefined ? '' : ` (${origin})`}`}`,
    ...printable(error.message)
      .split('\n')
      .map(line => `  ${line}`),
    ...(error.words === undefined || error.words === ''
      ? []
      : printable(error.words)
          .split('\n')
          .map(line => paint.faint(`    ${line}`))),
    ...(error.leftAs === undefined ? [] : [`  ${error.leftAs}`]),
    `  Next: ${printable(error.next)}`,
  ])
}
