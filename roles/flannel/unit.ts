import type { EtcdCluster } from 'netplay'
import { execWord } from '../exec-word.js'

export interface UnitInput {
  profile: 'classic' | 'current'
  cluster: EtcdCluster
  etcdPrefix: string
  /** address that peers send to */
  address: string
  ipMasq: boolean
  iptablesForwardRules: boolean
  healthzPort: number
  /** units of container runtimes that are on the host: ordered before, never bound */
  runtimes: string[]
}

/**
 * flannel.service. Type=notify: ready means configuration read, lease taken, subnet.env written.
 * `Restart=always`, since flanneld exits 0 when its lease is removed; no RequiredBy=docker.service, which would restart every container with it.
 * Source: networking.md 1.3, 2.1; flannel v0.28.10 main.go.
 */
export function flannelUnit(input: UnitInput): string {
  const { profile, cluster, etcdPrefix, address, ipMasq, iptablesForwardRules, healthzPort, runtimes } = input
  const flags = [
    `-etcd-endpoints=${cluster.endpoints.join(',')}`,
    `-etcd-prefix=${etcdPrefix}`,
    ...(cluster.caFile === undefined
      ? []
      : [`-etcd-cafile=${cluster.caFile}`, `-etcd-certfile=${cluster.certFile}`, `-etcd-keyfile=${cluster.keyFile}`]),
    `-iface=${address}`,
    ...(ipMasq ? ['-ip-masq'] : []),
    ...(iptablesForwardRules ? [] : ['-iptables-forward-rules=false']),
    ...(healthzPort === 0 ? [] : ['-healthz-ip=127.0.0.1', `-healthz-port=${healthzPort}`]),
  ]
  return `[Unit]
Description=${profile === 'classic' ? 'Flanneld overlay address etcd agent' : 'flannel'}
After=network.target network-online.target
Wants=network-online.target
${runtimes.map(unit => `Before=${unit}\n`).join('')}
[Service]
Type=notify
ExecStart=/usr/local/bin/flanneld \\
  ${flags.map(execWord).join(' \\\n  ')}
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`
}
