import { validateTask } from '../../src/playbook/validate-task.js'
import { prefixOf } from '../../src/resources/calico-prefix.js'
import { calicoResource, type CalicoResourceParams } from '../../src/resources/calico-resource.js'

const calicoctl = { path: '/usr/local/bin/calicoctl', config: '/etc/calico/calicoctl.cfg' }
const base = { cluster: { api: 'v3' as const, endpoints: ['https://e1:2379'] }, calicoctl, name: 'x' }
const classic = { ...base, cluster: { api: 'v2' as const, endpoints: ['https://e1:2379'] } }
const pool = (spec: Record<string, unknown>) => ({ ...base, kind: 'IPPool' as const, set: { spec } })
const peer = (spec: Record<string, unknown>) => ({ ...base, kind: 'BGPPeer' as const, set: { spec } })

const refused = (desired: unknown) => () => validateTask(calicoResource('Write it', desired as CalicoResourceParams))

test.each<[string, CalicoResourceParams]>([
  ['a pool', pool({ cidr: '10.200.0.0/16', blockSize: 26, ipipMode: 'CrossSubnet', vxlanMode: 'Never', natOutgoing: true })],
  ['a pool of IPv6', pool({ cidr: 'fd00:10:200::/48', vxlanMode: 'Always', blockSize: 122 })],
  ['a pool that is one block', pool({ cidr: '10.98.0.0/26' })],
  ['fields of a pool that is there', pool({ natOutgoing: false })],
  ['a peer by selector', peer({ nodeSelector: 'all()', peerSelector: "route-reflector == 'true'" })],
  ['a peer by address and port', peer({ peerIP: '198.18.0.12:180', asNumber: 64512 })],
  ['a peer by address of IPv6', peer({ peerIP: '[fd00::1]:179', node: 'n1' })],
  ['a reflector', { ...base, kind: 'Node', set: { spec: { bgp: { routeReflectorClusterID: '244.0.0.1' } } } }],
  [
    'a reflector no more',
    { ...base, kind: 'Node', set: { spec: { bgp: { routeReflectorClusterID: null } }, metadata: { labels: { rr: null } } } },
  ],
  ['settings of a node', { ...base, kind: 'FelixConfiguration', name: 'node.n1', set: { spec: { vxlanMTU: 1450 } } }],
  ['a peer that goes', { ...base, kind: 'BGPPeer', set: null }],
  [
    'a classic pool',
    { ...classic, kind: 'ipPool', name: '10.200.0.0/16', set: { spec: { ipip: { enabled: true, mode: 'cross-subnet' } } } },
  ],
  ['a classic setting', { ...classic, kind: 'nodeToNodeMesh', name: 'global', set: { value: 'off' } }],
])('%s is taken', (_, desired) => expect(refused(desired)).not.toThrow())

