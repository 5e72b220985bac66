import {
  calicoResource,
  check,
  containerImage,
  defineRole,
  directory,
  file,
  gate,
  kernelFeature,
  sysctl,
  systemdUnit,
  type ParamsOf,
  type RoleContext,
  type Task,
} from 'netplay'
import { calicoctlOf, calicoctlTasks } from '../calico/calicoctl.js'
import { ctrFiles, runtimeChecks } from '../calico/ctr-files.js'
import { execWords, runtimeOf } from '../calico/runtime.js'
import { etcdCluster } from '../etcd-cluster.js'
import { certificates, etcdAnswers, etcdPreconditions } from '../etcd-preconditions.js'
import { cniReady } from '../flannel/cni-check.js'
import { known } from '../flannel/fact-preconditions.js'
import { binaryPresent, cniFolder, foldersWritable, pluginsPresent } from '../flannel/host-preconditions.js'
import { uplinkOf } from '../flannel/iface.js'
import { podPings } from '../flannel/pod-pings.js'
import { nobodyAnswers, noPods } from '../leaving.js'
import { iptablesKinds } from '../surroundings.js'
import { asStands } from './as-stands.js'
import { bgpSessions, blockRoutes, nodeReady, type NodeCheckParams } from './checks.js'
import { cniTasks, cniVersionOf, conflistName, neededPlugins, networkName, pluginsOf } from './cni.js'
import { calicoEnv } from './env.js'
import { forgottenNodes, mayLeave } from './forgotten.js'
import { forgetChecks, forgetPreconditions, forgetTasks, leaveMistakes, leavePreconditions, leaveTasks } from './leave.js'
import { blockChecks, blocksFit } from './ipam-check.js'
import { mistakes } from './mistakes.js'
import { paramsSchema } from './params.js'
import { clusterFits, factPreconditions } from './preconditions.js'
import { classicPoolSpec, felixSpec, overheadBytes, poolDefaults, poolSpec } from './resources.js'
import { tunnelUp } from './tunnel-check.js'
import { calicoUnit, containerName, envPath, unitName } from './unit.js'

type Params = ParamsOf<typeof paramsSchema>
type Context = RoleContext<Params>

/**
 * calico/node from systemd, its pool and settings before the first node starts, and the CNI configuration last. For a host that goes for good: `leave`
 * on it, then `forget` on those that stay.
 */
export default defineRole({
  name: 'calico-node',
  description:
    'calico/node as a container under systemd on every host: routes between pods by BGP or VXLAN, and the CNI configuration that uses them.',
  params: paramsSchema,
  parts: ['leave', 'forget'],
  checkKinds: [
    ...[certificates, etcdAnswers, known, binaryPresent, cniFolder, foldersWritable, pluginsPresent, clusterFits, asStands, ctrFiles],
    ...[mayLeave, noPods, nobodyAnswers, forgottenNodes],
    ...[nodeReady, bgpSessions, tunnelUp, blockRoutes, blocksFit, cniReady, podPings, iptablesKinds],
  ],
  mistakes: context => (context.part === undefined ? mistakes(context) : leaveMistakes(context)),
  preconditions: context => {
    if (context.part === 'leave') return leavePreconditions(context)
    if (context.part === 'forget') return forgetPreconditions(context)
    return [...etcdPreconditions(etcdCluster(context)), ...factPreconditions(context, nodeNameOf(context)), ...hostPreconditions(context)]
  },
  tasks: context => {
    if (context.part === 'leave') return leaveTasks(context)
    if (context.part === 'forget') return forgetTasks(context)
    return [...settingsTasks(context), ...nodeTasks(context), ...cniTasks(context.params, etcdCluster(context), nodeNameOf(context))]
  },
  checks: context => {
    const { params, part } = context
    if (part !== undefined) return part === 'forget' ? forgetChecks(context) : []
    const own = checkParams(context)
    const { cni_conf_dir: folder, cni_bin_dir: binDir } = params
    const hasBird = !params.encapsulation.startsWith('vxlan')
    const uplink = uplinkOf(context.host, params.iface)
    const plugins = pluginsOf(params, own.cluster, own.nodeName).map(plugin => ({
      ...plugin,
      name: networkName,
      cniVersion: cniVersionOf(params.profile),
    }))
    return [
      check('calico/node is ready', nodeReady, own),
      ...(hasBird ? [check('BGP sessions are those that are configured', bgpSessions, own)] : []),
      ...tunnelChecks(params, uplink.mtu),
      check('Routes to the blocks of every other node', blockRoutes, own),
      ...blockChecks(context, own.cluster),
      check('The CNI configuration is ours and whole', cniReady, { folder, binDir, ours: conflistName, plugins: [...neededPlugins] }),
      check('Pods reach each other, full-size packets too', podPings, {
        ...{ binDir, plugins, unit: unitName },
        underlay: { address: uplink.address, mtu: uplink.mtu },
      }),
    ]
  },
})

function tunnelChecks({ encapsulation }: Params, linkMtu: number) {
  if (encapsulation === 'none') return []
  const device = encapsulation.startsWith('ipip') ? 'tunl0' : 'vxlan.calico'
  const mtu = linkMtu - overheadBytes({ encapsulation })
  return [check('The tunnel between hosts is up', tunnelUp, { device, mtu, isAlways: encapsulation.endsWith('-always') })]
}

const nodeNameOf = ({ host, params }: Context): string => params.node_name ?? host.name

