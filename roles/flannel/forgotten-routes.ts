import { sh, type CheckKind, type EtcdCluster } from 'netplay'
import { leasesOf, readLeases, type Lease } from './leases.js'
import { bad, sectionsOf, seeJournal } from './verdict.js'

export interface ForgottenParams {
  cluster: EtcdCluster
  prefix: string
  network: string
  vni: number
}

/**
 * Every route to pods of another host, and every entry of the tunnel, is of a lease that is there. A subnet or an address that another host has by now
 * is that host's: so what counts is what etcd says, and not who had it.
 */
export const forgottenRoutes: CheckKind<ForgottenParams> = {
  kind: 'forgotten-routes',
  scope: 'host',
  clusterReads: readLeases,
  probe: ({ network, vni }) => sh`
    echo --routes
    ip -4 route show root ${network}
    echo --fdb
    bridge fdb show dev ${`flannel.${vni}`} 2>/dev/null || :`,
  verdict: (params, seen, { output }) => {
    const sections = sectionsOf(output)
    const leases = leasesOf(params, seen)
    const lines = (name: string) => (sections.get(name) ?? '').split('\n')
    const route = strayRoute(lines('routes'), leases)
    if (route !== undefined)
      return bad(`a route leads to a subnet that no host has: ${route.trim()}`, sections.get('routes')?.trim(), seeJournal)
    const entry = lines('fdb').find(line => {
      const [, address] = / dst (\S+)/.exec(line) ?? []
      return address !== undefined && !leases.some(({ publicIp }) => publicIp === address)
    })
    if (entry !== undefined) return bad(`the tunnel leads to a host that has no subnet: ${entry.trim()}`, undefined, seeJournal)
    return { holds: true, detail: `${leases.length} leases` }
  },
}

/** A route to another host for which there is no lease. */
export const strayRoute = (routes: readonly string[], leases: readonly Lease[]): string | undefined =>
  routes.find(line => line.includes(' via ') && !leases.some(({ subnet }) => line.startsWith(`${subnet} `)))