test.each<[unknown, string]>([
  [pool({ cidr: '10.98.0.1/24' }), 'parameter "set.spec.cidr" of calico-resource "Write it" has bits of a host set'],
  [pool({ cidr: 'fd00::1/64' }), 'set.spec.cidr'],
  [pool({ cidr: '10.98.0.0' }), 'must be a network'],
  [pool({ cidr: '10.98.0.0/33' }), 'must be a network'],
  [pool({ cidr: '10.99.0.0/24', blockSize: 20 }), 'is smaller than one block of /20'],
  [pool({ cidr: '10.99.0.0/27' }), 'is smaller than one block of /26'],
  [pool({ cidr: '10.99.0.0/16', blockSize: 33 }), 'set.spec.blockSize'],
  [pool({ ipipMode: 'Sometimes' }), 'must be one of Always, CrossSubnet, Never'],
  [pool({ ipipMode: 'Always', vxlanMode: 'CrossSubnet' }), 'cannot be on together with ipipMode'],
  [pool({ cidr: 'fd00::/64', ipipMode: 'Always' }), 'is for IPv4 alone'],
  [peer({ peerIP: '198.18.0.12', peerSelector: 'has(x)' }), 'cannot go with peerIP'],
  [peer({ peerSelector: 'has(x)', asNumber: 64512 }), 'cannot go with peerSelector'],
  [peer({ node: 'a', nodeSelector: 'all()' }), 'cannot go with node'],
  [peer({ peerIP: 'rr1' }), 'must be an address'],
  [peer({ peerIP: '198.18.0.12', asNumber: 0 }), 'must be a number from 1 to 4294967295'],
  [{ ...base, kind: 'Node', set: { spec: { bgp: { routeReflectorClusterID: 'nonsense' } } } }, 'no dotted quad'],
  [{ ...base, kind: 'BGPConfiguration', name: 'default', set: { spec: { nodeToNodeMeshEnabled: 'no' } } }, 'must be true or false'],
  [{ ...base, kind: 'BGPConfiguration', name: 'mine', set: {} }, 'must be default or node.NAME'],
  [{ ...base, kind: 'BGPPeer', name: 'Upper', set: {} }, 'lower case'],
  [
    { ...classic, kind: 'BGPPeer', set: {} },
    `"kind" of calico-resource "Write it" is a form of calico on etcd's v3 API, and cluster.api is v2`,
  ],
  [{ ...base, kind: 'ipPool', name: '10.0.0.0/8', set: {} }, `on etcd's v2 API`],
  [{ ...base, kind: 'BGPPeer', set: { value: 1 } }, 'is for asNumber and nodeToNodeMesh'],
  [{ ...base, kind: 'Node', mustExist: true, set: null }, 'cannot be null with'],
  [{ ...base, kind: 'Node', set: { status: {} } }, 'status'],
  [{ ...base, kind: 'Node', set: { metadata: { labels: { a: 1 } } } }, 'set.metadata.labels.a'],
  [{ ...base, kind: 'GlobalNetworkPolicy', set: {} }, 'kind'],
  [{ ...classic, kind: 'ipPool', name: '10.200.0.1/16', set: {} }, 'with no bits of a host set'],
  [{ ...classic, kind: 'ipPool', name: '10.200.0.0/27', set: {} }, 'smaller than one block'],
  [
    { ...classic, kind: 'ipPool', name: '10.200.0.0/16', set: { spec: { ipip: { mode: 'CrossSubnet' } } } },
    'neither always nor cross-subnet',
  ],
  [{ ...classic, kind: 'bgpPeer', name: '1.2.3', set: {} }, 'the IPv4 address of the peer'],
  [{ ...classic, kind: 'nodeToNodeMesh', name: 'global', set: { value: 'no' } }, 'must be on or off'],
  [{ ...classic, kind: 'asNumber', name: 'global', set: null }, 'must be { value: … }'],
  [{ ...classic, kind: 'asNumber', name: 'global', set: { value: 'x' } }, 'must be a number'],
])('%j is refused before any host is asked: %s', (desired, problem) => expect(refused(desired)).toThrow(problem))

test.each<[string, ReturnType<typeof prefixOf>]>([
  ['10.0.0.0/8', { family: 4, length: 8, isMasked: true }],
  ['0.0.0.0/0', { family: 4, length: 0, isMasked: true }],
  ['10.0.0.255/32', { family: 4, length: 32, isMasked: true }],
  ['10.0.0.128/24', { family: 4, length: 24, isMasked: false }],
  ['fd00:10:200::/48', { family: 6, length: 48, isMasked: true }],
  ['::1/127', { family: 6, length: 127, isMasked: false }],
  ['1:2:3:4:5:6:7:8/128', { family: 6, length: 128, isMasked: true }],
  ['::ffff:10.0.0.0/104', { family: 6, length: 104, isMasked: true }],
  ['10.0.0.0', undefined],
  ['10.0.0/8', undefined],
  ['10.0.0.0/129', undefined],
])('%s', (text, prefix) => expect(prefixOf(text)).toEqual(prefix))