function settingsTasks(context: Context): Task[] {
  const { params } = context
  const cluster = etcdCluster(context)
  const shared = { cluster, calicoctl: calicoctlOf(params) }
  const immutableHint =
    'Addresses and block size of a pool stay as they are while it is used: set calico_pod_cidr and calico_block_size to what it has, or make a second pool. Nothing was written.'
  if (params.profile === 'classic')
    return [
      ...calicoctlTasks(params, cluster),
      calicoResource('Pool of pod addresses', { ...shared, kind: 'ipPool', name: params.pod_cidr, set: { spec: classicPoolSpec(params) } }),
      calicoResource('AS number of the cluster', { ...shared, kind: 'asNumber', name: 'global', set: { value: params.as_number } }),
    ]
  const felix = felixSpec(params)
  return [
    ...calicoctlTasks(params, cluster),
    calicoResource('Pool of pod addresses', {
      ...shared,
      kind: 'IPPool',
      name: params.pool_name,
      set: { spec: poolSpec(params) },
      defaults: poolDefaults,
      immutable: ['/spec/cidr', '/spec/blockSize'],
      immutableHint,
    }),
    // Whether the mesh is on is not said here: that is the route reflectors' to decide.
    calicoResource('AS number of the cluster', {
      ...shared,
      kind: 'BGPConfiguration',
      name: 'default',
      set: { spec: { asNumber: params.as_number } },
    }),
    ...(Object.keys(felix).length === 0
      ? []
      : [calicoResource('Settings of Felix', { ...shared, kind: 'FelixConfiguration', name: 'default', set: { spec: felix } })]),
  ]
}

function nodeTasks(context: Context): Task[] {
  const { host, params } = context
  const { profile, encapsulation, node_image_archive: archive } = params
  const cluster = etcdCluster(context)
  const runtime = runtimeOf(host, params.container_runtime)
  const image = params.node_image ?? defaultImages[profile]
  const uplink = uplinkOf(host, params.iface)
  const env = {
    profile,
    cluster,
    encapsulation,
    nodeName: nodeNameOf(context),
    address: `${uplink.address}/${uplink.prefixLength}`,
    uplink: uplink.name,
  }
  const certificatesOf =
    cluster.caFile === undefined ? [] : [cluster.caFile, cluster.certFile!, { path: cluster.keyFile!, secret: true as const }]
  return [
    ...(encapsulation === 'ipip-always' ? [kernelFeature('Tunnel pod traffic', { name: 'ipip' })] : []),
    ...(encapsulation.startsWith('vxlan') ? [kernelFeature('Tunnel pod traffic', { name: 'vxlan' })] : []),
    sysctl('Forward packets of pods', { name: 'net.ipv4.ip_forward', value: '1' }),
    ...['/var/log/calico', '/var/lib/calico'].map(path => directory(`Folder ${path}`, { path, mode: 0o755, parents: true })),
    containerImage('Image of calico/node', { image, runtime: runtime.name, ...(archive === undefined ? {} : { archive }) }),
    file('Write calico.env', { path: envPath, content: calicoEnv(env), mode: 0o644 }),
    file('Write calico.service', {
      path: `/etc/systemd/system/${unitName}`,
      content: calicoUnit({ profile, runtime, image, cluster }),
      mode: 0o644,
    }),
    systemdUnit('Run calico/node', { name: unitName, enabled: true, active: true, inputs: [envPath, ...certificatesOf] }),
    gate(check('calico/node is ready', nodeReady, checkParams(context)), { timeoutMs: 120_000 }),
  ]
}

/** Versions that networking.md was measured and read on. */
const defaultImages = { current: 'docker.io/calico/node:v3.31.7', classic: 'docker.io/calico/node:v2.4.0' }

const checkParams = (context: Context): NodeCheckParams => ({
  cluster: etcdCluster(context),
  nodeName: nodeNameOf(context),
  exec: execWords(runtimeOf(context.host, context.params.container_runtime), containerName),
  profile: context.params.profile,
  down: context.absent.map(({ name }) => name),
  away: context.absent.map(({ address }) => address),
})

function hostPreconditions(context: Context) {
  const { host, params } = context
  const { cni_bin_dir, cni_conf_dir, cni_host_dir, cni_plugins, pod_cidr } = params
  const poolName = params.profile === 'classic' ? pod_cidr.replace('/', '-') : params.pool_name
  return [
    check('the cluster has room for this node', clusterFits, {
      cluster: etcdCluster(context),
      nodeName: nodeNameOf(context),
      address: uplinkOf(host, params.iface).address,
      podCidr: pod_cidr,
      poolName,
    }),
    check('one kind of iptables', iptablesKinds, {}),
    check('the AS number stays', asStands, { cluster: etcdCluster(context), asNumber: params.as_number }),
    ...runtimeChecks(runtimeOf(host, params.container_runtime)),
    check('no other CNI configuration', cniFolder, { folder: cni_conf_dir, ours: conflistName }),
    check('CNI plugins are at hand', pluginsPresent, {
      folders: [cni_bin_dir, ...(cni_host_dir === undefined ? [] : [cni_host_dir])],
      names: neededPlugins.filter(name => cni_plugins[name] === undefined),
      prefix: 'calico',
    }),
    check('the files can be written', foldersWritable, {
      folders: ['/etc/systemd/system', '/etc/sysctl.d', '/usr/local/bin', cni_conf_dir, cni_bin_dir],
      programs: ['/usr/local/bin', cni_bin_dir],
    }),
    ...(params.calicoctl === undefined
      ? [check('calicoctl is installed', binaryPresent, { path: params.calicoctl_path, variable: 'calico_calicoctl' })]
      : []),
  ]
}
