import { sh, type CheckKind, type EtcdCluster, type Seen, type Verdict } from 'netplay'
import { parseLeases, type Lease } from './leases.js'

export interface FlannelCheckParams {
  cluster: EtcdCluster
  prefix: string
  backend: 'host-gw' | 'vxlan'
  /** address that peers send to */
  address: string
  vni: number
}

const good: Verdict = { holds: true }
const bad = (reason: string, evidence?: string, next?: string): Verdict => ({
  holds: false,
  reason,
  ...(evidence === undefined ? {} : { evidence }),
  ...(next === undefined ? {} : { next }),
})

const readLeases = ({ cluster, prefix }: FlannelCheckParams) => [{ cluster, reads: [{ key: `${prefix}/subnets/`, prefix: true }] }]
const leasesOf = ({ prefix }: FlannelCheckParams, { etcd }: Seen) => parseLeases(etcd, prefix)

/** flanneld holds exactly one lease for this host, of the backend in force, and subnet.env says the same subnet. */
export const ownLease: CheckKind<FlannelCheckParams> = {
  kind: 'own-lease',
  scope: 'host',
  clusterReads: readLeases,
  probe: () =>
    sh`cat /run/flannel/subnet.env 2>/dev/null; echo; systemctl show flannel.service -p ActiveState,SubState,NRestarts; journalctl -u flannel.service -n 3 -o cat --no-pager 2>/dev/null`,
  verdict: (params, seen, { output }) => {
    const own = leasesOf(params, seen).filter(({ publicIp }) => publicIp === params.address)
    const look = 'See `journalctl -u flannel.service -n 50` on the host.'
    if (own.length === 0) return bad(`no lease for ${params.address} in etcd yet`, output.trim(), look)
    if (own.length > 1)
      return bad(
        `${own.length} leases for ${params.address}: ${own.map(({ subnet }) => subnet).join(', ')}`,
        undefined,
        'Delete the stale one after flanneld has stopped.',
      )
    const [lease] = own as [Lease]
    if (lease.backendType !== params.backend)
      return bad(`the lease is of backend ${lease.backendType}, not ${params.backend}`, undefined, look)
    const subnet = /^FLANNEL_SUBNET=(.*)$/m.exec(output)?.[1]
    if (subnet === undefined) return bad('/run/flannel/subnet.env is not written yet', output.trim(), look)
    return networkOf(subnet) === lease.subnet ? good : bad(`subnet.env says ${subnet}, the lease ${lease.subnet}`, undefined, look)
  },
}

const networkOf = (address: string) => {
  const [ip, length] = address.split('/')
  return `${ip!.replace(/\.\d+$/, '.0')}/${length}`
}

/** A route to every other host's pods; for vxlan also the neighbour and forwarding entries that carry it. */
export const peerRoutes: CheckKind<FlannelCheckParams> = {
  kind: 'peer-routes',
  scope: 'host',
  clusterReads: readLeases,
  probe: ({ vni }) => sh`
    ip -4 route show
    echo --neigh
    ip -4 neigh show dev ${`flannel.${vni}`} 2>/dev/null
    echo --fdb
    bridge fdb show dev ${`flannel.${vni}`} 2>/dev/null || :`,
  verdict: (params, seen, { output }) => {
    const [routes = '', neigh = '', fdb = ''] = output.split(/^--\w+$/m)
    const others = leasesOf(params, seen).filter(({ publicIp }) => publicIp !== params.address)
    for (const lease of others) {
      const problem = routeProblem(params, lease, routes, neigh, fdb)
      if (problem !== undefined) return bad(problem, routes.trim(), 'See `journalctl -u flannel.service -n 50` on the host.')
    }
    return { holds: true, detail: `${others.length} peers` }
  },
}

/** While a backend is switched host by host, peers of the other type keep the routes they had. */
function routeProblem({ backend, vni }: FlannelCheckParams, lease: Lease, routes: string, neigh: string, fdb: string): string | undefined {
  const { subnet, publicIp, backendType, vtepMac } = lease
  const route = routes.split('\n').find(line => line.startsWith(`${subnet} `))
  if (route === undefined) return `no route to ${subnet} of ${publicIp}`
  if (backendType !== backend) return undefined
  const direct = route.includes(` via ${publicIp} `)
  if (backend === 'host-gw' || direct) return direct ? undefined : `the route to ${subnet} does not go via ${publicIp}: ${route.trim()}`
  if (!route.includes(`dev flannel.${vni}`)) return `the route to ${subnet} does not go over flannel.${vni}: ${route.trim()}`
  const gateway = subnet.split('/')[0]!
  const neighbour = neigh.split('\n').find(line => line.startsWith(`${gateway} `))
  if (vtepMac !== undefined && neighbour?.includes(vtepMac) !== true) return `no neighbour entry ${gateway} = ${vtepMac} on flannel.${vni}`
  if (vtepMac !== undefined && !fdb.split('\n').some(line => line.startsWith(vtepMac) && line.includes(`dst ${publicIp}`)))
    return `no forwarding entry ${vtepMac} -> ${publicIp} on flannel.${vni}`
  return undefined
}
