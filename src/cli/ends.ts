import type { Outcome } from '../apply/apply.js'
import type { HostEnd, HostRecap } from '../events.js'
import type { MadePlan } from '../plan/make.js'
import { isChange, isThingItem, itemsOf, type Plan } from '../plan/plan.js'

/** How every host of a run ended, and what the recap counts of it. */
export class Ends {
  readonly recap: Record<string, HostRecap> = {}
  readonly ends: Record<string, HostEnd> = {}

  add(host: string, end: HostEnd, counts: Partial<HostRecap> = {}): this {
    const failed = end === 'failed' || end === 'unknown' || end === 'refused' ? 1 : 0
    const unreachable = end === 'unreachable' ? 1 : 0
    this.recap[host] = { ok: 0, changed: 0, unreachable, failed, skipped: 0, rescued: 0, ignored: 0, ...counts }
    this.ends[host] = end
    return this
  }

  addAll(hosts: Iterable<string>, end: HostEnd): this {
    for (const host of hosts) this.add(host, end)
    return this
  }
}

/** Reading the facts counts as a task, as Ansible counts it. */
const facts = 1

/** After a check: what would change counts as changed. */
export function endsOfCheck({ plan, refused, lost }: MadePlan, unreachable: Iterable<string>): Ends {
  const ends = new Ends()
  const items = itemsOf(plan).filter(({ item }) => isThingItem(item))
  for (const [host, { skipped = 0 }] of Object.entries(plan.hosts)) {
    const own = items.filter(item => item.host === host)
    ends.add(host, 'done', { ok: own.length + facts, changed: own.filter(({ item }) => isChange(item)).length, skipped })
  }
  return ends.addAll(refused.keys(), 'failed').addAll([...lost.keys(), ...unreachable], 'unreachable')
}

/** A host that cannot be planned stops the run before any host is touched. */
export function endsOfRefusal({ plan, refused, lost }: MadePlan, unreachable: Iterable<string>): Ends {
  const ends = new Ends()
  for (const host of Object.keys(plan.hosts)) ends.add(host, 'stopped', { ok: facts })
  return ends.addAll(refused.keys(), 'failed').addAll([...lost.keys(), ...unreachable], 'unreachable')
}

export function endsOfApply(plan: Plan, { hosts }: Outcome, unreachable: Iterable<string>): Ends {
  const ends = new Ends()
  for (const [host, { ok, changed, end }] of hosts)
    ends.add(host, end, { ok: ok + facts, changed, skipped: plan.hosts[host]?.skipped ?? 0 })
  return ends.addAll(unreachable, 'unreachable')
}
