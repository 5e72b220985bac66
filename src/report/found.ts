import type { RunEvent } from '../events.js'
import { countOf, hostList } from './hosts.js'
import type { Paint } from './paint.js'
import { oneLine } from './shown.js'

export type CauseFound = Extract<RunEvent, { type: 'cause-found' }>
export type CausesJudged = Extract<RunEvent, { type: 'causes-judged' }>

/**
 * What the doctor found: cause, what was seen, what to do. Hosts with the same cause are told together, with what was seen on the first.
 * @param order of hosts; what is the cluster's comes first
 */
export function foundLines(findings: readonly CauseFound[], order: readonly string[], paint: Paint): string[] {
  const place = ({ host }: CauseFound) => (host === undefined ? -1 : order.indexOf(host))
  const groups = new Map<string, CauseFound[]>()
  for (const finding of [...findings].sort((a, b) => place(a) - place(b) || (a.id < b.id ? -1 : 1))) {
    const same = JSON.stringify([finding.id, withoutOwn(finding, finding.cause), finding.role])
    groups.set(same, [...(groups.get(same) ?? []), finding])
  }
  return [...groups.values()].flatMap(group => groupLines(group, paint))
}

/** Addresses and device names differ from host to host, and mean the same. */
const withoutOwn = ({ host }: CauseFound, text: string) =>
  host === undefined ? text : text.replaceAll(host, '').replace(/\d+(\.\d+){3}(\/\d+)?/g, '')

function groupLines(group: readonly CauseFound[], paint: Paint): string[] {
  const [{ host, id, cause, evidence, fix, role, task, command }] = group as [CauseFound]
  const names = group.flatMap(finding => finding.host ?? [])
  const where = host === undefined ? 'etcd' : hostList(names)
  const seenOn = names.length > 1 ? `, on ${oneLine(names[0]!)}` : ''
  return [
    `${paint.bad('✖')} ${where}  ${id}  ${oneLine(cause)}`,
    ...evidence.map(
      ({ text, where: place }, i) =>
        `    ${i === 0 ? 'seen' : '    '}   ${oneLine(text)}  ${paint.faint(`(${oneLine(place)}${i === 0 ? seenOn : ''})`)}`,
    ),
    `    fix    ${oneLine(fix)}`,
    `           role ${oneLine(role)}${task === undefined ? '' : `, task "${oneLine(task)}"`}:  ${oneLine(command)}`,
  ]
}

/** `1 finding on 4 hosts. 38 of 40 known causes were looked for; 2 need containers that n3 does not run.` */
export function causesJudgedText({ findings, hosts, causes, looked, notLooked }: CausesJudged): string {
  const needs = new Map<string, Set<string>>()
  for (const { id, needs: what } of notLooked) needs.set(what, (needs.get(what) ?? new Set<string>()).add(id))
  const missing = [...needs].map(
    ([what, ids]) =>
      `${ids.size === 1 ? [...ids][0]! : `${ids.size} (${[...ids].join(' ')})`} need${ids.size === 1 ? 's' : ''} ${oneLine(what)}`,
  )
  const all = looked === causes ? `All ${causes} known causes were looked for` : `${looked} of ${causes} known causes were looked for`
  return `${findings === 0 ? 'No finding' : countOf(findings, 'finding')} on ${countOf(hosts, 'host')}. ${[all, ...missing].join('; ')}.`
}
