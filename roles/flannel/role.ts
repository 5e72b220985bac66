import {
  awaitedFile,
  binary,
  check,
  defineRole,
  directory,
  file,
  gate,
  kernelFeature,
  symlink,
  systemdUnit,
  type Check,
  type EtcdCluster,
  type ParamsOf,
  type RoleContext,
  type Task,
} from 'netplay'
import { etcdCluster } from '../etcd-cluster.js'
import { ownLease, peerRoutes, type FlannelCheckParams } from './checks.js'
import { cniVersion, conflist, flannelPlugin, neededPlugins, networkName } from './cni.js'
import { forwardTasks } from './forward.js'
import { uplinkOf } from './iface.js'
import { paramsSchema } from './params.js'
import { podPings } from './pod-pings.js'
import {
  binaryPresent,
  certificates,
  cniFolder,
  etcdAnswers,
  factPreconditions,
  pluginsPresent,
  preconditionKinds,
  seededNetwork,
} from './preconditions.js'
import { flannelUnit } from './unit.js'

const flanneld = '/usr/local/bin/flanneld'
const unitFile = '/etc/systemd/system/flannel.service'
const conflistName = '10-flannel.conflist'

/** flannel from systemd with etcd, and the CNI configuration that gives pods its subnets. */
export default defineRole({
  name: 'flannel',
  description:
    'flannel.service on every host: a subnet for its pods, routes to the pods of all others, and the CNI configuration that uses them.',
  params: paramsSchema,
  parts: ['forward'],
  checkKinds: [...preconditionKinds, ownLease, peerRoutes, podPings],
  preconditions(context) {
    const { host, peers, params, part } = context
    const facts = factPreconditions({ host, peers, params, uplink: uplinkOf(host, params.iface) })
    return part === 'forward' ? facts.slice(1, 2) : [...facts, ...hostPreconditions(context)]
  },
  tasks(context) {
    const { params, part } = context
    const forward = forwardTasks(params.network, runtimesOf(context))
    return part === 'forward' ? forward : [...forward, ...daemonTasks(context), ...cniTasks(params)]
  },
  checks(context) {
    const { params, part } = context
    if (part === 'forward') return []
    return [
      check('Routes to the pods of every other host', peerRoutes, checkParams(context)),
      check('Pods reach each other, full-size packets too', podPings, {
        binDir: params.cni_bin_dir,
        plugins: [{ ...flannelPlugin, name: networkName, cniVersion }],
      }),
    ]
  },
})

type Params = ParamsOf<typeof paramsSchema>
type Context = RoleContext<Params>

/** The daemon: everything that it reads only once is an input, so a change of any of them restarts it, and nothing else does. */
function daemonTasks(context: Context): Task[] {
  const { host, params } = context
  const cluster = etcdCluster(context)
  const uplink = uplinkOf(host, params.iface)
  const source = params.flanneld === undefined ? [] : [binary('Install flanneld', { path: flanneld, ...sourceOf(params.flanneld) })]
  return [
    ...(params.backend === 'vxlan' ? [kernelFeature('Tunnel pod traffic', { name: 'vxlan' })] : []),
    ...source,
    file('Write flannel.service', {
      path: unitFile,
      mode: 0o644,
      content: flannelUnit({
        profile: params.profile,
        cluster,
        etcdPrefix: params.etcd_prefix,
        address: uplink.address,
        ipMasq: params.ip_masq,
        iptablesForwardRules: params.iptables_forward_rules,
        healthzPort: params.healthz_port,
        runtimes: runtimesOf(context),
      }),
    }),
    systemdUnit('Run flanneld', {
      name: 'flannel.service',
      enabled: true,
      active: true,
      inputs: [flanneld, ...tlsInputs(cluster), configInput(cluster, params.etcd_prefix)],
    }),
    awaitedFile('Subnet of this host', { path: '/run/flannel/subnet.env', by: 'flanneld writes it', timeoutSeconds: 60 }),
    gate(check('Lease of this host in etcd', ownLease, checkParams(context)), { timeoutMs: 60_000 }),
  ]
}

const tlsInputs = ({ caFile, certFile, keyFile }: EtcdCluster) =>
  caFile === undefined ? [] : [caFile, certFile!, { path: keyFile!, secret: true as const }]

const configInput = (cluster: EtcdCluster, prefix: string) => ({
  etcd: `etcd${cluster.api === 'v2' ? 2 : 3}:${prefix}/config` as const,
  cluster,
  required: true as const,
})

/** The runtime takes up pods as soon as a configuration is there, so it comes last. */
function cniTasks(params: Params): Task[] {
  const { cni_bin_dir: bin, cni_conf_dir: conf, cni_host_dir: host } = params
  const plugins = neededPlugins.flatMap((name): Task[] => {
    const given = params.cni_plugins[name]
    if (given !== undefined) return [binary(`Install the CNI plugin ${name}`, { path: `${bin}/${name}`, ...sourceOf(given) })]
    return host === undefined ? [] : [symlink(`Link the CNI plugin ${name}`, { path: `${bin}/${name}`, target: `${host}/${name}` })]
  })
  return [
    directory('Folder of CNI plugins', { path: bin, parents: true }),
    ...plugins,
    directory('Folder of CNI configuration', { path: conf, parents: true }),
    file('Write the CNI configuration', { path: `${conf}/${conflistName}`, content: conflist(), mode: 0o644 }),
  ]
}

function hostPreconditions(context: Context): Check[] {
  const { params } = context
  const cluster = etcdCluster(context)
  const key = `${params.etcd_prefix}/config`
  const brought = new Set(Object.keys(params.cni_plugins))
  const needed = neededPlugins.filter(name => !brought.has(name))
  return [
    check('etcd client certificates', certificates, { cluster }),
    check('etcd answers this host', etcdAnswers, { cluster }),
    check('etcd is seeded for this network', seededNetwork, { cluster, key, network: params.network }),
    check('no other CNI configuration', cniFolder, { folder: params.cni_conf_dir, ours: conflistName }),
    check('CNI plugins are at hand', pluginsPresent, {
      folders: [params.cni_bin_dir, ...(params.cni_host_dir === undefined ? [] : [params.cni_host_dir])],
      names: needed,
    }),
    ...(params.flanneld === undefined ? [check('flanneld is installed', binaryPresent, { path: flanneld })] : []),
  ]
}

const checkParams = (context: Context): FlannelCheckParams => {
  const { host, params } = context
  return {
    cluster: etcdCluster(context),
    prefix: params.etcd_prefix,
    backend: params.backend,
    address: uplinkOf(host, params.iface).address,
    vni: params.vni,
  }
}

/** Units of container runtimes that the host has: flannel comes before them, and none is named that is not there. */
const runtimesOf = ({ host }: Pick<Context, 'host'>): string[] =>
  (['docker', 'containerd'] as const).filter(name => (host.facts?.[name] ?? 'absent') !== 'absent').map(name => `${name}.service`)

type Source = NonNullable<Params['flanneld']>

/** A bare path is a file on the controller, beside the playbook where it is not absolute. */
function sourceOf(given: Source): Pick<Parameters<typeof binary>[1], 'source' | 'sha256'> {
  if (typeof given === 'string') return { source: { path: given } }
  const { path, url, sha256, archive, member } = given
  if (url !== undefined) return { source: { url, sha256: sha256 ?? '', ...(member === undefined ? {} : { member }) } }
  if (archive !== undefined) return { source: { archive, member: member ?? '' } }
  return { source: { path: path ?? '' }, ...(sha256 === undefined ? {} : { sha256 }) }
}
