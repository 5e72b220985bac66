import type { Keys } from './seen.js'

const json = (value: unknown) => JSON.stringify(value)

/** flannel's keys of a healthy cluster of two hosts, in v3. */
export const flannelKeys: Keys = {
  '/coreos.com/network/config': json({ Network: '10.244.0.0/16', SubnetLen: 24, Backend: { Type: 'host-gw' } }),
  '/coreos.com/network/subnets/10.244.74.0-24': json({ PublicIP: '198.18.0.11', BackendType: 'host-gw' }),
  '/coreos.com/network/subnets/10.244.75.0-24': json({ PublicIP: '198.18.0.12', BackendType: 'host-gw' }),
}

const bgp = '/calico/bgp/v1'
/** calico's keys of a healthy cluster of three hosts, in v2. */
export const calicoKeysV2: Keys = {
  '/calico/v1/ipam/v4/pool/10.200.0.0-16': json({
    cidr: '10.200.0.0/16',
    ipip: 'tunl0',
    ipip_mode: 'cross-subnet',
    masquerade: true,
    disabled: false,
  }),
  [`${bgp}/global/as_num`]: '64512',
  [`${bgp}/global/node_mesh`]: json({ enabled: true }),
  ...Object.fromEntries(
    [1, 2, 3].flatMap(n => [
      [`${bgp}/host/n${n}/ip_addr_v4`, `198.18.0.1${n}`],
      [`${bgp}/host/n${n}/network_v4`, '198.18.0.0/24'],
      [`/calico/ipam/v2/host/n${n}/ipv4/block/10.200.${n}.0-26`, '{}'],
    ]),
  ),
}

export const v3 = '/calico/resources/v3/projectcalico.org'
export const pool = (spec: Record<string, unknown>) =>
  json({ kind: 'IPPool', spec: { cidr: '10.200.0.0/16', blockSize: 26, ipipMode: 'CrossSubnet', vxlanMode: 'Never', ...spec } })
export const node = (n: number, bgpSpec: Record<string, unknown> = {}) =>
  json({ kind: 'Node', metadata: { name: `n${n}` }, spec: { bgp: { ipv4Address: `198.18.0.1${n}/24`, ...bgpSpec } } })
export const bgpConfig = (spec: Record<string, unknown>) => json({ kind: 'BGPConfiguration', metadata: { name: 'default' }, spec })
export const bgpPeer = (spec: Record<string, unknown>) => json({ kind: 'BGPPeer', spec })

/** The same in v3. */
export const calicoKeysV3: Keys = {
  [`${v3}/ippools/default-ipv4-ippool`]: pool({}),
  ...Object.fromEntries(
    [1, 2, 3].flatMap(n => [
      [`${v3}/nodes/n${n}`, node(n)],
      [`/calico/ipam/v2/host/n${n}/ipv4/block/10.200.${n}.0-26`, '{}'],
    ]),
  ),
}
