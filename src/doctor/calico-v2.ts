import { at, defaultAs, numberOf, textAt, type CalicoData, type CalicoNodeData, type Peer, type Pool } from './calico-model.js'
import { jsonOf } from './json.js'

type Keys = ReadonlyMap<string, string>

/** The keys of calico v2. Source: networking.md 1.9. */
export function calicoV2(keys: Keys): CalicoData | undefined {
  const own = [...keys].filter(([key]) => key.startsWith('/calico/'))
  if (own.length === 0) return undefined
  const global = '/calico/bgp/v1/global'
  return {
    api: 'v2',
    pools: own.flatMap(poolOf),
    nodes: nodesOf(own),
    peers: own.flatMap(([key, value]) => (/^\/calico\/bgp\/v1\/(global|host\/[^/]+)\/peer_v4\//.test(key) ? [peerOf(key, value)] : [])),
    isMesh: jsonOf(keys.get(`${global}/node_mesh`) ?? '')?.['enabled'] !== false,
    meshKey: `${global}/node_mesh`,
    asNumber: numberOf(keys.get(`${global}/as_num`)) ?? defaultAs,
    asKey: `${global}/as_num`,
    reflectors: own.flatMap(([key, value]) => {
      const [, ip] = /^\/calico\/bgp\/v1\/rr_v4\/(.+)$/.exec(key) ?? []
      return ip === undefined ? [] : [{ key, ip, value }]
    }),
    blocks: own.flatMap(([key]) => blockOf(key)),
  }
}

/** `ipip`: the device, where there is one; `ipip_mode`: always or cross-subnet. */
function poolOf([key, value]: [string, string]): Pool[] {
  const pool = /^\/calico\/v1\/ipam\/v[46]\/pool\//.test(key) ? jsonOf(value) : undefined
  if (pool === undefined) return []
  const encapsulation = textAt(pool, 'ipip') === '' ? 'none' : textAt(pool, 'ipip_mode') === 'cross-subnet' ? 'cross-subnet' : 'always'
  return [{ key, cidr: textAt(pool, 'cidr'), blockSize: 26, encapsulation, isDisabled: pool['disabled'] === true }]
}

function nodesOf(own: readonly [string, string][]): CalicoNodeData[] {
  const fields = new Map<string, Map<string, string>>()
  for (const [key, value] of own) {
    const [, name, field] = /^\/calico\/bgp\/v1\/host\/([^/]+)\/([a-z0-9_]+)$/.exec(key) ?? []
    if (name === undefined || field === undefined) continue
    fields.set(name, (fields.get(name) ?? new Map<string, string>()).set(field, value))
  }
  return [...fields].map(([name, values]) => {
    const [address = '', network = ''] = [values.get('ip_addr_v4'), values.get('network_v4')]
    const asNumber = numberOf(values.get('as_num'))
    const length = network.split('/')[1]
    return {
      key: `/calico/bgp/v1/host/${name}/${network === '' ? 'ip_addr_v4' : 'network_v4'}`,
      name,
      network: length === undefined ? address : `${address || network.split('/')[0]!}/${length}`,
      ...(asNumber === undefined ? {} : { asNumber }),
      isReflector: false,
    }
  })
}

function peerOf(key: string, value: string): Peer {
  const asNumber = numberOf(at(jsonOf(value), 'as_num'))
  return { key, ip: key.replace(/^.*\//, ''), ...(asNumber === undefined ? {} : { asNumber }) }
}

/** Affinities have one form in v2 and v3. */
export const blockOf = (key: string): { node: string; cidr: string }[] => {
  const [, node, network, length] = /^\/calico\/ipam\/v2\/host\/([^/]+)\/ipv4\/block\/([\d.]+)-(\d+)$/.exec(key) ?? []
  return node === undefined ? [] : [{ node, cidr: `${network}/${length}` }]
}
