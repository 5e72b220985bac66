import { formatOrigin, InputError, type Origin } from '../errors.js'
import { absentOf, type AbsentHost } from '../inventory/absent.js'
import type { Host, Inventory } from '../inventory/model.js'
import { refuseNameForRun } from '../inventory/names.js'
import { selectHosts } from '../inventory/patterns.js'
import { errorAt } from '../error-at.js'
import type { HostOrder } from './model.js'

export interface PlayHosts {
  hosts: Host[]
  peers: Host[]
  /** of the pattern, but declared away */
  absent: AbsentHost[]
}

/**
 * The hosts of a play with and without `--limit`, in the play's order.
 * @param unmatched is told of parts of the pattern that the inventory does not have; default `warn`
 */
export function playHosts(
  inventory: Inventory,
  { patterns, patternOrigin, order }: { patterns: string[]; patternOrigin: Origin; order: HostOrder },
  limit: string | undefined,
  warn: (warning: string) => void,
  unmatched: (warning: string) => void = warn,
): PlayHosts {
  const said = new Set<string>()
  const selected = ordered(
    positioned(patternOrigin, () => selectHosts(inventory, patterns, undefined, problem => said.add(problem))),
    order,
  )
  selected.forEach(refuseNameForRun)
  for (const problem of said) unmatched(`${formatOrigin(patternOrigin)}: ${problem}`)
  const absent = selected.flatMap(host => absentOf(host) ?? [])
  const away = new Set(absent.map(({ name }) => name))
  const peers = selected.filter(({ name }) => !away.has(name))
  if (limit === undefined) return { hosts: peers, peers, absent }
  const allowed = new Set(selectHosts(inventory, patterns, limit, problem => void (said.has(problem) || warn(`--limit: ${problem}`))))
  return { hosts: peers.filter(host => allowed.has(host)), peers, absent }
}

/** The inventory does not know where a pattern was written. */
function positioned<T>(origin: Origin, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof InputError) || error.details.origin) throw error
    throw errorAt(origin, error.problem, { cause: error, next: error.next })
  }
}

function ordered(hosts: Host[], order: HostOrder): Host[] {
  const byName = (a: Host, b: Host) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  if (order === 'reverse_inventory') return hosts.reverse()
  if (order === 'sorted') return hosts.sort(byName)
  if (order === 'reverse_sorted') return hosts.sort(byName).reverse()
  return order === 'shuffle' ? shuffled(hosts) : hosts
}

/** Fisher and Yates: every order is as likely. */
function shuffled(hosts: Host[]): Host[] {
  for (let last = hosts.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1))
    ;[hosts[last], hosts[other]] = [hosts[other]!, hosts[last]!]
  }
  return hosts
}
