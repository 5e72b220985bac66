import { RequirementError, type RoleHost } from 'netplay'
import { parseRange } from './addresses.js'

export interface Uplink {
  name: string
  address: string
  prefixLength: number
  mtu: number
  mac: string
  isUp: boolean
}

/**
 * The interface that peers send to, resolved on each host: a name that is right on one host is wrong on the next.
 * @param iface as the admin gave it: a name or an address; undefined: the interface that has the host's own address
 */
export function uplinkOf(host: RoleHost, iface: string | undefined): Uplink {
  const wanted = iface ?? host.address
  const found = find(host, wanted)
  if (found !== undefined) return found
  const hint =
    parseRange(wanted) === undefined && iface === undefined
      ? ` ("${wanted}" is a name: set ansible_host to the address, or set flannel_iface)`
      : ''
  const seen = (host.facts?.interfaces ?? []).flatMap(({ name, addresses }) =>
    addresses.filter(({ family }) => family === 4).map(({ address }) => `${name} ${address}`),
  )
  throw new RequirementError(
    `no interface of ${host.name} is or has ${wanted}${hint}; it has ${seen.join(', ') || 'none'}`,
    'Set flannel_iface for this host to an interface or address that it has; nothing was changed.',
  )
}

/**
 * The same of a peer, as far as it is known; undefined when it did not answer or has no such interface, which its own preconditions tell.
 * @param iface the peer's own parameter
 */
export const uplinkOfPeer = (peer: RoleHost, iface: string | undefined): Uplink | undefined =>
  find(peer, iface ?? peer.address) ?? find(peer, peer.address)

function find({ facts }: RoleHost, wanted: string): Uplink | undefined {
  for (const { name, mtu, mac, isUp, addresses } of facts?.interfaces ?? []) {
    const ipv4 = addresses.filter(({ family }) => family === 4)
    const found = name === wanted ? ipv4[0] : ipv4.find(({ address }) => address === wanted)
    if (found !== undefined) return { name, mtu, mac, isUp, address: found.address, prefixLength: found.prefixLength }
  }
  return undefined
}
