import { sh, type CheckKind } from 'netplay'
import type { FlannelCheckParams } from './checks.js'
import { dotted, parseRange } from './addresses.js'
import { leasesOf, readLeases, type Lease } from './leases.js'
import { bad, good, seeJournal } from './verdict.js'

/** flanneld holds exactly one lease for this host, of the backend in force, and subnet.env says the same subnet. Source: networking.md 3.1. */
export const ownLease: CheckKind<Omit<FlannelCheckParams, 'network'>> = {
  kind: 'own-lease',
  scope: 'host',
  clusterReads: readLeases,
  probe: () => sh`
    cat /run/flannel/subnet.env 2>/dev/null; echo
    systemctl show flannel.service -p ActiveState,SubState,NRestarts
    journalctl -u flannel.service -n 3 -o cat --no-pager 2>/dev/null`,
  verdict: (params, seen, { output }) => {
    const own = leasesOf(params, seen).filter(({ publicIp }) => publicIp === params.address)
    if (own.length === 0) return bad(`no lease for ${params.address} in etcd yet`, output.trim(), seeJournal)
    if (own.length > 1)
      return bad(
        `${own.length} leases for ${params.address}: ${own.map(({ subnet }) => subnet).join(', ')}`,
        undefined,
        'Delete the stale one after flanneld has stopped.',
      )
    const [lease] = own as [Lease]
    if (lease.backendType !== params.backend)
      return bad(`the lease is of backend ${lease.backendType}, not ${params.backend}`, undefined, seeJournal)
    const subnet = /^FLANNEL_SUBNET=(.*)$/m.exec(output)?.[1]
    if (subnet === undefined) return bad('/run/flannel/subnet.env is not written yet', output.trim(), seeJournal)
    return networkOf(subnet) === lease.subnet ? good : bad(`subnet.env says ${subnet}, the lease ${lease.subnet}`, undefined, seeJournal)
  },
}

const networkOf = (address: string) => {
  const { first, prefixLength } = parseRange(address) ?? { first: 0, prefixLength: 0 }
  return `${dotted(first)}/${prefixLength}`
}
