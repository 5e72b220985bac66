import { sourceSchema } from '../source.js'
import { extraFields } from './config-schema.js'

const duration = extraFields.iptables.properties.syncPeriod
const port = { type: 'integer', minimum: 1, maximum: 65535 } as const

export const paramsSchema = {
  type: 'object',
  properties: {
    profile: {
      type: 'string',
      enum: ['current', 'classic'],
      default: 'current',
      description: 'current: a configuration file, Kubernetes 1.31 and newer; classic: flags alone, as in 2017, mode iptables only.',
    },
    mode: {
      type: 'string',
      enum: ['iptables', 'nftables', 'ipvs'],
      default: 'iptables',
      description: 'How Services are carried. nftables needs Linux 5.13; ipvs is deprecated since 1.35. A change needs the hosts drained.',
    },
    cluster_cidr: {
      // Not two forms: so a text that is no network is told as that.
      type: ['string', 'array'],
      format: 'cidr',
      items: { type: 'string', format: 'cidr' },
      minItems: 1,
      maxItems: 2,
      description:
        'Network of all pods, e.g. 10.244.0.0/16; a list of two for dual stack. What does not come from it is masqueraded. Required unless detect_local says how else pods are told apart.',
    },
    detect_local: {
      type: 'string',
      enum: ['ClusterCIDR', 'NodeCIDR', 'BridgeInterface', 'InterfaceNamePrefix'],
      default: 'ClusterCIDR',
      description: "How traffic of this host's pods is told apart. NodeCIDR is wrong with calico's addresses. Profile current only.",
    },
    detect_local_interface: {
      type: 'string',
      pattern: '^[^\\s/]{1,15}$',
      description: 'For BridgeInterface the bridge, e.g. cni0; for InterfaceNamePrefix the prefix, e.g. cali.',
    },
    node_name: {
      type: 'string',
      pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
      maxLength: 253,
      description: "Name of the host's Node in the API, as its kubelet has it. Default: the hostname in lower case, as kubelet's.",
    },
    kubeconfig: {
      type: 'string',
      pattern: '^/[^\\s]+$',
      default: '/etc/kubernetes/kube-proxy.kubeconfig',
      description: "kube-proxy's own, on the hosts. It must be there already.",
    },
    binary: {
      ...sourceSchema,
      description:
        'The program: a path on the controller, or {url, sha256}, {url, sha256, member} (of an archive), {url, sha256, pull: true} (each host by itself), {archive, member}. Left out: /usr/local/bin/kube-proxy must be on the hosts.',
    },
    sync_period: { ...duration, description: "Rules are looked at again at least so often, e.g. 30s. Default: kube-proxy's own." },
    min_sync_period: { ...duration, description: "Rules are changed at most so often, e.g. 1s. Default: kube-proxy's own." },
    masquerade_all: { type: 'boolean', default: false, description: 'Masquerade all traffic to Services, whatever it comes from.' },
    conntrack: {
      type: 'object',
      additionalProperties: false,
      properties: {
        max_per_core: { ...extraFields.conntrack.properties.maxPerCore, description: '0: nf_conntrack_max stays as it is' },
        min: extraFields.conntrack.properties.min,
        tcp_established_timeout: duration,
        tcp_close_wait_timeout: duration,
      },
      default: {},
      description: "Limits of connection tracking. Default: kube-proxy's own, 32768 a core and at least 131072.",
    },
    healthz_port: { ...port, default: 10256, description: '/healthz, on all addresses: load balancers ask it.' },
    metrics_port: { ...port, default: 10249, description: '/metrics and /proxyMode, on 127.0.0.1.' },
    log_level: { type: 'integer', minimum: 0, maximum: 10, default: 2, description: 'Flag --v.' },
    config: {
      type: 'object',
      additionalProperties: false,
      properties: extraFields,
      default: {},
      description:
        'More fields of KubeProxyConfiguration, as Kubernetes spells them; fields that a parameter sets are not among them. Profile current only.',
    },
  },
  allOf: [
    {
      if: { properties: { detect_local: { const: 'ClusterCIDR' } } },
      then: { required: ['cluster_cidr'] },
    },
    {
      if: { properties: { detect_local: { enum: ['BridgeInterface', 'InterfaceNamePrefix'] } }, required: ['detect_local'] },
      then: { required: ['detect_local_interface'] },
    },
    {
      if: { properties: { profile: { const: 'classic' } }, required: ['profile'] },
      then: {
        properties: { mode: { const: 'iptables' }, detect_local: { const: 'ClusterCIDR' }, config: { maxProperties: 0 } },
        required: ['cluster_cidr'],
      },
    },
  ],
  additionalProperties: false,
} as const
