import { sh, type CheckKind, type EtcdCluster } from 'netplay'
import { isIn } from './addresses.js'
import { strayRoute } from './forgotten-routes.js'
import { leasesOf, readLeases, type Lease } from './leases.js'
import { fallbackMetric } from './tunnel.js'
import { bad, sectionsOf, seeJournal } from './verdict.js'

export interface FlannelCheckParams {
  cluster: EtcdCluster
  prefix: string
  /** of all pods, e.g. `10.244.0.0/16` */
  network: string
  backend: 'host-gw' | 'vxlan'
  /** address that peers send to */
  address: string
  vni: number
}

/** A route to every other host's pods; for vxlan also the neighbour and forwarding entries that carry it. */
export const peerRoutes: CheckKind<FlannelCheckParams> = {
  kind: 'peer-routes',
  scope: 'host',
  clusterReads: readLeases,
  probe: ({ vni }) => sh`
    echo --routes
    ip -4 route show
    echo --neigh
    ip -4 neigh show dev ${`flannel.${vni}`} 2>/dev/null
    echo --fdb
    bridge fdb show dev ${`flannel.${vni}`} 2>/dev/null || :`,
  verdict: (params, seen, { output }) => {
    const sections = sectionsOf(output)
    const routes = linesOf(sections.get('routes')).filter(line => !line.includes(` metric ${fallbackMetric}`))
    const tables = { routes, neigh: linesOf(sections.get('neigh')), fdb: linesOf(sections.get('fdb')) }
    const others = leasesOf(params, seen).filter(({ publicIp }) => publicIp !== params.address)
    for (const lease of others) {
      const problem = routeProblem(params, lease, tables)
      if (problem !== undefined) return bad(problem, routes.join('\n'), seeJournal)
    }
    const stray = strayRoute(
      routes.filter(line => isIn(params.network, line.split(' ')[0]!)),
      leasesOf(params, seen),
    )
    return {
      holds: true,
      detail: `${others.length} peers`,
      ...(stray === undefined ? {} : { warning: `a route leads to a subnet that no host has: ${stray.trim()}` }),
    }
  },
}

const linesOf = (text = '') => text.split('\n').filter(Boolean)

/** While a backend is switched host by host, peers of the other type keep the routes they had. */
function routeProblem(
  { backend, vni }: FlannelCheckParams,
  { subnet, publicIp, backendType, vtepMac }: Lease,
  { routes, neigh, fdb }: Record<'routes' | 'neigh' | 'fdb', string[]>,
): string | undefined {
  const route = routes.find(line => line.startsWith(`${subnet} `))?.trim()
  if (route === undefined) return `no route to ${subnet} of ${publicIp}`
  if (backendType !== backend) return undefined
  const isDirect = `${route} `.includes(` via ${publicIp} `)
  if (backend === 'host-gw' || isDirect) return isDirect ? undefined : `the route to ${subnet} does not go via ${publicIp}: ${route}`
  if (!`${route} `.includes(` dev flannel.${vni} `)) return `the route to ${subnet} does not go over flannel.${vni}: ${route}`
  const gateway = subnet.split('/')[0]!
  const neighbour = neigh.find(line => line.startsWith(`${gateway} `))
  if (vtepMac !== undefined && neighbour?.includes(vtepMac) !== true) return `no neighbour entry ${gateway} = ${vtepMac} on flannel.${vni}`
  if (vtepMac !== undefined && !fdb.some(line => line.startsWith(vtepMac) && `${line} `.includes(` dst ${publicIp} `)))
    return `no forwarding entry ${vtepMac} -> ${publicIp} on flannel.${vni}`
  return undefined
}
