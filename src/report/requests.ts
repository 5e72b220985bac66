import type { RequestCounts } from '../events.js'
import { countOf, hostList } from './hosts.js'

/** `-vv`: how many request frames each host was sent and what for; hosts with the same counts share a line. */
export function requestsText(requests: Readonly<Record<string, RequestCounts>>): string[] {
  const hostsOf = new Map<string, string[]>()
  for (const [host, counts] of Object.entries(requests)) {
    const text = textOf(counts)
    hostsOf.set(text, [...(hostsOf.get(text) ?? []), host])
  }
  return [...hostsOf].map(([text, hosts]) => `${hostList(hosts)}: ${text}`)
}

const textOf = (counts: RequestCounts) => {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const parts = Object.entries(counts).map(([purpose, count]) => `${purpose} ${count}`)
  return total === 0 ? 'no requests' : `${countOf(total, 'request')} (${parts.join(', ')})`
}
