import type { ParamMistake, ParamsOf, RoleContext, RoleHost } from 'netplay'
import { evenMembers } from '../etcd-cluster.js'
import { contains, dotted, overlaps, parseRange } from '../flannel/addresses.js'
import type { paramsSchema } from './params.js'

type Context = RoleContext<ParamsOf<typeof paramsSchema>>

/** What can be seen without asking any host. Source: networking.md 5; P14. */
export const mistakes = (context: Context): ParamMistake[] => [...network(context), ...twins(context), ...evenMembers(context)]

function network({ params: { pod_cidr, service_cidr, block_size, profile, encapsulation }, peers }: Context): ParamMistake[] {
  const pods = parseRange(pod_cidr)
  if (pods === undefined) return [{ parameter: 'pod_cidr', problem: `${pod_cidr} is no IPv4 network` }]
  const first = `${dotted(pods.first)}/${pods.prefixLength}`
  if (pod_cidr !== first) return [{ parameter: 'pod_cidr', problem: `${pod_cidr} is not the network's first address: write ${first}` }]
  const found: ParamMistake[] = []
  const services = service_cidr === undefined ? undefined : parseRange(service_cidr)
  if (services !== undefined && overlaps(pods, services))
    found.push({ parameter: 'pod_cidr', problem: `pods (${pod_cidr}) and services (${service_cidr}) overlap` })
  const inside = peers.find(({ address }) => isIn(pods, address))
  if (inside !== undefined)
    found.push({ parameter: 'pod_cidr', problem: `${inside.name} has the address ${inside.address}, which is in ${pod_cidr}` })
  if (block_size < pods.prefixLength)
    found.push({ parameter: 'block_size', problem: `a block of /${block_size} is larger than ${pod_cidr}` })
  else if (2 ** (block_size - pods.prefixLength) < peers.length)
    found.push({
      parameter: 'pod_cidr',
      problem: `${pod_cidr} has ${2 ** (block_size - pods.prefixLength)} blocks of /${block_size} for ${peers.length} hosts`,
    })
  if (profile === 'classic' && encapsulation.startsWith('vxlan'))
    found.push({
      parameter: 'encapsulation',
      problem: 'calico v2.4 (profile classic) knows no vxlan: use ipip-cross-subnet, ipip-always or none',
    })
  return found
}

const isIn = (range: NonNullable<ReturnType<typeof parseRange>>, address: string) => {
  const own = parseRange(address)
  return own !== undefined && contains(range, own)
}

function twins({ host, peers, params, paramsOf }: Context): ParamMistake[] {
  const nameOf = (peer: RoleHost) => paramsOf(peer)?.node_name ?? peer.name
  const own = params.node_name ?? host.name
  const [sameName] = known(peers, 'name', nameOf)
    .get(own)!
    .filter(peer => peer.name !== host.name)
  if (sameName !== undefined) return [{ parameter: 'node_name', problem: `${host.name} and ${sameName.name} are one node, ${own}` }]
  const [sameAddress] = known(peers, 'address', peer => peer.address)
    .get(host.address)!
    .filter(peer => peer.name !== host.name)
  return sameAddress === undefined ? [] : [{ problem: `${host.name} and ${sameAddress.name} have one address, ${host.address}` }]
}

/** Made once a play: the hosts of a play are one list. */
const indices = new WeakMap<readonly RoleHost[], Map<string, Map<string, RoleHost[]>>>()

function known(peers: readonly RoleHost[], what: string, valueOf: (peer: RoleHost) => string): Map<string, RoleHost[]> {
  const ofPeers = indices.get(peers) ?? new Map<string, Map<string, RoleHost[]>>()
  indices.set(peers, ofPeers)
  const index = ofPeers.get(what) ?? new Map<string, RoleHost[]>()
  if (!ofPeers.has(what)) {
    ofPeers.set(what, index)
    for (const peer of peers) index.set(valueOf(peer), [...(index.get(valueOf(peer)) ?? []), peer])
  }
  return index
}
