import { found, type Cause } from '../cause.js'
import { inConf, pluginOf } from '../cni-conf.js'
import { isObject } from '../json.js'
import { evidenceOf } from '../flags.js'
import { calicoNameOf, kubeletNameOf, pluginNameOf } from '../node-names.js'
import type { HostView } from '../view.js'

export const otherName: Cause = {
  id: 'P23',
  title: 'One node under several names: calico/node, its CNI plugin, kubelet',
  looksAt: 'NODENAME, /var/lib/calico/nodename, `nodename` of the CNI configuration, the hostname, and the name of kubelet',
  role: 'calico-node',
  of: 'host',
  detect: host => {
    const [node, plugin, kubelet] = [calicoNameOf(host), pluginNameOf(host), kubeletNameOf(host)]
    if (node === undefined) return undefined
    const reference = host.calico?.node?.run.env.get('CALICO_K8S_NODE_REF')?.value
    const others = [plugin, kubelet !== undefined && kubelet.value === reference ? undefined : kubelet].flatMap(name =>
      name === undefined || name.value === node.value ? [] : [name],
    )
    if (others.length === 0) return undefined
    const who = others[0] === plugin ? 'its CNI plugin' : 'kubelet'
    return found(
      `calico/node calls this host ${node.value}, and ${who} calls it ${others[0]!.value}: its pods get no routes and no policy`,
      [node, ...others].map(evidenceOf),
      'One name everywhere; set `nodename` in the CNI configuration.',
    )
  },
}

export const borrowedKubeconfig: Cause = {
  id: 'P30',
  title: "calico's CNI plugin uses kube-proxy's kubeconfig",
  looksAt: 'the path in the CNI configuration against that of kube-proxy',
  unseen: 'a copy of it under another name',
  role: 'calico-node',
  of: 'host',
  detect: ({ calico, kubeProxy, snapshot }) => {
    const conf = calico?.conf
    const plugin = conf === undefined ? undefined : pluginOf(conf, 'calico')
    const kubernetes = isObject(plugin?.['kubernetes']) ? plugin['kubernetes'] : {}
    const path = typeof kubernetes['kubeconfig'] === 'string' ? kubernetes['kubeconfig'] : ''
    const proxys = kubeProxy?.flags.get('kubeconfig')?.at(-1)
    const isProxys =
      path !== '' &&
      (path === proxys?.value ||
        /(^|\/)kube-proxy[^/]*$/.test(path) ||
        configKubeconfig(snapshot.texts, kubeProxy?.config?.file.path) === path)
    if (!isProxys) return undefined
    return found(
      "calico's CNI plugin uses kube-proxy's kubeconfig: with policies of Kubernetes it is forbidden to read pods, and no pod is made",
      [inConf(conf!, /"kubeconfig"\s*:/), ...(proxys === undefined ? [] : [evidenceOf(proxys)])],
      'Give the plugin an identity of its own, with the right to read pods, nodes and namespaces.',
    )
  },
}

const configKubeconfig = (texts: HostView['snapshot']['texts'], path: string | undefined): string | undefined =>
  (path === undefined ? undefined : texts.get(path))?.lines.flatMap(line => /^\s*kubeconfig:\s*"?([^"\s]+)/.exec(line)?.[1] ?? [])[0]
