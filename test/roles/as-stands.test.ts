import { asStands } from '../../roles/calico-node/as-stands.js'
import type { EtcdValue } from '../../src/etcd.js'

const at = (key: string, value: string): EtcdValue => ({ key, value, revision: 1 })
const v3 = (plural: string, name: string, resource: object) =>
  at(`/calico/resources/v3/projectcalico.org/${plural}/${name}`, JSON.stringify({ metadata: { name }, ...resource }))
const node = (number: number, bgp: object = {}) =>
  v3('nodes', `n${number}`, { kind: 'Node', spec: { bgp: { ipv4Address: `198.18.0.1${number}/24`, ...bgp } } })
const as = (asNumber: number) => v3('bgpconfigurations', 'default', { kind: 'BGPConfiguration', spec: { asNumber } })
const judged = (etcd: EtcdValue[], asNumber = 64512, api: 'v2' | 'v3' = 'v3') => {
  const verdict = asStands.verdict(
    { cluster: { api, endpoints: [] }, asNumber },
    { host: 'n1', hosts: ['n1'], setups: {}, etcd },
    { output: '', exit: 0 },
  )
  return verdict.holds ? 'holds' : verdict.reason
}

test.each([
  ['a cluster that has nothing yet', [], 'holds'],
  ['another number, and no node that has it', [as(64567)], 'holds'],
  ['the same number', [as(64512), node(1)], 'holds'],
  ['none written, which is 64512', [node(1)], 'holds'],
  ['nodes with numbers of their own', [as(64567), node(1, { asNumber: 64512 })], 'holds'],
  ['another number', [as(64567), node(1)], 'the cluster has AS 64567, and a node takes it from there; wanted is 64512'],
  [
    'another number, of more nodes',
    [as(64567), node(1), node(2)],
    'the cluster has AS 64567, and 2 nodes take it from there; wanted is 64512',
  ],
])('%s', (_, etcd, told) => expect(judged(etcd)).toBe(told))

test('profile classic is asked in its own keys', () => {
  const keys = [at('/calico/bgp/v1/global/as_num', '64567'), at('/calico/bgp/v1/host/n1/ip_addr_v4', '198.18.0.11')]
  expect(judged(keys, 64567, 'v2')).toBe('holds')
  expect(judged(keys, 64512, 'v2')).toMatch(/^the cluster has AS 64567/)
})
