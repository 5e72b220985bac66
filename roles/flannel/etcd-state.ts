import type { CheckKind, EtcdCluster } from 'netplay'
import { contains, parseRange } from './addresses.js'
import { leasesOf, readLeases, type Lease } from './leases.js'

/** The configuration that is in etcd already must be for this network; a missing one is planned by etcd-seed or told by the unit. */
export const seededNetwork: CheckKind<{ cluster: EtcdCluster; key: string; network: string }> = {
  kind: 'seeded-network',
  scope: 'host',
  clusterReads: ({ cluster, key }) => [{ cluster, reads: [{ key }] }],
  verdict: ({ key, network }, { etcd }) => {
    const value = etcd.find(found => found.key === key)?.value
    if (value === undefined || value === null) return { holds: true }
    try {
      const { Network } = JSON.parse(value) as { Network?: unknown }
      if (Network === network) return { holds: true }
      return {
        holds: false,
        reason: `etcd says Network ${JSON.stringify(Network)} in ${key}, the inventory says ${network}`,
        next: 'Set flannel_network to what the cluster has: it cannot be changed while pods run.',
      }
    } catch {
      return {
        holds: false,
        reason: `${key} holds no JSON: ${value.slice(0, 200)}`,
        next: 'Mend or delete the key: flanneld would wait for ever.',
      }
    }
  },
}

export interface LeasesParams {
  cluster: EtcdCluster
  prefix: string
  backend: 'host-gw' | 'vxlan'
  /** address that peers send to, and its subnet: `198.18.0.11/24` */
  uplink: string
  /** `10.244.9.1/24`, where the host has that bridge already */
  cni0?: string
}

/** What the leases of live daemons say against the plan: hosts that the inventory does not know take part as well. */
export const leasesFit: CheckKind<LeasesParams> = {
  kind: 'leases-fit',
  scope: 'host',
  clusterReads: readLeases,
  verdict: (params, seen) => {
    const leases = leasesOf(params, seen)
    const [reason, next] = doubled(params, leases) ?? farAway(params, leases) ?? staleBridge(params, leases) ?? []
    return reason === undefined ? { holds: true, detail: `${leases.length} leases` } : { holds: false, reason, next }
  },
}

type Problem = [reason: string, next: string] | undefined

const isOwn = ({ uplink }: LeasesParams, { publicIp }: Lease) => publicIp === uplink.split('/')[0]

function doubled(params: LeasesParams, leases: readonly Lease[]): Problem {
  const own = leases.filter(lease => isOwn(params, lease))
  if (own.length < 2) return undefined
  return [
    `${own.length} leases for ${own[0]!.publicIp}: ${own.map(({ subnet }) => subnet).join(', ')}`,
    `Find out which one the host uses (/run/flannel/subnet.env) and delete the other below ${params.prefix}/subnets/.`,
  ]
}

/** host-gw: flanneld would log an error a host and go on, and pods there are not reached. */
function farAway({ backend, uplink, prefix }: LeasesParams, leases: readonly Lease[]): Problem {
  const subnet = parseRange(uplink)!
  const far = backend === 'host-gw' ? leases.filter(({ publicIp }) => !contains(subnet, parseRange(publicIp) ?? subnet)) : []
  if (far.length === 0) return undefined
  return [
    `${far.map(lease => `${lease.publicIp} (${lease.subnet})`).join(', ')} has a lease and is not in this host's subnet ${uplink}; host-gw cannot route across a router`,
    `Use backend vxlan; or, when that host is gone for good, delete its lease below ${prefix}/subnets/.`,
  ]
}

/** The bridge plugin refuses every pod when the host's subnet is another than its bridge has. */
function staleBridge(params: LeasesParams, leases: readonly Lease[]): Problem {
  const own = leases.find(lease => isOwn(params, lease))
  const bridge = params.cni0 === undefined ? undefined : parseRange(params.cni0)
  if (own === undefined || bridge === undefined || contains(parseRange(own.subnet)!, bridge)) return undefined
  return [
    `cni0 has ${params.cni0}, and the host's lease is ${own.subnet}: no pod could be made`,
    'Drain the host, then on it: ip link delete cni0; rm -r /var/lib/cni/networks/cbr0.',
  ]
}
