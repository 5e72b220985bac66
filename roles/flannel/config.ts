import { underlayParams } from '../underlay.js'

/** What flanneld reads at `<prefix>/config`, once, when it starts. Source: flannel v0.28.10, pkg/subnet/config.go. */
export interface FlannelConfig {
  Network: string
  SubnetLen: number
  SubnetMin?: string
  SubnetMax?: string
  Backend: { Type: 'host-gw' } | { Type: 'vxlan'; VNI?: number; Port?: number; DirectRouting?: boolean }
}

export interface NetworkParams {
  network: string
  subnet_len: number
  subnet_min?: string
  subnet_max?: string
  backend: 'host-gw' | 'vxlan'
  vni: number
  port: number
  direct_routing: boolean
  underlay_network?: string
}

/** Backend.Type is always written: without it flanneld takes udp, whatever its documentation says. */
export function flannelConfig(params: NetworkParams): FlannelConfig {
  return {
    Network: params.network,
    SubnetLen: params.subnet_len,
    ...(params.subnet_min === undefined ? {} : { SubnetMin: params.subnet_min }),
    ...(params.subnet_max === undefined ? {} : { SubnetMax: params.subnet_max }),
    Backend: params.backend === 'host-gw' ? { Type: 'host-gw' } : vxlan(params),
  }
}

const vxlan = ({ vni, port, direct_routing }: NetworkParams): FlannelConfig['Backend'] => ({
  Type: 'vxlan',
  ...(vni === 1 ? {} : { VNI: vni }),
  ...(port === 8472 ? {} : { Port: port }),
  ...(direct_routing ? { DirectRouting: true } : {}),
})

/** Bytes that the backend puts around a packet. */
export const overheadBytes = ({ backend }: Pick<NetworkParams, 'backend'>): number => (backend === 'vxlan' ? 50 : 0)

/** Parameters of the network itself: the flannel role has them, etcd-seed writes them. */
export const networkParams = {
  profile: {
    type: 'string',
    enum: ['current', 'classic'],
    default: 'current',
    description: "classic: flannel of 2017 (v0.17.0 and older) on etcd's v2 API; current: v0.18.0 and newer on its v3 API.",
  },
  network: {
    type: 'string',
    format: 'cidr',
    description: 'Network of all pods, e.g. 10.244.0.0/16. Cannot be changed on a live cluster.',
  },
  ...underlayParams,
  subnet_len: { type: 'integer', minimum: 10, maximum: 30, default: 24, description: "Prefix length of one host's pods." },
  subnet_min: { type: 'string', description: "First subnet that is given to a host. flannel's default: the second one." },
  subnet_max: { type: 'string', description: 'Last subnet that is given to a host.' },
  backend: {
    type: 'string',
    enum: ['host-gw', 'vxlan'],
    default: 'vxlan',
    description: 'host-gw: plain routes, all hosts in one subnet. vxlan: works across routers.',
  },
  vni: { type: 'integer', minimum: 1, maximum: 16777215, default: 1, description: 'vxlan: network identifier; the device is flannel.VNI.' },
  port: { type: 'integer', minimum: 1, maximum: 65535, default: 8472, description: 'vxlan: UDP port between the hosts.' },
  direct_routing: { type: 'boolean', default: false, description: 'vxlan: plain routes to hosts in the same subnet.' },
  etcd_prefix: {
    type: 'string',
    pattern: '^/\\S*$',
    default: '/coreos.com/network',
    description: 'Keys of flannel in etcd: PREFIX/config and PREFIX/subnets/.',
  },
} as const
