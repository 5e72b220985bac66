import { at, defaultAs, numberOf, textAt, type CalicoData, type CalicoNodeData, type Peer, type Pool } from './calico-model.js'
import { jsonOf } from './json.js'
import { blockOf } from './calico-v2.js'
import { resourcesV3 } from './etcd-keys.js'

type Keys = ReadonlyMap<string, string>
type Resource = [key: string, resource: Record<string, unknown>]

/** The keys of calico v3. Source: networking.md 2.3. */
export function calicoV3(keys: Keys): CalicoData | undefined {
  const own = [...keys].filter(([key]) => key.startsWith('/calico/'))
  if (own.length === 0) return undefined
  const of = (kind: string): Resource[] =>
    own.flatMap(([key, value]): Resource[] => {
      const resource = key.startsWith(`${resourcesV3}/${kind}/`) ? jsonOf(value) : undefined
      return resource === undefined ? [] : [[key, resource]]
    })
  const bgpKey = `${resourcesV3}/bgpconfigurations/default`
  const bgp = jsonOf(keys.get(bgpKey) ?? '')
  return {
    api: 'v3',
    pools: of('ippools').map(poolOf),
    nodes: of('nodes').map(nodeOf),
    peers: of('bgppeers').map(peerOf),
    isMesh: at(bgp, 'spec.nodeToNodeMeshEnabled') !== false,
    meshKey: bgpKey,
    asNumber: numberOf(at(bgp, 'spec.asNumber')) ?? defaultAs,
    asKey: bgpKey,
    reflectors: [],
    blocks: own.flatMap(([key]) => blockOf(key)),
  }
}

const isOn = (mode: string) => mode !== '' && mode !== 'Never'

function poolOf([key, pool]: Resource): Pool {
  const modes = [textAt(pool, 'spec.ipipMode'), textAt(pool, 'spec.vxlanMode')].filter(isOn)
  return {
    key,
    cidr: textAt(pool, 'spec.cidr'),
    blockSize: numberOf(at(pool, 'spec.blockSize')) ?? 26,
    encapsulation: modes.includes('Always') ? 'always' : modes.includes('CrossSubnet') ? 'cross-subnet' : 'none',
    isDisabled: at(pool, 'spec.disabled') === true,
  }
}

function nodeOf([key, node]: Resource): CalicoNodeData {
  const asNumber = numberOf(at(node, 'spec.bgp.asNumber'))
  return {
    key,
    name: textAt(node, 'metadata.name'),
    network: textAt(node, 'spec.bgp.ipv4Address'),
    ...(asNumber === undefined ? {} : { asNumber }),
    isReflector: textAt(node, 'spec.bgp.routeReflectorClusterID') !== '',
  }
}

function peerOf([key, peer]: Resource): Peer {
  const asNumber = numberOf(at(peer, 'spec.asNumber'))
  return { key, ip: textAt(peer, 'spec.peerIP').replace(/:\d+$/, ''), ...(asNumber === undefined ? {} : { asNumber }) }
}
