import { binary, directory, file, symlink, type ParamsOf, type Task } from 'netplay'
import type { paramsSchema } from './params.js'
import { sourceOf } from '../source.js'

type Params = Pick<ParamsOf<typeof paramsSchema>, 'cni_bin_dir' | 'cni_conf_dir' | 'cni_host_dir' | 'cni_plugins'>

/** First plugin of the list: it reads subnet.env and delegates to bridge with host-local. Source: networking.md 2.1. */
const flannelPlugin = { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } }
export const plugins: Record<string, unknown>[] = [flannelPlugin, { type: 'portmap', capabilities: { portMappings: true } }]
export const networkName = 'cbr0'
export const cniVersion = '0.3.1'
export const conflistName = '10-flannel.conflist'

/** /etc/cni/net.d/10-flannel.conflist, made from data: no brace can be missing. */
export const conflist = (): string => `${JSON.stringify({ name: networkName, cniVersion, plugins }, null, 2)}\n`

export const neededPlugins = ['flannel', 'bridge', 'host-local', 'loopback', 'portmap'] as const

/** The runtime takes up pods as soon as a configuration is there, so it comes last. */
export function cniTasks({ cni_bin_dir: bin, cni_conf_dir: conf, cni_host_dir: host, cni_plugins: brought }: Params): Task[] {
  const binaries = neededPlugins.flatMap((name): Task[] => {
    const given = brought[name]
    if (given !== undefined) return [binary(`Install the CNI plugin ${name}`, { path: `${bin}/${name}`, ...sourceOf(given) })]
    return host === undefined ? [] : [symlink(`Link the CNI plugin ${name}`, { path: `${bin}/${name}`, target: `${host}/${name}` })]
  })
  return [
    directory('Folder of CNI plugins', { path: bin, parents: true }),
    ...binaries,
    directory('Folder of CNI configuration', { path: conf, parents: true }),
    file('Write the CNI configuration', { path: `${conf}/${conflistName}`, content: conflist(), mode: 0o644 }),
  ]
}
