import { readFileSync } from 'node:fs'
import { sessionProblem } from '../../roles/calico-node/checks.js'
import { birdSessions, isRecovering } from '../../roles/calico/bird.js'
import { expectedSessions } from '../../roles/calico/sessions.js'
import { viewOf } from '../../roles/calico/view.js'

const resource = (plural: string, name: string, spec: object, labels = {}) => ({
  key: `/calico/resources/v3/projectcalico.org/${plural}/${name}`,
  value: JSON.stringify({ metadata: { name, labels }, spec }),
  revision: 1,
})
const node = (number: number, reflector = false) =>
  resource(
    'nodes',
    `n${number}`,
    { bgp: { ipv4Address: `198.18.0.1${number}/24`, ...(reflector ? { routeReflectorClusterID: '224.0.0.1' } : {}) } },
    reflector ? { 'route-reflector': 'true' } : {},
  )
const peer = resource('bgppeers', 'peer-with-route-reflectors', { nodeSelector: 'all()', peerSelector: "route-reflector == 'true'" })
const meshOff = resource('bgpconfigurations', 'default', { nodeToNodeMeshEnabled: false })
const names = (values: Parameters<typeof viewOf>[1], own: string) =>
  expectedSessions(viewOf({ api: 'v3' }, values), own)
    .map(({ protocol }) => protocol)
    .sort()

// The steps of recorded/calico-mesh-to-reflectors.txt, from n1 (which becomes a reflector) and from n3.
test.each([
  ['full mesh', [node(1), node(2), node(3), node(4)], 'n1', ['Mesh_198_18_0_12', 'Mesh_198_18_0_13', 'Mesh_198_18_0_14']],
  [
    'a peer that selects nothing yet',
    [node(1), node(2), node(3), node(4), peer],
    'n3',
    ['Mesh_198_18_0_11', 'Mesh_198_18_0_12', 'Mesh_198_18_0_14'],
  ],
  ['n1 reflects', [node(1, true), node(2), node(3), node(4), peer], 'n1', ['Node_198_18_0_12', 'Node_198_18_0_13', 'Node_198_18_0_14']],
  [
    'n1 reflects, seen from n3',
    [node(1, true), node(2), node(3), node(4), peer],
    'n3',
    ['Mesh_198_18_0_12', 'Mesh_198_18_0_14', 'Node_198_18_0_11'],
  ],
  [
    'both reflect',
    [node(1, true), node(2, true), node(3), node(4), peer],
    'n2',
    ['Node_198_18_0_11', 'Node_198_18_0_13', 'Node_198_18_0_14'],
  ],
  ['mesh off', [node(1, true), node(2, true), node(3), node(4), peer, meshOff], 'n3', ['Node_198_18_0_11', 'Node_198_18_0_12']],
  ['mesh off without peers', [node(1), node(2), meshOff], 'n1', []],
  ['a node that is not there yet', [node(1)], 'n9', []],
])('%s', (_what, values, own, expected) => expect(names(values, own)).toEqual(expected))

test('a peer by address is Global for all nodes and Node for chosen ones', () => {
  const global = resource('bgppeers', 'tor', { peerIP: '198.18.0.1:179', asNumber: 64513 })
  const chosen = resource('bgppeers', 'rack', { peerIP: '198.18.0.2', node: 'n1' })
  expect(names([node(1), meshOff, global, chosen], 'n1')).toEqual(['Global_198_18_0_1', 'Node_198_18_0_2'])
})

test('the classic keys give mesh, global peers and the AS of each node', () => {
  const at = (key: string, value: string) => ({ key: `/calico/bgp/v1/${key}`, value, revision: 1 })
  const host = (name: string, address: string) => [at(`host/${name}/ip_addr_v4`, address), at(`host/${name}/network_v4`, '198.18.0.0/24')]
  const values = [...host('n1', '198.18.0.11'), ...host('n2', '198.18.0.12'), at('host/n2/as_num', '64513'), at('global/as_num', '64512')]
  const view = viewOf({ api: 'v2' }, values)
  expect(view.nodes[1]).toEqual({ name: 'n2', address: '198.18.0.12', prefixLength: 24, asNumber: 64513, labels: {} })
  expect(expectedSessions(view, 'n1')).toEqual([{ protocol: 'Mesh_198_18_0_12', address: '198.18.0.12' }])
  const reflected = viewOf({ api: 'v2' }, [
    ...values,
    at('global/node_mesh', '{"enabled":false}'),
    at('global/peer_v4/198.18.0.20', '{"ip":"198.18.0.20","as_num":"64512"}'),
  ])
  expect(expectedSessions(reflected, 'n1')).toEqual([{ protocol: 'Global_198_18_0_20', address: '198.18.0.20' }])
})

test('blocks are found by their affinities', () => {
  const key = '/calico/ipam/v2/host/n1/ipv4/block/10.200.0.0-26'
  expect(viewOf({ api: 'v3' }, [{ key, value: '{"state":"confirmed"}', revision: 1 }]).blocks).toEqual([
    { node: 'n1', cidr: '10.200.0.0/26' },
  ])
})

test("BIRD's table is read by columns, whatever the date looks like", () => {
  const text = readFileSync(new URL('../fixtures/calico/show-protocols-established.txt', import.meta.url), 'utf8')
  expect(birdSessions(text)).toEqual([
    { name: 'Node_198_18_0_12', isEstablished: true, info: 'Established' },
    { name: 'Mesh_198_18_0_13', isEstablished: false, info: 'Active Socket: Connection refused' },
  ])
})

test('graceful restart is told by the status', () => {
  expect(isRecovering('0013 Daemon is up and running')).toBe(false)
  expect(isRecovering('Graceful restart recovery in progress\n  Waiting for 1 protocols to recover')).toBe(true)
})

describe('sessions as they are', () => {
  const expected = [
    { protocol: 'Mesh_198_18_0_12', address: '198.18.0.12' },
    { protocol: 'Mesh_198_18_0_14', address: '198.18.0.14' },
  ]
  const up = (name: string) => ({ name, isEstablished: true, info: 'Established' })
  const down = (name: string) => ({ name, isEstablished: false, info: 'Active Socket: Connection refused' })
  test.each([
    ['all there', [up('Mesh_198_18_0_12'), up('Mesh_198_18_0_14')], [], undefined],
    ['one missing', [up('Mesh_198_18_0_12')], [], 'no session Mesh_198_18_0_14 with 198.18.0.14'],
    [
      'one not up',
      [up('Mesh_198_18_0_12'), down('Mesh_198_18_0_14')],
      [],
      'session Mesh_198_18_0_14 with 198.18.0.14 is not established: Active Socket: Connection refused',
    ],
    [
      'one too many',
      [up('Mesh_198_18_0_12'), up('Mesh_198_18_0_14'), up('Global_198_18_0_20')],
      [],
      'session Global_198_18_0_20 is there, and nothing asks for it any more',
    ],
    ['one of a node that is away', [up('Mesh_198_18_0_12'), down('Mesh_198_18_0_14')], ['198.18.0.14'], undefined],
  ])('%s', (_what, found, away, problem) => expect(sessionProblem(expected, found, away)).toBe(problem))
})
