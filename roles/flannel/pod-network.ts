import { contains, dotted, overlaps, parseRange } from './addresses.js'
import type { PreconditionInput } from './fact-preconditions.js'

/** Addresses and routes of the host that pods would be taken for. flannel's own (cni0, flannel.N, routes to single subnets) do not count. */
export function overlap({ host, peers, params, uplink, serviceNetworks = [] }: PreconditionInput): string | undefined {
  const network = parseRange(params.network)
  if (network === undefined) return `${params.network} is no IPv4 network`
  const services = serviceNetworks.find(text => {
    const range = parseRange(text)
    return range !== undefined && overlaps(network, range)
  })
  if (services !== undefined) return `${params.network} overlaps ${services}, where the cluster's services have their addresses`
  const peer = peers.find(({ address }) => {
    const range = parseRange(address)
    return range !== undefined && overlaps(network, range)
  })
  if (peer !== undefined) return `${params.network} has ${peer.address} of ${peer.name} in it`
  for (const { name, addresses } of host.facts?.interfaces ?? []) {
    const own = addresses.filter(({ family }) => family === 4).map(({ address, prefixLength }) => `${address}/${prefixLength}`)
    const bad = isFlannels(name)
      ? own.find(text => !contains(network, parseRange(text)!))
      : own.find(text => overlaps(network, parseRange(text)!))
    if (bad === undefined) continue
    return isFlannels(name)
      ? `${name} of ${host.name} has ${bad}, which is not in ${params.network}: another pod network was here`
      : `${params.network} overlaps ${bad} on ${name} of ${host.name}`
  }
  const route = (host.facts?.routes ?? []).find(({ to, dev }) => {
    const range = to === 'default' ? undefined : parseRange(to)
    if (range === undefined || !overlaps(network, range)) return false
    return !contains(network, range) || !(isFlannels(dev) || dev === uplink.name || dev === '')
  })
  return route && `${params.network} overlaps the route to ${route.to} on ${host.name}${route.dev === '' ? '' : ` (${route.dev})`}`
}

const isFlannels = (device: string) => /^(cni0|flannel\.\d+)$/.test(device)

/** As flanneld itself reads its configuration, which it repeats every second in its log when it is wrong. Source: v0.28.10 pkg/subnet/config.go. */
export function room({ peers, params }: Pick<PreconditionInput, 'peers' | 'params'>): string | undefined {
  const { network: text, subnet_len, subnet_min, subnet_max } = params
  const network = parseRange(text)
  if (network === undefined) return `${text} is no IPv4 network`
  if (!text.startsWith(`${dotted(network.first)}/`))
    return `${text} is not the network's first address: write ${dotted(network.first)}/${network.prefixLength}`
  if (subnet_len < network.prefixLength + 2) return `subnet_len ${subnet_len} must be at least ${network.prefixLength + 2} in ${text}`
  const size = 2 ** (32 - subnet_len)
  for (const [name, value] of Object.entries({ subnet_min, subnet_max })) {
    const range = value === undefined ? undefined : parseRange(value)
    if (value === undefined) continue
    if (range === undefined || !contains(network, range)) return `${name} ${value} is not in ${text}`
    if (range.first % size !== 0) return `${name} ${value} is not the first address of a /${subnet_len}`
  }
  // Without subnet_min the first subnet is not given out.
  const first = subnet_min === undefined ? network.first + size : parseRange(subnet_min)!.first
  const last = subnet_max === undefined ? network.last - size + 1 : parseRange(subnet_max)!.first
  const subnets = Math.max(0, Math.floor((last - first) / size) + 1)
  return subnets >= peers.length ? undefined : `${text} has ${subnets} subnets of /${subnet_len} for ${peers.length} hosts`
}
