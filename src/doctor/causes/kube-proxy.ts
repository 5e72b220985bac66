import { blind, found, type Cause } from '../cause.js'
import { keysOf } from '../etcd-seen.js'
import { evidenceOf } from '../flags.js'
import { kubeletNameOf, proxyNameOf } from '../node-names.js'
import { configured } from '../proxy-view.js'
import { quotedLine } from '../text-file.js'
import { unitPlace } from '../unit.js'

export const otherNodeName: Cause = {
  id: 'P29',
  title: 'kube-proxy goes by a name that no Node has',
  looksAt:
    "--hostname-override or hostnameOverride, else the hostname, against kubelet's name on the host, and against the Node objects where Kubernetes keeps them in an etcd that is read anyway",
  unseen: 'Node objects in an etcd that no network client names, on hosts without a kubelet',
  role: 'kube-proxy',
  of: 'host',
  detect: (host, fleet) => {
    const [proxy, kubelet] = [proxyNameOf(host), kubeletNameOf(host)]
    if (proxy === undefined) return undefined
    const registry = fleet.etcd.map(({ v3 }) => keysOf(v3)).find(keys => keys.has('/registry/namespaces/kube-system'))
    if (kubelet === undefined && registry === undefined)
      return blind(`a kubelet on ${host.name}, or the Node objects in an etcd that its network uses`)
    const isNode = registry?.has(`/registry/minions/${proxy.value}`) ?? proxy.value === kubelet?.value
    if (isNode) return undefined
    return found(
      `kube-proxy goes by the name ${proxy.value}${kubelet === undefined || kubelet.value === proxy.value ? ', and there is no Node of that name' : `, and kubelet by ${kubelet.value}`}: it does not know which endpoints are its own`,
      [
        evidenceOf(proxy),
        ...(kubelet === undefined || kubelet.value === proxy.value ? [] : [evidenceOf(kubelet)]),
        ...(registry === undefined ? [] : [{ text: '(no such key)', where: `etcd /registry/minions/${proxy.value}` }]),
      ],
      'Give kube-proxy the name that the Node object has, which is that of its kubelet.',
    )
  },
}

export const noClusterCidr: Cause = {
  id: 'P31',
  title: 'kube-proxy does not know the range of pods',
  looksAt: 'clusterCIDR or --cluster-cidr, unless detectLocalMode needs none',
  role: 'kube-proxy',
  of: 'host',
  detect: host => {
    const { kubeProxy } = host
    if (kubeProxy === undefined) return undefined
    const config = kubeProxy.flags.get('config')?.at(-1)
    if (config !== undefined && kubeProxy.config?.node === undefined) return blind(`${config.value}, which cannot be read on ${host.name}`)
    // With --config other flags are ignored.
    const cidr = config === undefined ? kubeProxy.flags.get('cluster-cidr')?.at(-1) : configured(kubeProxy, 'clusterCIDR')
    const mode = config === undefined ? kubeProxy.flags.get('detect-local-mode')?.at(-1) : configured(kubeProxy, 'detectLocalMode')
    if ((cidr !== undefined && cidr.value !== '') || (mode !== undefined && mode.value !== 'ClusterCIDR')) return undefined
    const line = kubeProxy.config === undefined ? undefined : quotedLine(kubeProxy.config.file, /^\s*clusterCIDR:/)
    const where = kubeProxy.config?.file.path ?? (kubeProxy.unit === undefined ? 'arguments of kube-proxy' : unitPlace(kubeProxy.unit))
    return found(
      'kube-proxy is told no clusterCIDR, so it cannot tell pods from others: what clients outside the cluster send to a Service is not masqueraded',
      [line ?? { text: `(no ${config === undefined ? '--cluster-cidr' : 'clusterCIDR'})`, where }],
      'Set clusterCIDR to the range of pods (both ranges with dual stack), or a detectLocalMode that needs none.',
    )
  },
}
