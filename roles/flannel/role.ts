import { check, defineRole } from 'netplay'
import { etcdCluster, evenMembers } from '../etcd-cluster.js'
import { certificates, etcdAnswers } from '../etcd-preconditions.js'
import { leavingMistakes, noPods, nobodyAnswers } from '../leaving.js'
import { dockerPools, hostFirewall, iptablesKinds, networkManagers } from '../surroundings.js'
import { peerRoutes, type FlannelCheckParams } from './checks.js'
import { cniReady } from './cni-check.js'
import { cniTasks, cniVersion, conflistName, networkName, plugins as chain } from './cni.js'
import { daemonTasks, healthzPortOf, runtimesOf } from './daemon.js'
import { leasesFit, seededNetwork } from './etcd-state.js'
import { overheadBytes } from './config.js'
import { known } from './fact-preconditions.js'
import { podsForwarded } from './forward-check.js'
import { forwardTasks } from './forward.js'
import { daemonHealth } from './health.js'
import { binaryPresent, cniFolder, foldersWritable, pluginsPresent, portsFree } from './host-preconditions.js'
import { forgottenRoutes } from './forgotten-routes.js'
import { uplinkOf } from './iface.js'
import { knownLeases, leaseChecks } from './known-leases.js'
import { forgetPreconditions, forgetTasks, forgotten, leavePreconditions, leaveTasks } from './leave.js'
import { networkMistakes } from './mistakes.js'
import { ownLease } from './own-lease.js'
import { paramsSchema } from './params.js'
import { podPings } from './pod-pings.js'
import { cniPlaces, flannelPreconditions, type Context } from './preconditions.js'
import { reversePath, severalLinks } from './reverse-path.js'
import { afterFlanneld } from './tunnel.js'
import { profileFits } from './version.js'

/**
 * flannel from systemd with etcd, and the CNI configuration that gives pods its subnets.
 *
 * Parts, for a change of the backend under running pods: `forward` is the accept rules alone, `daemon` what restarts flanneld on one host after the
 * other, `leftovers` what can go when the last host has changed. For a host that goes for good: `leave` on it, then `forget` on those that stay.
 */
export default defineRole({
  name: 'flannel',
  description:
    'flannel.service on every host: a subnet for its pods, routes to the pods of all others, and the CNI configuration that uses them.',
  params: paramsSchema,
  parts: ['forward', 'daemon', 'leftovers', 'leave', 'forget'],
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
      severalLinks,
    ],
    ...[hostFirewall, networkManagers, iptablesKinds, dockerPools, noPods, nobodyAnswers, forgottenRoutes],
    ...[profileFits, ownLease, knownLeases, daemonHealth, peerRoutes, podsForwarded, cniReady, podPings],
  ],
  mistakes: context => [
    ...(isGoing(context) ? leavingMistakes(context, etcdCluster(context).endpoints) : networkMistakes(context)),
    ...evenMembers(context),
  ],
  preconditions: context => {
    if (context.part === 'leave') return leavePreconditions(context)
    return context.part === 'forget' ? forgetPreconditions(context) : flannelPreconditions(context)
  },
  tasks(context) {
    const { params, part } = context
    const forward = forwardTasks(params.network, runtimesOf(context))
    if (part === 'forward') return forward
    if (part === 'daemon') return daemonTasks(context)
    if (part === 'leave') return leaveTasks(context)
    if (part === 'forget') return forgetTasks(context)
    if (part === 'leftovers') return afterFlanneld(params, { strict: true })
    // The CNI configuration comes last: from then on pods are made.
    return [...forward, ...daemonTasks(context), ...afterFlanneld(params, { strict: false }), ...cniTasks(params)]
  },
  checks(context) {
    const { params, part } = context
    if (isGoing(context)) return part === 'forget' ? [forgotten(context)] : []
    const { folder, binDir, plugins } = cniPlaces(params)
    const forwarded = check('Pod traffic is forwarded', podsForwarded, {
      network: params.network,
      ...(part === 'forward' ? {} : { ipMasq: params.ip_masq }),
    })
    if (part === 'forward') return [forwarded]
    return [
      check('flanneld is healthy', daemonHealth, healthParams(context)),
      check('flanneld holds the lease that this host uses', ownLease, checkParams(context)),
      ...leaseChecks(context),
      check('Routes to the pods of every other host', peerRoutes, checkParams(context)),
      forwarded,
      check('The CNI configuration is ours and whole', cniReady, { folder, binDir, ours: conflistName, plugins }),
      check('Pods reach each other, full-size packets too', podPings, {
        binDir,
        plugins: chain.map(plugin => ({ ...plugin, name: networkName, cniVersion })),
        underlay: underlayOf(context),
      }),
    ]
  },
})

const isGoing = ({ part }: Pick<Context, 'part'>) => part === 'leave' || part === 'forget'

const underlayOf = ({ host, params }: Context) => {
  const { address, mtu } = uplinkOf(host, params.iface)
  return { address, mtu }
}

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
    network: params.network,
    backend: params.backend,
    address: uplinkOf(host, params.iface).address,
    vni: params.vni,
  }
}
