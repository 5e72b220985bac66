import { check, type Check, type RoleHost } from 'netplay'
import { known } from './flannel/fact-preconditions.js'

/** Between members of etcd, whose leases and elections are a matter of time. The thresholds are advice. Source: networking.md 5. */
const mostBetweenMembersMs = 1_000
/** Between any hosts: certificates that are not valid yet, logs that cannot be laid side by side. */
const mostBetweenHostsMs = 30_000

/** Clocks that are surely further apart than they should be: how long each answer took is allowed for. A warning, the same on every host. */
export function clockPreconditions({ hosts, members }: { hosts: readonly RoleHost[]; members: readonly RoleHost[] }): Check[] {
  const warning = apart(members, mostBetweenMembersMs, 'members of etcd') ?? apart(hosts, mostBetweenHostsMs, 'hosts')
  return [check('the clocks agree', known, warning === undefined ? {} : { warning })]
}

function apart(hosts: readonly RoleHost[], mostMs: number, who: string): string | undefined {
  const clocks = hosts.flatMap(({ name, facts }) => {
    const offset = facts?.clockOffset
    return offset === undefined ? [] : [{ name, least: offset.aheadMs - offset.plusMinusMs, most: offset.aheadMs + offset.plusMinusMs }]
  })
  if (clocks.length < 2) return undefined
  const ahead = clocks.reduce((a, b) => (b.least > a.least ? b : a))
  const behind = clocks.reduce((a, b) => (b.most < a.most ? b : a))
  const surelyMs = ahead.least - behind.most
  if (surelyMs <= mostMs) return undefined
  return `of these ${who} the clock of ${ahead.name} is at least ${(surelyMs / 1000).toFixed(1)} s ahead of that of ${behind.name}: see that NTP runs on both`
}
