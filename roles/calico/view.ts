import type { EtcdCluster, EtcdRead, EtcdValue } from 'netplay'

/** What etcd says of a calico cluster, the same of both profiles. */
export interface CalicoView {
  /** of the cluster, where no node has its own */
  asNumber: number
  isMeshOn: boolean
  nodes: CalicoNode[]
  peers: CalicoPeer[]
  blocks: CalicoBlock[]
  pools: CalicoPool[]
}

export interface CalicoNode {
  name: string
  /** without its prefix; absent before calico/node wrote it */
  address?: string
  prefixLength?: number
  asNumber?: number
  /** dotted quad: the node is a route reflector */
  clusterId?: string
  labels: Record<string, string>
}

/** Nodes that neither `node` nor `nodeSelector` chooses: all of them. */
export interface CalicoPeer {
  name: string
  node?: string
  nodeSelector?: string
  /** without its port */
  peerIp?: string
  peerSelector?: string
  asNumber?: number
}

export interface CalicoBlock {
  cidr: string
  node: string
}

export interface CalicoPool {
  name: string
  cidr: string
  blockSize: number
  isDisabled: boolean
}

export const resourcesPrefix = '/calico/resources/v3/projectcalico.org/'
const affinityPrefix = '/calico/ipam/v2/host/'
const bgpPrefix = '/calico/bgp/v1/'
const poolPrefix = '/calico/v1/ipam/v4/pool/'

/** All that `viewOf` looks at. Source: networking.md 1.9, 2.3. */
export const calicoReads = ({ cluster }: { cluster: EtcdCluster }): { cluster: EtcdCluster; reads: EtcdRead[] }[] => {
  const kinds = ['nodes', 'bgppeers', 'bgpconfigurations', 'ippools'].map(kind => `${resourcesPrefix}${kind}/`)
  const prefixes = cluster.api === 'v3' ? [...kinds, affinityPrefix] : [bgpPrefix, poolPrefix, affinityPrefix]
  return [{ cluster, reads: prefixes.map(key => ({ key, prefix: true })) }]
}

/** @param values of all keys read; others among them do not matter */
export function viewOf({ api }: Pick<EtcdCluster, 'api'>, values: readonly EtcdValue[]): CalicoView {
  const blocks = values.flatMap(({ key, value }) => (value === null ? [] : blockOf(key)))
  return { ...(api === 'v3' ? currentView(values) : classicView(values)), blocks }
}

const defaultAs = 64512

function currentView(values: readonly EtcdValue[]): Omit<CalicoView, 'blocks'> {
  const resources = (kind: string) =>
    values.flatMap(({ key, value }) => {
      const prefix = `${resourcesPrefix}${kind}/`
      return key.startsWith(prefix) && value !== null ? [{ name: key.slice(prefix.length), ...resourceOf(value) }] : []
    })
  const config = resources('bgpconfigurations').find(({ name }) => name === 'default')?.spec ?? {}
  return {
    asNumber: numberOr(config['asNumber'], defaultAs),
    isMeshOn: config['nodeToNodeMeshEnabled'] !== false,
    nodes: resources('nodes').map(({ name, spec, labels }) => nodeOf(name, recordOf(spec['bgp']), labels)),
    peers: resources('bgppeers').map(({ name, spec }) => peerOf(name, spec)),
    pools: resources('ippools').map(({ name, spec }) => ({
      name,
      cidr: textOf(spec['cidr']) ?? '',
      blockSize: numberOr(spec['blockSize'], 26),
      isDisabled: spec['disabled'] === true,
    })),
  }
}

function nodeOf(name: string, bgp: Record<string, unknown>, labels: Record<string, string>): CalicoNode {
  const [address, prefix] = (textOf(bgp['ipv4Address']) ?? '').split('/')
  const clusterId = textOf(bgp['routeReflectorClusterID'])
  return {
    name,
    ...(address ? { address, prefixLength: prefix === undefined ? 32 : Number(prefix) } : {}),
    ...(typeof bgp['asNumber'] === 'number' ? { asNumber: bgp['asNumber'] } : {}),
    ...(clusterId ? { clusterId } : {}),
    labels,
  }
}

