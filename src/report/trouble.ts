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

/**
 * What went wrong is told once, at the end, with what to do; hosts in the same trouble are told together.
 * @param hosts in the order of the run
 */
export const troubleText = (troubles: readonly Trouble[], hosts: readonly string[], paint: Paint): string[] =>
  groupsOf(inOrder(troubles, hosts)).flatMap(group => {
    const { label, role, task, origin, error } = group[0]!
    const place = origin === undefined ? '' : ` (${oneLine(origin)})`
    const where = task === undefined ? '' : `  ${oneLine(role ?? '')} · ${oneLine(task)}${place}`
    const names = hostList(group.map(({ host }) => host))
    return ['', `${paint.bad(label)} ${names}${where}`, ...errorText({ ...error, message: messageOf(group) }, paint)]
  })

const inOrder = (troubles: readonly Trouble[], hosts: readonly string[]) =>
  [...troubles].sort((a, b) => hosts.indexOf(a.host) - hosts.indexOf(b.host))

/** Hosts are told together when all but their own names and details is the same: what went wrong, where, what is left to do. */
function groupsOf(troubles: readonly Trouble[]): Trouble[][] {
  const groups = new Map<string, Trouble[]>()
  for (const trouble of troubles) {
    const { label, host, task, error } = trouble
    const name = alike(JSON.stringify([label, task, error.code, error.words, error.leftAs, error.next.replaceAll(host, '')]))
    groups.set(name, [...(groups.get(name) ?? []), trouble])
  }
  return [...groups.values()]
}

/** Times and process ids differ from host to host, and mean nothing. */
const alike = (text: string) => text.replace(/\b\d+ ms\b|\bprocess \d+\b/g, '')

/** The same on all hosts, once and without their names; else a line a host. */
function messageOf(group: readonly Trouble[]): string {
  const bare = group.map(({ host, error }) =>
    error.message.startsWith(`${host}: `) ? error.message.slice(host.length + 2) : error.message,
  )
  const same = new Set(bare.map((message, i) => alike(message.replaceAll(group[i]!.host, ''))))
  return same.size === 1 ? bare[0]! : bare.map((message, i) => `${group[i]!.host}: ${message}`).join('\n')
}

/** Message, the other side's own words, how things were left, what to do next. */
export const errorText = ({ message, words, leftAs, next }: ErrorReport, paint: Paint): string[] => [
  ...lines(message).map(line => `  ${line}`),
  ...(words !== undefined && message.includes(words.trim()) ? [] : lines(words)).map(line => paint.faint(`    ${line}`)),
  ...lines(leftAs).map(line => `  ${line}`),
  ...lines(next).map((line, i) => (i === 0 ? `  Next: ${line}` : `        ${line}`)),
]

const lines = (text = '') => (text.trim() === '' ? [] : printable(text.trimEnd()).split('\n'))
