import type { EtcdCluster } from 'netplay'

export interface EnvInput {
  profile: 'current' | 'classic'
  cluster: EtcdCluster
  nodeName: string
  /** `198.18.0.11/24`: with a bare address everything would be tunnelled, neighbours too */
  address: string
  encapsulation: string
  /** name of the uplink: Felix finds the MTU by it, and knows by itself only usual names */
  uplink: string
}

/**
 * calico.env: names as the container reads them, every line passed on by `--env-file`, so none can be forgotten in the unit.
 * Source: networking.md 1.10, 2.2; P19–P22.
 */
export function calicoEnv(input: EnvInput): string {
  const { profile, cluster, nodeName, address } = input
  const { endpoints, caFile, certFile, keyFile } = cluster
  const values: Record<string, string> = {
    ETCD_ENDPOINTS: endpoints.join(','),
    ...(caFile === undefined ? {} : { ETCD_CA_CERT_FILE: caFile, ETCD_CERT_FILE: certFile!, ETCD_KEY_FILE: keyFile! }),
    NODENAME: nodeName,
    IP: address,
    NO_DEFAULT_POOLS: 'true',
    FELIX_DEFAULTENDPOINTTOHOSTACTION: 'ACCEPT',
    FELIX_IPV6SUPPORT: 'false',
    ...(profile === 'current' ? current(input) : classic),
  }
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** Pods of 2017 need no libnetwork, which only makes docker wait for its socket. */
const classic = { DATASTORE_TYPE: 'etcdv2', CALICO_NETWORKING_BACKEND: 'bird', CALICO_LIBNETWORK_ENABLED: 'false', IP6: '' }

const current = ({ encapsulation, uplink }: EnvInput) => ({
  DATASTORE_TYPE: 'etcdv3',
  IP6: 'none',
  CALICO_NETWORKING_BACKEND: encapsulation.startsWith('vxlan') ? 'vxlan' : 'bird',
  CALICO_MANAGE_CNI: 'false',
  CLUSTER_TYPE: 'bgp',
  FELIX_HEALTHENABLED: 'true',
  FELIX_HEALTHHOST: 'localhost',
  FELIX_MTUIFACEPATTERN: `^${uplink.replaceAll('.', '\\.')}$`,
})
