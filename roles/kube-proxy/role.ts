import { binary, check, defineRole, directory, file, gate, kernelFeature, sysctl, systemdUnit, type RoleContext, type Task } from 'netplay'
import { sourceOf } from '../source.js'
import { oneMode, proxyHealth, serviceAnswers, type HealthParams } from './checks.js'
import { proxyConfig, type Params, type ProxyMode } from './config.js'
import { nodeNameOf } from './node-name.js'
import { paramsSchema } from './params.js'
import { portsOf, preconditionKinds, preconditionsOf } from './preconditions.js'
import { cleanUp } from './rules.js'
import { configPath, proxyPath, proxyUnit, unitName } from './unit.js'
import { versionFits } from './version.js'
import { yamlOf } from './yaml.js'

/** kube-proxy from systemd: Service addresses lead to pods, in one mode and in no other. */
export default defineRole({
  name: 'kube-proxy',
  description: 'kube-proxy.service on every host, in mode iptables, nftables or ipvs: the addresses of Services lead to pods.',
  params: paramsSchema,
  checkKinds: [...preconditionKinds, versionFits, proxyHealth, oneMode, serviceAnswers],
  preconditions: preconditionsOf,
  tasks(context) {
    const { params } = context
    const { profile, mode } = params
    return [
      ...kernelTasks(mode),
      ...(params.binary === undefined ? [] : [binary('Install kube-proxy', { path: proxyPath, ...sourceOf(params.binary) })]),
      gate(check('kube-proxy is of a version that can do this', versionFits, { mode, profile }), { timeoutMs: 10_000 }),
      ...fileTasks(context),
      ...(profile === 'classic' ? [] : [cleanUp(mode, params.metrics_port)]),
      systemdUnit('Run kube-proxy', { name: unitName, enabled: true, active: true, inputs: inputsOf(params) }),
      gate(check('kube-proxy has written its rules', proxyHealth, healthParams(params)), { timeoutMs: 60_000 }),
    ]
  },
  checks: ({ params }) => [
    check('kube-proxy is healthy', proxyHealth, healthParams(params)),
    check('Rules of one mode and no other', oneMode, { mode: params.mode }),
    check('Service kubernetes answers', serviceAnswers, { mode: params.mode, kubeconfig: params.kubeconfig }),
  ],
})

/** What pods on one bridge send each other by way of a Service passes the firewall only with the bridge's call to it. */
const kernelTasks = (mode: ProxyMode): Task[] => [
  kernelFeature('See bridged pod traffic in the firewall', { name: 'br_netfilter' }),
  kernelFeature('Track connections', { name: 'nf_conntrack' }),
  ...(mode === 'ipvs'
    ? ['ip_vs', 'ip_vs_rr', 'ip_vs_wrr', 'ip_vs_sh'].map(name => kernelFeature(`Carry Services with ${name}`, { name }))
    : []),
  sysctl('Forward packets of pods', { name: 'net.ipv4.ip_forward', value: '1' }),
  sysctl('Filter bridged pod traffic', { name: 'net.bridge.bridge-nf-call-iptables', value: '1' }),
]

function fileTasks({ host, params }: RoleContext<Params>): Task[] {
  const node = nodeNameOf(host, params)
  const unit = file('Write kube-proxy.service', { path: `/etc/systemd/system/${unitName}`, mode: 0o644, content: proxyUnit(params, node) })
  if (params.profile === 'classic') return [unit]
  return [
    directory('Folder of the configuration', { path: '/etc/kubernetes' }),
    file('Write the configuration', { path: configPath, mode: 0o644, content: yamlOf(proxyConfig(params)) }),
    unit,
  ]
}

/** kube-proxy does not notice a file that was replaced by rename (measured on v1.34.4): what it reads is what restarts it. */
const inputsOf = ({ profile, kubeconfig }: Params) => [
  proxyPath,
  ...(profile === 'classic' ? [] : [configPath]),
  { path: kubeconfig, secret: true as const },
]

const healthParams = (params: Params): HealthParams => {
  const [healthz = 0, metrics = 0] = portsOf(params)
  return { mode: params.mode, healthzPorts: params.profile === 'classic' ? [healthz, metrics] : [healthz], metricsPort: metrics }
}
