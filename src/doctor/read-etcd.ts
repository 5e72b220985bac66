import { NetplayError } from '../errors.js'
import type { EtcdCluster, EtcdRead } from '../etcd.js'
import type { EtcdPool } from '../plan/etcd-pool.js'
import { accessesOf, clusterOf, memberKey, type EtcdAccess } from './etcd-access.js'
import { resourcesV3 } from './etcd-keys.js'
import type { EtcdSeen, Store } from './etcd-seen.js'
import { proxyNameOf } from './node-names.js'
import type { HostView } from './view.js'

/** Every etcd that the hosts' own files name, read with the certificates that those files name, through a host that names them. */
export async function readEtcd(views: readonly HostView[], pool: EtcdPool): Promise<EtcdSeen[]> {
  const groups = grouped(views.flatMap(accessesOf))
  return Promise.all(groups.map(accesses => readOne(accesses, views, pool)))
}

async function readOne(accesses: EtcdAccess[], views: readonly HostView[], pool: EtcdPool): Promise<EtcdSeen> {
  const members = [...new Set(accesses.flatMap(access => access.endpoints.map(endpoint => memberKey(access.host, endpoint))))]
  const [v2, v3] = await Promise.all([storeOf(accesses, 'v2', v2Reads(views), pool), storeOf(accesses, 'v3', v3Reads(views), pool)])
  const memberCount = memberCountOf(views, members)
  return { members, accesses, v2, v3, ...(memberCount === undefined ? {} : { memberCount }) }
}

/** Clients that name a common member mean one cluster. */
export function grouped(accesses: readonly EtcdAccess[]): EtcdAccess[][] {
  let groups: { members: Set<string>; accesses: EtcdAccess[] }[] = []
  for (const access of accesses) {
    const members = new Set(access.endpoints.map(endpoint => memberKey(access.host, endpoint)))
    const same = groups.filter(group => [...members].some(member => group.members.has(member)))
    const merged = {
      members: new Set([...same.flatMap(group => [...group.members]), ...members]),
      accesses: [...same.flatMap(group => group.accesses), access],
    }
    groups = [...groups.filter(group => !same.includes(group)), merged]
  }
  return groups.map(group => group.accesses)
}

/** Certificates may be wrong where one client names them: another client's may do. */
async function storeOf(accesses: readonly EtcdAccess[], api: EtcdCluster['api'], reads: EtcdRead[], pool: EtcdPool): Promise<Store> {
  let failure = 'no client on these hosts has certificates that fit together'
  for (const { cluster, hosts } of candidatesOf(accesses, api)) {
    try {
      const etcd = await pool.get(cluster, hosts)
      return { keys: new Map((await etcd.read(reads)).flatMap(({ key, value }) => (value === null ? [] : [[key, value]]))) }
    } catch (error) {
      if (!(error instanceof NetplayError)) throw error
      if (error.code === 'ETCD_API_MISSING') return { missing: error.message }
      failure = error.message
    }
  }
  return { unread: failure }
}

/** Each dead one costs its deadline. */
const mostCandidates = 3

function candidatesOf(accesses: readonly EtcdAccess[], api: EtcdCluster['api']): { cluster: EtcdCluster; hosts: string[] }[] {
  const candidates = new Map<string, { cluster: EtcdCluster; hosts: string[] }>()
  for (const access of accesses) {
    const alike = accesses.filter(({ caFile, certFile, keyFile }) => sameFiles(access, { caFile, certFile, keyFile }))
    const cluster = clusterOf(
      access,
      alike.flatMap(({ endpoints }) => endpoints),
      api,
    )
    if (cluster === undefined) continue
    const name = JSON.stringify([cluster.caFile, cluster.certFile, cluster.keyFile])
    candidates.set(name, { cluster, hosts: [...new Set(alike.map(({ host }) => host))] })
  }
  // Those with certificates first: without, a TLS port is asked in vain.
  return [...candidates.values()]
    .sort((a, b) => Number(b.cluster.caFile !== undefined) - Number(a.cluster.caFile !== undefined))
    .slice(0, mostCandidates)
}

const sameFiles = (access: EtcdAccess, other: Pick<EtcdAccess, 'caFile' | 'certFile' | 'keyFile'>) =>
  access.caFile === other.caFile && access.certFile === other.certFile && access.keyFile === other.keyFile

const prefixes = (views: readonly HostView[]): string[] => [
  ...new Set(['/coreos.com/network', ...views.flatMap(({ flannel }) => flannel?.prefix ?? [])]),
]

const v3Reads = (views: readonly HostView[]): EtcdRead[] => [
  ...prefixes(views).flatMap(prefix => [{ key: `${prefix}/config` }, { key: `${prefix}/subnets/`, prefix: true }]),
  ...['ippools', 'bgpconfigurations', 'bgppeers', 'nodes'].map(kind => ({ key: `${resourcesV3}/${kind}/`, prefix: true })),
  { key: '/calico/ipam/v2/host/', prefix: true },
  // Where Kubernetes keeps its objects in the same etcd: whether a node of that name is there; the object itself is not looked at.
  ...[...new Set(views.flatMap(view => proxyNameOf(view)?.value ?? []))].map(name => ({ key: `/registry/minions/${name}` })),
  { key: '/registry/namespaces/kube-system' },
]

const v2Reads = (views: readonly HostView[]): EtcdRead[] => [
  ...prefixes(views).flatMap(prefix => [{ key: `${prefix}/config` }, { key: `${prefix}/subnets`, prefix: true }]),
  ...['/calico/v1/ipam', '/calico/bgp/v1', '/calico/ipam/v2/host'].map(key => ({ key, prefix: true })),
]

/** etcd's own daemons on these hosts were told all members when the cluster was made. */
function memberCountOf(views: readonly HostView[], members: readonly string[]): number | undefined {
  for (const { snapshot } of views)
    for (const { name, words } of snapshot.processes) {
      const value = (flag: string) => words.find(word => word.startsWith(`--${flag}=`))?.slice(flag.length + 3)
      const own = `${value('advertise-client-urls') ?? ''},${value('listen-client-urls') ?? ''}`
        .split(',')
        .map(url => url.replace(/^[a-z]+:\/\//, ''))
      if (name !== 'etcd' || !own.some(member => members.includes(member))) continue
      const cluster = value('initial-cluster')
      if (cluster !== undefined) return cluster.split(',').length
    }
  return undefined
}
