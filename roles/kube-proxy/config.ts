import type { ParamsOf } from 'netplay'
import type { paramsSchema } from './params.js'

export type Params = ParamsOf<typeof paramsSchema>
export type ProxyMode = Params['mode']

/** A value of the configuration file. */
export type Json = string | number | boolean | null | Json[] | { [field: string]: Json }
export type Fields = { [field: string]: Json }

/**
 * What kube-proxy reads from its file, once, when it starts; the same on every host: the Node's name is a flag of the unit.
 * Source: networking.md 2.7; the schema is in config-schema.ts.
 */
export function proxyConfig(params: Params): Fields {
  const { mode, kubeconfig, healthz_port, metrics_port } = params
  const own: Fields = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig },
    healthzBindAddress: `0.0.0.0:${healthz_port}`,
    metricsBindAddress: `127.0.0.1:${metrics_port}`,
    mode,
    ...localTraffic(params),
    [mode]: defined({
      syncPeriod: params.sync_period,
      minSyncPeriod: params.min_sync_period,
      // ipvs has no such field of its own: it reads the one of iptables.
      masqueradeAll: params.masquerade_all && mode !== 'ipvs' ? true : undefined,
    }),
    ...(params.masquerade_all && mode === 'ipvs' ? { iptables: { masqueradeAll: true } } : {}),
    conntrack: conntrackOf(params),
  }
  return withoutEmpty(merged(own, params.config))
}

/** As kube-proxy has it where nobody says anything. @returns 0: nf_conntrack_max stays as it is */
export function conntrackMax({ conntrack, config }: Pick<Params, 'conntrack' | 'config'>): number {
  return config.conntrack?.maxPerCore ?? conntrack.max_per_core ?? 32768
}

/** `clusterCIDR`: a pair with a comma for dual stack. */
export const clusterCidr = ({ cluster_cidr }: Pick<Params, 'cluster_cidr'>): string | undefined =>
  cluster_cidr === undefined ? undefined : [cluster_cidr].flat().join(',')

function localTraffic(params: Params): Fields {
  const name = params.detect_local_interface
  return {
    ...defined({ clusterCIDR: clusterCidr(params) }),
    detectLocalMode: params.detect_local,
    ...(params.detect_local === 'BridgeInterface' ? { detectLocal: defined({ bridgeInterface: name }) } : {}),
    ...(params.detect_local === 'InterfaceNamePrefix' ? { detectLocal: defined({ interfaceNamePrefix: name }) } : {}),
  }
}

const conntrackOf = ({ conntrack }: Params): Fields =>
  defined({
    maxPerCore: conntrack.max_per_core,
    min: conntrack.min,
    tcpEstablishedTimeout: conntrack.tcp_established_timeout,
    tcpCloseWaitTimeout: conntrack.tcp_close_wait_timeout,
  })

const defined = (fields: Record<string, Json | undefined>): Fields =>
  Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined))

const isFields = (value: Json | undefined): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Objects field by field; anything else is replaced. */
function merged(under: Fields, over: Fields): Fields {
  const result = { ...under }
  for (const [field, value] of Object.entries(over)) {
    const there = under[field]
    result[field] = isFields(there) && isFields(value) ? merged(there, value) : value
  }
  return result
}

const withoutEmpty = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => !isFields(value) || Object.keys(value).length > 0))
