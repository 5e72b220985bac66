import type { ParamMistake, ParamsOf, RoleContext, RoleHost } from 'netplay'
import { evenMembers } from '../etcd-cluster.js'
import { dotted, overlaps, parseRange } from '../flannel/addresses.js'
import { oncePerPeers, underlayMistakes } from '../underlay.js'
import type { paramsSchema } from './params.js'
import { overheadBytes } from './resources.js'

type Context = RoleContext<ParamsOf<typeof paramsSchema>>

/** What can be seen without asking any host. Source: networking.md 5; P14. */
export const mistakes = (context: Context): ParamMistake[] => [
  ...network(context),
  ...underlay(context),
  ...twins(context),
  ...evenMembers(context),
]

function network({ params: { pod_cidr, service_cidr, block_size, profile, encapsulation }, peers }: Context): ParamMistake[] {
  const pods = parseRange(pod_cidr)
  if (pods === undefined) return [{ parameter: 'pod_cidr', problem: `${pod_cidr} is no IPv4 network` }]
  const first = `${dotted(pods.first)}/${pods.prefixLength}`
  if (pod_cidr !== first) return [{ parameter: 'pod_cidr', problem: `${pod_cidr} is not the network's first address: write ${first}` }]
  const found: ParamMistake[] = []
  const services = service_cidr === undefined ? undefined : parseRange(service_cidr)
  if (services !== undefined && overlaps(pods, services))
    found.push({ parameter: 'pod_cidr', problem: `pods (${pod_cidr}) and services (${service_cidr}) overlap` })
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

function underlay({ params, peers }: Context): ParamMistake[] {
  const { pod_cidr: pods, service_cidr, underlay_network, underlay_mtu, mtu, encapsulation } = params
  const [services, hosts] = [service_cidr, underlay_network].map(text => (text === undefined ? undefined : parseRange(text)))
  const most = underlay_mtu === undefined ? undefined : underlay_mtu - overheadBytes(params)
  return [
    ...underlayMistakes({
      ...{ underlay_network, peers, pods, podsParameter: 'pod_cidr' },
      ...(encapsulation === 'none' ? { plain: { parameter: 'encapsulation', value: 'encapsulation none' } } : {}),
    }),
    ...(services !== undefined && hosts !== undefined && overlaps(services, hosts)
      ? [{ parameter: 'service_cidr', problem: `services (${service_cidr}) and hosts (${underlay_network}) overlap` }]
      : []),
    ...(mtu !== undefined && most !== undefined && mtu > most
      ? [
          {
            parameter: 'mtu',
            problem: `mtu ${mtu} does not fit: ${underlay_mtu} less ${overheadBytes(params)} for ${encapsulation} is ${most}`,
          },
        ]
      : []),
  ]
}

function twins({ host, peers, params, paramsOf }: Context): ParamMistake[] {
  const nameOf = (peer: RoleHost) => paramsOf(peer)?.node_name ?? peer.name
  const own = params.node_name ?? host.name
  const names = oncePerPeers(peers, 'names of nodes', () => {
    const index = new Map<string, RoleHost[]>()
    for (const peer of peers) index.set(nameOf(peer), [...(index.get(nameOf(peer)) ?? []), peer])
    return index
  })
  const same = names.get(own)?.find(peer => peer.name !== host.name)
  return same === undefined ? [] : [{ parameter: 'node_name', problem: `${host.name} and ${same.name} are one node, ${own}` }]
}
