import { execWord } from '../exec-word.js'
import { clusterCidr, type Params } from './config.js'

export const proxyPath = '/usr/local/bin/kube-proxy'
export const configPath = '/etc/kubernetes/kube-proxy.config'
export const unitName = 'kube-proxy.service'

/**
 * current: everything in the file. `Restart=always`, since kube-proxy ends by itself when its file is written in place.
 * classic: flags alone, with those that the unit of 2017 lacked and needed. Source: networking.md 1.8, 2.7, P29, P31.
 */
export const proxyUnit = (params: Params, node: string): string => `[Unit]
Description=Kubernetes Kube Proxy
Documentation=https://kubernetes.io/docs/reference/command-line-tools-reference/kube-proxy/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${proxyPath} \\
  ${(params.profile === 'classic' ? classicFlags(params, node) : currentFlags(params, node)).map(execWord).join(' \\\n  ')}
Restart=${params.profile === 'classic' ? 'on-failure' : 'always'}
RestartSec=5
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`

const currentFlags = ({ log_level }: Params, node: string) => [
  `--config=${configPath}`,
  // Besides --config only this one and those of the log count.
  `--hostname-override=${node}`,
  `--v=${log_level}`,
]

/** The ports are those that kube-proxy had by itself: the flags for them changed their names and meaning between 1.6 and 1.9. */
function classicFlags(params: Params, node: string): string[] {
  const { kubeconfig, sync_period, min_sync_period, masquerade_all, conntrack, log_level } = params
  const given: [flag: string, value: string | number | undefined][] = [
    ['iptables-sync-period', sync_period],
    ['iptables-min-sync-period', min_sync_period],
    ['conntrack-max-per-core', conntrack.max_per_core],
    ['conntrack-min', conntrack.min],
    ['conntrack-tcp-timeout-established', conntrack.tcp_established_timeout],
    ['conntrack-tcp-timeout-close-wait', conntrack.tcp_close_wait_timeout],
  ]
  return [
    `--hostname-override=${node}`,
    `--kubeconfig=${kubeconfig}`,
    `--cluster-cidr=${clusterCidr(params) ?? ''}`,
    '--proxy-mode=iptables',
    ...(masquerade_all ? ['--masquerade-all'] : []),
    ...given.flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}=${value}`])),
    `--v=${log_level}`,
  ]
}
