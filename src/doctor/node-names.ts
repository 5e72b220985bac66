import type { Setting } from './flags.js'
import { configured, type Daemon } from './proxy-view.js'
import type { HostView } from './view.js'

/** A name that a daemon goes by, and where it has it from. */
export type Named = Setting

const hostname = ({ facts }: HostView): Named => ({
  value: facts.hostname.toLowerCase(),
  text: facts.hostname,
  at: { file: '/proc/sys/kernel/hostname', line: 1 },
})

const override = (daemon: Daemon): Named | undefined => daemon.flags.get('hostname-override')?.at(-1)

/** Source: kube-proxy's --hostname-override beats its configuration, else the lower-cased hostname. */
export function proxyNameOf(view: HostView): Named | undefined {
  const { kubeProxy } = view
  return kubeProxy === undefined ? undefined : (override(kubeProxy) ?? configured(kubeProxy, 'hostnameOverride') ?? hostname(view))
}

export const kubeletNameOf = (view: HostView): Named | undefined =>
  view.kubelet === undefined ? undefined : (override(view.kubelet) ?? hostname(view))

/** Of calico/node: NODENAME, else /var/lib/calico/nodename, else the hostname. */
export function calicoNameOf(view: HostView): Named | undefined {
  const node = view.calico?.node
  if (node === undefined) return undefined
  const given = node.run.env.get('NODENAME')
  return given !== undefined && given.value !== '' ? given : (view.calico!.nodename ?? hostname(view))
}

/** Of the CNI plugin: `nodename`, else (v3) /var/lib/calico/nodename, else the hostname. */
export function pluginNameOf(view: HostView): Named | undefined {
  const conf = view.calico?.conf
  if (conf === undefined) return undefined
  const plugin = conf.plugins.find(each => each['type'] === 'calico')!
  const line = conf.file.lines.findIndex(text => /"nodename"\s*:/.test(text))
  if (typeof plugin['nodename'] === 'string' && plugin['nodename'] !== '')
    return {
      value: plugin['nodename'],
      text: `"nodename": ${JSON.stringify(plugin['nodename'])}`,
      at: { file: conf.file.path, line: line + 1 },
    }
  const isClassic = (view.calico!.node?.version?.[0] ?? 3) < 3
  return isClassic ? hostname(view) : (view.calico!.nodename ?? hostname(view))
}
