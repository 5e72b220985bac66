import { check, type Check, type CheckKind, type EtcdCluster } from 'netplay'
import { etcdCluster } from '../etcd-cluster.js'
import { isFirst } from '../first-host.js'
import { oncePerPeers } from '../underlay.js'
import { parseRange } from './addresses.js'
import { leasesOf, readLeases } from './leases.js'
import type { Context } from './preconditions.js'
import { bad } from './verdict.js'

export interface KnownLeasesParams {
  cluster: EtcdCluster
  prefix: string
  /** every address that a host of the inventory has; undefined: not all of them are known */
  known?: string[]
}

/** No two leases of one address, and none of an address that nobody has. Source: networking.md 3.1. */
export const knownLeases: CheckKind<KnownLeasesParams> = {
  kind: 'known-leases',
  scope: 'host',
  clusterReads: readLeases,
  verdict: (params, seen) => {
    const leases = leasesOf(params, seen)
    const twin = leases.find(({ publicIp }, i) => leases.findIndex(other => other.publicIp === publicIp) < i)?.publicIp
    if (twin !== undefined) {
      const subnets = leases.filter(({ publicIp }) => publicIp === twin).map(({ subnet }) => subnet)
      return bad(
        `${subnets.length} leases of ${twin}: ${subnets.join(', ')}`,
        undefined,
        'Delete the stale one after flanneld has stopped there.',
      )
    }
    const strange = leases.filter(({ publicIp }) => params.known?.includes(publicIp) === false)
    if (strange.length === 0) return { holds: true, detail: `${leases.length} leases` }
    const told = strange.map(({ publicIp, subnet }) => `${publicIp} (${subnet})`).join(', ')
    return { holds: true, warning: `no host of the inventory has the address of a lease: ${told}` }
  },
}

/** Judged on one host. @returns none on the others */
export function leaseChecks(context: Context): Check[] {
  const { host, peers, params } = context
  if (!isFirst(host, peers)) return []
  const known = oncePerPeers(peers, 'addresses', () => addressesOf(context))
  return [
    check('Every lease is of a host that is known', knownLeases, {
      cluster: etcdCluster(context),
      prefix: params.etcd_prefix,
      ...(known === undefined ? {} : { known }),
    }),
  ]
}

/** A host that told no facts and stands in the inventory by a name may have any address: then nothing is strange. */
function addressesOf({ peers, groups, absent }: Context): string[] | undefined {
  const told = [...peers, ...(groups['all'] ?? [])].flatMap(({ address, facts }) =>
    facts === undefined ? [address] : facts.interfaces.flatMap(({ addresses }) => addresses.map(each => each.address)),
  )
  const all = [...new Set([...told, ...absent.map(({ address }) => address)])]
  const ipv4 = all.filter(address => parseRange(address) !== undefined)
  return all.every(address => parseRange(address) !== undefined || address.includes(':')) ? ipv4 : undefined
}
