import { binary, directory, file, symlink, type EtcdCluster, type ParamsOf, type Task } from 'netplay'
import { sourceOf } from '../source.js'
import type { paramsSchema } from './params.js'

type Params = ParamsOf<typeof paramsSchema>

export const networkName = 'k8s-pod-network'
export const conflistName = '10-calico.conflist'
export const neededPlugins = ['calico', 'calico-ipam', 'loopback', 'portmap'] as const

export const cniVersionOf = (profile: Params['profile']): string => (profile === 'classic' ? '0.3.0' : '0.3.1')

/** First plugin of the list. `nodename` is written: without it the plugin takes the hostname (P23). Source: networking.md 1.6, 2.5. */
export function calicoPlugin(
  params: Params,
  { endpoints, caFile, certFile, keyFile }: EtcdCluster,
  nodeName: string,
): Record<string, unknown> {
  const { profile, mtu, cni_kubeconfig } = params
  return {
    type: 'calico',
    log_level: 'info',
    ...(profile === 'current' ? { log_file_path: '/var/log/calico/cni/cni.log', datastore_type: 'etcdv3' } : {}),
    etcd_endpoints: endpoints.join(','),
    ...(caFile === undefined ? {} : { etcd_ca_cert_file: caFile, etcd_cert_file: certFile, etcd_key_file: keyFile }),
    nodename: nodeName,
    ...(profile === 'current' || mtu !== undefined ? { mtu: mtu ?? 0 } : {}),
    ipam: { type: 'calico-ipam' },
    ...(cni_kubeconfig === undefined ? {} : { policy: { type: 'k8s' }, kubernetes: { kubeconfig: cni_kubeconfig } }),
  }
}

export const pluginsOf = (params: Params, cluster: EtcdCluster, nodeName: string): Record<string, unknown>[] => [
  calicoPlugin(params, cluster, nodeName),
  { type: 'portmap', snat: true, capabilities: { portMappings: true } },
]

/** The configuration of the network, made from data: no brace and no port can be missing (P01, P02, P04). */
export const conflist = (params: Params, cluster: EtcdCluster, nodeName: string): string =>
  `${JSON.stringify({ name: networkName, cniVersion: cniVersionOf(params.profile), plugins: pluginsOf(params, cluster, nodeName) }, null, 2)}\n`

/** The runtime makes pods as soon as a configuration is there: it comes last. */
export function cniTasks(params: Params, cluster: EtcdCluster, nodeName: string): Task[] {
  const { cni_bin_dir: bin, cni_conf_dir: conf, cni_host_dir: host, cni_plugins: brought } = params
  return [
    directory('Folder of CNI plugins', { path: bin, parents: true }),
    ...neededPlugins.flatMap((name): Task[] => {
      const given = brought[name]
      if (given !== undefined) return [binary(`Install the CNI plugin ${name}`, { path: `${bin}/${name}`, ...sourceOf(given) })]
      const isOfDistribution = host !== undefined && !name.startsWith('calico')
      return isOfDistribution ? [symlink(`Link the CNI plugin ${name}`, { path: `${bin}/${name}`, target: `${host}/${name}` })] : []
    }),
    directory('Log of the CNI plugin', { path: '/var/log/calico/cni', parents: true }),
    directory('Folder of CNI configuration', { path: conf, parents: true }),
    // Source: calico/cni's installer writes it 0600; it names files, and holds no secret itself.
    file('Write the CNI configuration', { path: `${conf}/${conflistName}`, content: conflist(params, cluster, nodeName), mode: 0o600 }),
  ]
}
