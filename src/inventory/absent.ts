import { InputError } from '../errors.js'
import { Secret } from '../secret.js'
import type { Host } from './model.js'
import { refuseTemplate } from './template.js'

/** A host that its inventory declares away: not connected to, not worked on, no peer. */
export interface AbsentHost {
  name: string
  /** as written: `RMA 4711 until 2026-12-01` */
  reason: string
  /** `ansible_host`, default the name */
  address: string
}

/** The variable, a host's or a group's: why it is away, and `until` which day, that one included. */
export const absentVariable = 'netplay_absent'

/**
 * @param today `YYYY-MM-DD`, of this machine's own clock and time zone by default
 * @returns undefined: it is there. @throws InputError no day, no such day, or one that is over: where the variable is written
 */
export function absentOf(host: Host, today: string = localDay(new Date())): AbsentHost | undefined {
  const written = host.vars.get(absentVariable)
  if (written === undefined || written.value === null || written.value === false || written.value === '') return undefined
  const { value, origin } = written
  const wrong = (problem: string, next: string) => new InputError(problem, { origin, next })
  const example = `Write why and until when: ${absentVariable}="RMA 4711 until 2026-12-01".`
  if (value instanceof Secret) throw wrong(`${absentVariable} of ${host.name} is encrypted, and why a host is away is shown`, example)
  if (typeof value !== 'string') throw wrong(`${absentVariable} of ${host.name} is text, not ${JSON.stringify(value)}`, example)
  const [, why = '', day] = /^\s*(\S.*?)\s+until\s+(\d{4}-\d{2}-\d{2})\s*$/.exec(value) ?? []
  if (day === undefined || why.includes('{{'))
    throw wrong(`${absentVariable} of ${host.name} does not say until when it is away: ${JSON.stringify(value)}`, example)
  if (!isDay(day)) throw wrong(`${absentVariable} of ${host.name}: there is no day ${day}`, example)
  if (day < today)
    throw wrong(
      `${host.name} was to be away until ${day}, and that is over: ${why}`,
      `Take ${absentVariable} away if it is back, or write a later day.`,
    )
  return { name: host.name, reason: `${why} until ${day}`, address: addressOf(host) }
}

/** Where a host is reached, as far as the inventory says it plainly. */
export function addressOf({ name, vars }: Host): string {
  const written = vars.get('ansible_host') ?? vars.get('ansible_ssh_host')
  if (written) refuseTemplate(written, 'ansible_host')
  return typeof written?.value === 'string' ? written.value : name
}

const isDay = (day: string) => {
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

const localDay = (now: Date) =>
  [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(number => String(number).padStart(2, '0')).join('-')
