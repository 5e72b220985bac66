import { RequirementError, type EtcdCluster, type ParamMistake, type RoleContext } from 'netplay'

/** Parameters of every role that talks to etcd. Files are paths on the hosts. */
export const etcdParams = {
  etcd_endpoints: {
    type: 'array',
    items: { type: 'string', format: 'endpoint' },
    minItems: 1,
    description:
      'Clients\' addresses of all etcd members, each with scheme and port. Default: https://ADDRESS:2379 of every host in group "etcd".',
  },
  etcd_ca_file: {
    type: 'string',
    pattern: '^/\\S*$',
    default: '/etc/kubernetes/ssl/ca.pem',
    description: "CA that signed the members' certificates, on the host.",
  },
  etcd_cert_file: {
    type: 'string',
    pattern: '^/\\S*$',
    default: '/etc/kubernetes/ssl/kubernetes.pem',
    description: 'Client certificate, on the host.',
  },
  etcd_key_file: {
    type: 'string',
    pattern: '^/\\S*$',
    default: '/etc/kubernetes/ssl/kubernetes-key.pem',
    description: 'Key of the client certificate, on the host.',
  },
} as const

export interface EtcdParams {
  profile: 'classic' | 'current'
  etcd_endpoints?: string[]
  etcd_ca_file: string
  etcd_cert_file: string
  etcd_key_file: string
}

/** classic reads etcd's v2 API, current its v3 API: two stores in one process, each invisible to the other. */
export function etcdCluster({ params, groups }: Pick<RoleContext, 'groups'> & { params: EtcdParams }): EtcdCluster {
  const endpoints = params.etcd_endpoints ?? (groups['etcd'] ?? []).map(({ address }) => `https://${address}:2379`)
  if (endpoints.length === 0)
    throw new RequirementError(
      'no etcd endpoint is known: the inventory has no group "etcd"',
      'Add a group [etcd] with its members, or set etcd_endpoints.',
    )
  const tls = endpoints.some(endpoint => endpoint.startsWith('https:'))
  return {
    api: params.profile === 'classic' ? 'v2' : 'v3',
    endpoints,
    ...(tls ? { caFile: params.etcd_ca_file, certFile: params.etcd_cert_file, keyFile: params.etcd_key_file } : {}),
  }
}

/** An even number of members bears no more losses than one member less. */
export function evenMembers({ params, groups }: Pick<RoleContext, 'groups'> & { params: EtcdParams }): ParamMistake[] {
  const members = params.etcd_endpoints?.length ?? groups['etcd']?.length ?? 0
  if (members === 0 || members % 2 === 1) return []
  return [
    {
      ...(params.etcd_endpoints === undefined ? {} : { parameter: 'etcd_endpoints' }),
      problem: `etcd has ${members} members, an even number: it bears no more losses than ${members - 1}`,
      isWarning: true,
    },
  ]
}
