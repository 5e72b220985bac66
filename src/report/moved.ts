import type { RunEvent } from '../events.js'
import { countOf, hostList } from './hosts.js'
import type { Paint } from './paint.js'
import { oneLine } from './shown.js'

/** A saved plan that hosts have moved away from: every thing that did, what it was and what it is. */
export function staleText({ hosts, madeAt, madeBy, moved, partial }: Extract<RunEvent, { type: 'plan-stale' }>, paint: Paint): string[] {
  const names = [...new Set(moved.map(({ host }) => host))]
  const columns = [Math.max(...moved.map(({ host }) => host.length)), Math.max(...moved.map(({ key }) => thingOf(key).length))] as const
  const others = hosts - names.length === 1 ? 'the other host' : `the ${hosts - names.length} others`
  const lines = moved.map(({ host, key, planned, now }) => {
    const [was, is] = movedInWords(planned, now)
    return `  ${oneLine(host).padEnd(columns[0])}  ${thingOf(key).padEnd(columns[1])}  planned from ${was}, now ${is}`
  })
  const made = `(${madeAt.slice(0, 16).replace('T', ' ')} UTC by ${oneLine(madeBy)})`
  const verb = names.length === 1 ? 'has' : 'have'
  return [
    `${paint.bad('Refused:')} ${names.length} of ${countOf(hosts, 'host')} ${verb} moved since this plan was made ${made}.`,
    ...lines,
    partial
      ? `Nothing will be written on ${hostList(names)}; the plan is applied to ${others}.`
      : `Nothing was written. Plan again${names.length === hosts ? '.' : `, or apply to ${others} with --partial.`}`,
  ]
}

const thingOf = (key: string) => oneLine(key.replace(/^[^:]*:/, ''))

/** Two fingerprints (words `name=value`), told by what differs: `['sha256 91ab…', 'sha256 5c20…']`, `['running', 'stopped']`. */
export function movedInWords(planned: string, now: string): [string, string] {
  const [was, is] = [fieldsOf(planned), fieldsOf(now)]
  if (was === undefined || is === undefined) return [oneLine(planned) || 'unreadable', oneLine(now) || 'unreadable']
  if (was.get('type') !== is.get('type')) return [typeInWords(was), typeInWords(is)]
  const names = [...new Set([...was.keys(), ...is.keys()])].filter(name => was.get(name) !== is.get(name))
  const told = (fields: Map<string, string>) => names.map(name => fieldInWords(name, fields.get(name) ?? 'none')).join(', ') || 'the same'
  return [told(was), told(is)]
}

const fieldsOf = (text: string): Map<string, string> | undefined => {
  const words = text.split(' ').map(word => /^([a-z]+)=(.*)$/s.exec(word))
  return words.every(match => match !== null) ? new Map(words.map(match => [match[1]!, match[2]!])) : undefined
}

const typeInWords = (fields: Map<string, string>) => {
  const type = fields.get('type')
  if (type === undefined || type === 'absent') return 'absent'
  return fields.has('digest') ? `a file, ${fieldInWords('digest', fields.get('digest')!)}` : `a ${oneLine(type)}`
}

function fieldInWords(name: string, value: string): string {
  if (name === 'active') return value === 'yes' ? 'running' : 'stopped'
  if (name === 'enabled') return value === 'yes' ? 'enabled' : value === 'no' ? 'disabled' : oneLine(value)
  if (/^[0-9a-f]{64}$/.test(value)) return `${name === 'digest' ? 'sha256' : oneLine(name)} ${value.slice(0, 6)}…`
  return `${oneLine(name)} ${oneLine(value)}`
}
