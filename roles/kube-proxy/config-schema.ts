/**
 * JSON Schema of KubeProxyConfiguration, kubeproxy.config.k8s.io/v1alpha1. kube-proxy itself takes misspelt fields in silence (measured on v1.34.4), so
 * no level lets one through. Source: networking.md 2.7; k8s.io/kube-proxy v0.34.4 config/v1alpha1/types.go, k8s.io/component-base v0.34.4.
 */

/** Go's time.ParseDuration, without a sign */
const duration = { type: 'string', pattern: '^(0|([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$' } as const
const count = { type: 'integer', minimum: 0, maximum: 2147483647 } as const
const bit = { type: 'integer', minimum: 0, maximum: 31 } as const
const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
/** `0.0.0.0:10256`, `[::1]:10249` */
const hostPort = { type: 'string', pattern: '^([^\\s:]*|\\[[0-9a-fA-F:.]+\\]):[0-9]{1,5}$' } as const

const closed = <const P>(properties: P) => ({ type: 'object', additionalProperties: false, properties }) as const

const formatOptions = closed({ splitStream: flag, infoBufferSize: { type: ['string', 'integer'] } } as const)

/** Fields that parameters of the role do not set: what parameter `config` may have. */
export const extraFields = {
  bindAddress: { type: 'string', format: 'ip' },
  bindAddressHardFail: flag,
  enableProfiling: flag,
  showHiddenMetricsForVersion: text,
  featureGates: { type: 'object', additionalProperties: flag },
  clientConnection: closed({ acceptContentTypes: text, contentType: text, qps: { type: 'number', minimum: 0 }, burst: count }),
  logging: closed({
    format: { type: 'string', enum: ['text', 'json'] },
    flushFrequency: { type: ['string', 'integer'] },
    verbosity: count,
    vmodule: {
      type: 'array',
      items: { ...closed({ filePattern: text, verbosity: count }), required: ['filePattern', 'verbosity'] },
    },
    options: closed({ text: formatOptions, json: formatOptions }),
  }),
  iptables: closed({ masqueradeBit: bit, masqueradeAll: flag, localhostNodePorts: flag, syncPeriod: duration, minSyncPeriod: duration }),
  ipvs: closed({
    syncPeriod: duration,
    minSyncPeriod: duration,
    scheduler: { type: 'string', enum: ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'dh', 'sed', 'nq', 'mh'] },
    excludeCIDRs: { type: 'array', items: { type: 'string', format: 'cidr' } },
    strictARP: flag,
    tcpTimeout: duration,
    tcpFinTimeout: duration,
    udpTimeout: duration,
  }),
  nftables: closed({ masqueradeBit: bit, masqueradeAll: flag, syncPeriod: duration, minSyncPeriod: duration }),
  conntrack: closed({
    maxPerCore: count,
    min: count,
    tcpEstablishedTimeout: duration,
    tcpCloseWaitTimeout: duration,
    tcpBeLiberal: flag,
    udpTimeout: duration,
    udpStreamTimeout: duration,
  }),
  nodePortAddresses: {
    type: 'array',
    items: { type: 'string', pattern: '^(primary|[0-9a-fA-F:.]+/[0-9]{1,3})$' },
  },
  oomScoreAdj: { type: 'integer', minimum: -1000, maximum: 1000 },
  configSyncPeriod: duration,
  portRange: text,
  windowsRunAsService: flag,
  winkernel: closed({
    networkName: text,
    sourceVip: text,
    enableDSR: flag,
    rootHnsEndpointName: text,
    forwardHealthCheckVip: flag,
  }),
} as const

/** The whole file, parameters' fields included. */
export const configSchema = {
  ...closed({
    ...extraFields,
    apiVersion: { const: 'kubeproxy.config.k8s.io/v1alpha1' },
    kind: { const: 'KubeProxyConfiguration' },
    clientConnection: closed({ ...extraFields.clientConnection.properties, kubeconfig: { type: 'string', pattern: '^/' } }),
    mode: { type: 'string', enum: ['iptables', 'nftables', 'ipvs'] },
    clusterCIDR: text,
    detectLocalMode: { type: 'string', enum: ['ClusterCIDR', 'NodeCIDR', 'BridgeInterface', 'InterfaceNamePrefix'] },
    detectLocal: closed({ bridgeInterface: text, interfaceNamePrefix: text }),
    hostnameOverride: text,
    healthzBindAddress: hostPort,
    metricsBindAddress: hostPort,
  }),
  required: ['apiVersion', 'kind', 'clientConnection', 'mode'],
} as const
