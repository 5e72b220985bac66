import { check, type Check, type ParamsOf, type RoleContext } from 'netplay'
import { clockPreconditions } from '../clocks.js'
import { etcdCluster } from '../etcd-cluster.js'
import { etcdPreconditions } from '../etcd-preconditions.js'
import { surroundings } from '../surroundings.js'
import { conflistName, neededPlugins } from './cni.js'
import { flanneldPath, healthzPortOf } from './daemon.js'
import { leasesFit, seededNetwork } from './etcd-state.js'
import { factPreconditions, networkIsFree, type PreconditionInput } from './fact-preconditions.js'
import { binaryPresent, cniFolder, foldersWritable, pluginsPresent, portsFree } from './host-preconditions.js'
import { uplinkOf } from './iface.js'
import type { paramsSchema } from './params.js'
import { linksOf, reversePath, severalLinks } from './reverse-path.js'

type Params = ParamsOf<typeof paramsSchema>
export type Context = RoleContext<Params>

/** What must hold on every host before any is touched. */
export function flannelPreconditions(context: Context): Check[] {
  const { params, part, peers, groups } = context
  const facts = factsOf(context)
  if (part === 'forward') return [networkIsFree(facts)]
  const cluster = etcdCluster(context)
  return [
    ...etcdPreconditions(cluster),
    check('etcd is seeded for this network', seededNetwork, { cluster, key: `${params.etcd_prefix}/config`, network: params.network }),
    ...factPreconditions(facts),
    ...clockPreconditions({ hosts: peers, members: groups['etcd'] ?? [] }),
    ...hostPreconditions(context),
    ...surroundings({ network: params.network, routes: 'flanneld', ...(params.backend === 'vxlan' ? { udpPort: params.port } : {}) }),
    part === 'daemon'
      ? check('packets may take another way back', reversePath, { uplink: facts.uplink.name })
      : check('packets may come in by another link', severalLinks, { uplink: facts.uplink.name, links: linksOf(context.host) }),
  ]
}

const factsOf = ({ host, peers, params, paramsOf, vars }: Context): PreconditionInput => ({
  host,
  peers,
  params,
  uplink: uplinkOf(host, params.iface),
  ifaceOf: peer => paramsOf(peer)?.iface,
  serviceNetworks: serviceVariables.flatMap(name => {
    const value = vars(name)
    return typeof value === 'string' ? value.split(',').map(text => text.trim()) : []
  }),
})

/** Where inventories say which addresses services have; the last is kubespray's. */
const serviceVariables = ['service_cidr', 'kube_service_cidr', 'kube_service_addresses']

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

export const cniPlaces = ({ cni_conf_dir, cni_bin_dir, cni_plugins }: Params) => ({
  folder: cni_conf_dir,
  binDir: cni_bin_dir,
  plugins: [...neededPlugins],
  brought: new Set(Object.keys(cni_plugins)),
})
