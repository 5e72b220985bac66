import { check, defineRole, type Check, type ParamsOf, type RoleContext } from 'netplay'
import { etcdCluster } from '../etcd-cluster.js'
import { certificates, etcdAnswers, etcdPreconditions } from '../etcd-preconditions.js'
import { peerRoutes, type FlannelCheckParams } from './checks.js'
import { cniReady } from './cni-check.js'
import { cniTasks, cniVersion, conflistName, flannelPlugin, neededPlugins, networkName } from './cni.js'
import { daemonTasks, flanneldPath, healthzPortOf, runtimesOf } from './daemon.js'
import { leasesFit, seededNetwork } from './etcd-state.js'
import { overheadBytes } from './config.js'
import { factPreconditions, known, networkIsFree } from './fact-preconditions.js'
import { podsForwarded } from './forward-check.js'
import { forwardTasks } from './forward.js'
import { daemonHealth } from './health.js'
import { binaryPresent, cniFolder, foldersWritable, pluginsPresent, portsFree } from './host-preconditions.js'
import { uplinkOf } from './iface.js'
import { ownLease } from './own-lease.js'
import { paramsSchema } from './params.js'
import { podPings } from './pod-pings.js'
import { reversePath } from './reverse-path.js'
import { afterFlanneld } from './tunnel.js'
import { profileFits } from './version.js'

/**
 * flannel from systemd with etcd, and the CNI configuration that gives pods its subnets.
 *
 * Parts, for a change of the backend under running pods: `forward` is the accept rules alone, `daemon` what restarts flanneld on one host after the
 * other, `leftovers` what can go when the last host has changed.
 */
export default defineRole({
  name: 'flannel',
  description:
    'flannel.service on every host: a subnet for its pods, routes to the pods of all others, and the CNI configuration that uses them.',
  params: paramsSchema,
  parts: ['forward', 'daemon', 'leftovers'],
  checkKinds: [
    ...[
      known,
      certificates,
      etcdAnswers,
      seededNetwork,
      leasesFit,
      cniFolder,
      pluginsPresent,
      binaryPresent,
      foldersWritable,
      portsFree,
      reversePath,
    ],
    ...[profileFits, ownLease, daemonHealth, peerRoutes, podsForwarded, cniReady, podPings],
  ],
  preconditions(context) {
    const { host, peers, params, part } = context
    const facts = { host, peers, params, uplink: uplinkOf(host, params.iface) }
    if (part === 'forward') return [networkIsFree(facts)]
    return [
      ...etcdPreconditions(etcdCluster(context)),
      check('etcd is seeded for this network', seededNetwork, {
        cluster: etcdCluster(context),
        key: `${params.etcd_prefix}/config`,
        network: params.network,
      }),
      ...factPreconditions(facts),
      ...hostPreconditions(context),
      ...(part === 'daemon' ? [check('packets may take another way back', reversePath, { uplink: facts.uplink.name })] : []),
    ]
  },
  tasks(context) {
    const { params, part } = context
    const forward = forwardTasks(params.network, runtimesOf(context))
    if (part === 'forward') return forward
    if (part === 'daemon') return daemonTasks(context)
    if (part === 'leftovers') return afterFlanneld(params, { strict: true })
    return [...forward, ...daemonTasks(context), ...cniTasks(params), ...afterFlanneld(params, { strict: false })]
  },
  checks(context) {
    const { params, part } = context
    const { folder, binDir, plugins } = cniPlaces(params)
    const forwarded = check('Pod traffic is forwarded', podsForwarded, {
      network: params.network,
      ipMasq: part !== 'forward' && params.ip_masq,
    })
    if (part === 'forward') return [forwarded]
    return [
      check('flanneld is healthy', daemonHealth, healthParams(context)),
      check('flanneld holds the lease that this host uses', ownLease, checkParams(context)),
      check('Routes to the pods of every other host', peerRoutes, checkParams(context)),
      forwarded,
      check('The CNI configuration is ours and whole', cniReady, { folder, binDir, ours: conflistName, plugins }),
      check('Pods reach each other, full-size packets too', podPings, {
        binDir,
        plugins: [{ ...flannelPlugin, name: networkName, cniVersion }],
      }),
    ]
  },
})

type Params = ParamsOf<typeof paramsSchema>
type Context = RoleContext<Params>

function hostPreconditions(context: Context): Check[] {
  const { host, params } = context
  const cluster = etcdCluster(context)
  const { address, prefixLength } = uplinkOf(host, params.iface)
  const { folder, binDir, brought } = cniPlaces(params)
  const tunnel = params.backend === 'vxlan' ? { vni: params.vni, port: params.port } : {}
  const bridge = host.facts?.interfaces.find(each => each.name === 'cni0')?.addresses.find(({ family }) => family === 4)
  return [
    check('leases fit the plan', leasesFit, {
      cluster,
      prefix: params.etcd_prefix,
      backend: params.backend,
      uplink: `${address}/${prefixLength}`,
      ...(bridge === undefined ? {} : { cni0: `${bridge.address}/${bridge.prefixLength}` }),
    }),
    check('no other CNI configuration', cniFolder, { folder, ours: conflistName }),
    check('CNI plugins are at hand', pluginsPresent, {
      folders: [binDir, ...(params.cni_host_dir === undefined ? [] : [params.cni_host_dir])],
      names: neededPlugins.filter(plugin => !brought.has(plugin)),
    }),
    check('the files can be written', foldersWritable, {
      folders: ['/etc/systemd/system', '/etc/sysctl.d', '/usr/local/bin', '/usr/local/sbin', folder, binDir],
      programs: ['/usr/local/bin', '/usr/local/sbin', binDir],
    }),
    check('the ports are free', portsFree, { ...tunnel, healthzPort: healthzPortOf(params) }),
    ...(params.flanneld === undefined ? [check('flanneld is installed', binaryPresent, { path: flanneldPath })] : []),
  ]
}

const cniPlaces = ({ cni_conf_dir, cni_bin_dir, cni_plugins }: Params) => ({
  folder: cni_conf_dir,
  binDir: cni_bin_dir,
  plugins: [...neededPlugins],
  brought: new Set(Object.keys(cni_plugins)),
})

const healthParams = (context: Context) => {
  const { network, backend, vni, port, iface } = context.params
  const { address, mtu } = uplinkOf(context.host, iface)
  return { network, backend, vni, port, address, podMtu: mtu - overheadBytes(context.params), healthzPort: healthzPortOf(context.params) }
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
