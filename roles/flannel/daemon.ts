import {
  awaitedFile,
  binary,
  check,
  file,
  gate,
  kernelFeature,
  systemdUnit,
  type EtcdCluster,
  type ParamsOf,
  type RoleContext,
  type Task,
} from 'netplay'
import { etcdCluster } from '../etcd-cluster.js'
import { uplinkOf } from './iface.js'
import { ownLease } from './own-lease.js'
import type { paramsSchema } from './params.js'
import { sourceOf } from '../source.js'
import { beforeFlanneld } from './tunnel.js'
import { flannelUnit } from './unit.js'
import { profileFits } from './version.js'

type Params = ParamsOf<typeof paramsSchema>
type Context = RoleContext<Params>

export const flanneldPath = '/usr/local/bin/flanneld'
const unitFile = '/etc/systemd/system/flannel.service'

/** The daemon: everything that it reads only once is an input, so a change of any of them restarts it, and nothing else does. */
export function daemonTasks(context: Context): Task[] {
  const { host, params } = context
  const cluster = etcdCluster(context)
  const uplink = uplinkOf(host, params.iface)
  const { backend, vni, port } = params
  return [
    ...(backend === 'vxlan' ? [kernelFeature('Tunnel pod traffic', { name: 'vxlan' })] : []),
    ...(params.flanneld === undefined ? [] : [binary('Install flanneld', { path: flanneldPath, ...sourceOf(params.flanneld) })]),
    gate(check('flanneld is of the profile', profileFits, { path: flanneldPath, profile: params.profile }), { timeoutMs: 5_000 }),
    file('Write flannel.service', { path: unitFile, mode: 0o644, content: unitOf(context) }),
    ...beforeFlanneld({ backend, vni, port, uplink }),
    systemdUnit('Run flanneld', {
      name: 'flannel.service',
      enabled: true,
      active: true,
      inputs: [flanneldPath, ...tlsInputs(cluster), configInput(cluster, params.etcd_prefix)],
    }),
    awaitedFile('Subnet of this host', { path: '/run/flannel/subnet.env', by: 'flanneld writes it', timeoutSeconds: 60 }),
    gate(check('Lease of this host in etcd', ownLease, { cluster, prefix: params.etcd_prefix, backend, vni, address: uplink.address }), {
      timeoutMs: 60_000,
    }),
  ]
}

const unitOf = (context: Context) => {
  const { params, host } = context
  return flannelUnit({
    profile: params.profile,
    cluster: etcdCluster(context),
    etcdPrefix: params.etcd_prefix,
    address: uplinkOf(host, params.iface).address,
    ipMasq: params.ip_masq,
    iptablesForwardRules: params.iptables_forward_rules,
    healthzPort: healthzPortOf(params),
    runtimes: runtimesOf(context),
  })
}

const tlsInputs = ({ caFile, certFile, keyFile }: EtcdCluster) =>
  caFile === undefined ? [] : [caFile, certFile!, { path: keyFile!, secret: true as const }]

const configInput = (cluster: EtcdCluster, prefix: string) => ({
  etcd: `etcd${cluster.api === 'v2' ? 2 : 3}:${prefix}/config` as const,
  cluster,
  required: true as const,
})

/** The classic daemons of 2017 do not all know the flag, and print their usage and exit 0 when they do not. */
export const healthzPortOf = ({ profile, healthz_port }: Pick<Params, 'profile' | 'healthz_port'>): number =>
  profile === 'classic' ? 0 : healthz_port

/** Units of container runtimes that the host has: flannel comes before them, and none is named that is not there. */
export const runtimesOf = ({ host }: Pick<Context, 'host'>): string[] =>
  (['docker', 'containerd'] as const).filter(name => (host.facts?.[name] ?? 'absent') !== 'absent').map(name => `${name}.service`)