function peerOf(name: string, spec: Record<string, unknown>): CalicoPeer {
  const [node, nodeSelector, peerIp, peerSelector] = ['node', 'nodeSelector', 'peerIP', 'peerSelector'].map(key => textOf(spec[key]))
  return {
    name,
    ...(node ? { node } : {}),
    ...(nodeSelector ? { nodeSelector } : {}),
    ...(peerIp ? { peerIp: peerIp.replace(/:\d+$/, '') } : {}),
    ...(peerSelector ? { peerSelector } : {}),
    ...(typeof spec['asNumber'] === 'number' ? { asNumber: spec['asNumber'] } : {}),
  }
}

/** Keys of calico v2.4 below /calico/bgp/v1: `global/node_mesh`, `global/peer_v4/IP`, `host/NODE/ip_addr_v4`, `rr_v4/IP`. */
function classicView(values: readonly EtcdValue[]): Omit<CalicoView, 'blocks'> {
  const at = new Map(values.flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const])))
  const names = [...at.keys()].flatMap(key => /^\/calico\/bgp\/v1\/host\/([^/]+)\//.exec(key)?.[1] ?? [])
  const under = (prefix: string) => [...at].filter(([key]) => key.startsWith(prefix))
  return {
    asNumber: Number(at.get(`${bgpPrefix}global/as_num`) ?? defaultAs),
    isMeshOn: jsonOf(at.get(`${bgpPrefix}global/node_mesh`))['enabled'] !== false,
    nodes: [...new Set(names)].map(name => classicNode(name, key => at.get(`${bgpPrefix}host/${name}/${key}`))),
    peers: under(`${bgpPrefix}global/peer_v4/`).map(([key, value]) => {
      const { ip, as_num } = jsonOf(value)
      return { name: key.slice(key.lastIndexOf('/') + 1), peerIp: textOf(ip) ?? '', asNumber: Number(as_num ?? defaultAs) }
    }),
    pools: under(poolPrefix).map(([key, value]) => {
      const { cidr, disabled } = jsonOf(value)
      return { name: key.slice(poolPrefix.length), cidr: textOf(cidr) ?? '', blockSize: 26, isDisabled: disabled === true }
    }),
  }
}

function classicNode(name: string, value: (key: string) => string | undefined): CalicoNode {
  const address = value('ip_addr_v4')
  const prefix = value('network_v4')?.split('/')[1]
  const asNumber = value('as_num')
  return {
    name,
    ...(address ? { address, prefixLength: prefix === undefined ? 32 : Number(prefix) } : {}),
    ...(asNumber ? { asNumber: Number(asNumber) } : {}),
    labels: {},
  }
}

/** `/calico/ipam/v2/host/n1/ipv4/block/10.200.0.0-26` */
function blockOf(key: string): CalicoBlock[] {
  const [, node, network, bits] = /^\/calico\/ipam\/v2\/host\/([^/]+)\/ipv4\/block\/([0-9.]+)-(\d+)$/.exec(key) ?? []
  return node === undefined ? [] : [{ node, cidr: `${network}/${bits}` }]
}

function resourceOf(text: string): { spec: Record<string, unknown>; labels: Record<string, string> } {
  const { spec, metadata } = jsonOf(text)
  const labels = Object.entries(recordOf(recordOf(metadata)['labels'])).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  )
  return { spec: recordOf(spec), labels: Object.fromEntries(labels) }
}

/** What is no JSON object counts as empty: whoever wrote it is told by the checks that miss what should be in it. */
function jsonOf(text: string | undefined): Record<string, unknown> {
  try {
    return recordOf(JSON.parse(text ?? '{}'))
  } catch {
    return {}
  }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const numberOr = (value: unknown, other: number): number => (typeof value === 'number' ? value : other)
