import { blind, found, type Cause, type Evidence } from '../cause.js'
import { inConf, nameOf, pluginOf, type CniConf } from '../cni-conf.js'
import { isObject } from '../json.js'
import { covers } from '../ipv4.js'
import { flagsOf } from '../flags.js'
import { shortened } from '../text-file.js'
import { subnetOf } from '../flannel-view.js'
import type { HostView } from '../view.js'

const mentionsCalico = ({ file }: CniConf) => /calico/.test(file.lines.join('\n'))

const broken = (host: HostView, isCalico: boolean) => {
  const confs = host.confs.filter(conf => conf.broken !== undefined && mentionsCalico(conf) === isCalico)
  const [first] = confs
  if (first === undefined) return undefined
  const of = isCalico ? 'calico' : /flannel/.test(first.file.lines.join('')) ? 'flannel' : 'a network'
  return found(
    `The CNI configuration of ${of} is no JSON: ${first.broken!.reason}. The runtime refuses it, and no pod can be made`,
    confs.map(({ broken: where }) => ({ text: where!.text, where: where!.where })),
    'Write the file from data, never from a text template; the role does.',
  )
}

export const brokenFlannelConf: Cause = {
  id: 'P01',
  title: 'The CNI configuration of flannel lacks a brace, or is no JSON for another reason',
  looksAt: 'every .conf, .conflist and .json in /etc/cni/net.d and in the folders that kubelet, containerd or CRI-O are told',
  role: 'flannel',
  task: 'Write the CNI configuration',
  of: 'host',
  detect: host => broken(host, false),
}

export const brokenCalicoConf: Cause = {
  id: 'P02',
  title: 'The CNI configuration of calico lacks a brace, or is no JSON for another reason',
  looksAt: 'the same files, those that name calico',
  role: 'calico-node',
  of: 'host',
  detect: host => broken(host, true),
}

export const noConf: Cause = {
  id: 'P11',
  title: 'No CNI configuration',
  looksAt: 'the same folders, on hosts where flanneld, calico/node or kubelet run',
  unseen: 'hosts where docker takes its addresses from flannel (--bip) need none',
  role: 'flannel',
  task: 'Write the CNI configuration',
  of: 'host',
  detect: host => {
    if (host.confs.length > 0 || (host.flannel ?? host.calico?.node ?? host.kubelet) === undefined || bipInside(host) !== undefined)
      return undefined
    const folders = host.snapshot.cniConfFolders
    return found(
      `There is no CNI configuration in ${folders.join(', ')}: no pod gets a network, and the node stays NotReady`,
      folders.map(folder => {
        const names = host.snapshot.folders.get(folder)
        return { text: names === undefined ? 'no such folder' : names.join(' ') || '(empty)', where: `ls ${folder}` }
      }),
      'Write it last, when the daemon is ready.',
    )
  },
}

export const missingPlugin: Cause = {
  id: 'P12',
  title: 'A CNI plugin that the configuration names (calico-ipam, say) is not in /opt/cni/bin, or not executable',
  looksAt: 'the types in the configuration that is used, against the folders of plugins',
  role: 'calico-node',
  of: 'host',
  detect: host => {
    const there = new Set([...host.snapshot.plugins.values()].flat())
    const [conf] = host.confs
    const missing = conf === undefined ? [] : [...new Set(typesOf(conf))].filter(type => !there.has(type))
    if (missing.length === 0) return undefined
    const folders = [...host.snapshot.plugins.keys()].filter(folder => folder !== '/usr/lib/cni')
    return found(
      `${nameOf(conf!.file)} names ${missing.length === 1 ? 'the plugin' : 'plugins'} ${missing.join(', ')}, and no executable of that name is in ${folders.join(' or ')}`,
      [inConf(conf!, new RegExp(`"${missing[0]!.replace(/[^A-Za-z0-9_-]/g, '.')}"`)), listing(host, folders[0]!)],
      'Install the plugins, in the version of the daemon.',
      pluginOf(conf!, 'calico') === undefined ? 'flannel' : 'calico-node',
    )
  },
}

const listing = ({ snapshot }: HostView, folder: string): Evidence => ({
  text: shortened(snapshot.plugins.get(folder)?.join(' ') || '(no executable)'),
  where: `ls ${folder}`,
})

/** flannel's plugin calls bridge, and that host-local. Source: networking.md 2.1. */
function typesOf(conf: CniConf): string[] {
  return conf.plugins.flatMap(plugin => {
    const delegate = isObject(plugin['delegate']) ? plugin['delegate'] : {}
    const ipam = isObject(plugin['ipam']) ? plugin['ipam']['type'] : undefined
    const called = plugin['type'] === 'flannel' ? [delegate['type'] ?? 'bridge', 'host-local'] : []
    return [plugin['type'], ipam, ...called].filter(type => typeof type === 'string')
  })
}

export const twoConfs: Cause = {
  id: 'P32',
  title: 'Two pod networks in /etc/cni/net.d, or the first configuration is a stray',
  looksAt: 'the order of the files; loopback and Multus are no strays',
  role: 'flannel',
  of: 'host',
  detect: host => {
    const confs = host.confs.filter(
      ({ plugins, broken: isBroken }) => isBroken === undefined && plugins.some(({ type }) => type !== 'loopback'),
    )
    const ours = confs.filter(isOurs)
    const [first] = confs
    if (first === undefined || confs.length < 2 || ours.length === 0 || isMultus(first)) return undefined
    const kinds = new Set(ours.map(conf => (pluginOf(conf, 'calico') === undefined ? 'flannel' : 'calico')))
    if (isOurs(first) && ours.length === 1 && kinds.size === 1) return undefined
    return found(
      `${confs.length} CNI configurations lie side by side, and the runtime takes the first by name, ${nameOf(first.file)}: pods get addresses of the wrong network`,
      confs.map(conf => ({
        text: `${conf.name ?? '(no name)'}: ${conf.plugins.map(({ type }) => String(type)).join(', ')}`,
        where: conf.file.path,
      })),
      'Move all but one out of the folder (a backup inside it is read as well).',
    )
  },
}

const isOurs = (conf: CniConf) => pluginOf(conf, 'flannel') !== undefined || pluginOf(conf, 'calico') !== undefined
const isMultus = (conf: CniConf) => conf.plugins.some(({ type }) => /^multus/.test(String(type)))

/** `--bip` of dockerd where it is in flannel's network: docker's own bridge is the pod network there. */
export function bipInside({ flannel, snapshot }: HostView): Evidence | undefined {
  const network = flannel === undefined ? undefined : subnetOf(flannel, 'FLANNEL_NETWORK')?.value
  const dockerd = snapshot.processes.find(({ name }) => name === 'dockerd')
  const at = { file: '/proc/PID/cmdline', line: 1 }
  const bip = flagsOf(
    (dockerd?.words ?? []).map(text => ({ text, raw: text, at })),
    new Set(),
  )
    .get('bip')
    ?.at(-1)
  return bip !== undefined && covers(network, bip.value.replace(/\/\d+$/, ''))
    ? { text: bip.text, where: 'arguments of dockerd' }
    : undefined
}

export const masqueradedTwice: Cause = {
  id: 'P38',
  title: 'Pod traffic is masqueraded twice: by flanneld and by the CNI plugin or docker',
  looksAt: 'FLANNEL_IPMASQ in subnet.env, ipMasq in the CNI configuration, --ip-masq of dockerd where docker uses the pod network',
  unseen: "calico's nat-outgoing beside another masquerade",
  role: 'flannel',
  of: 'host',
  detect: host => {
    const { flannel, confs, snapshot } = host
    const masq = flannel === undefined ? undefined : subnetOf(flannel, 'FLANNEL_IPMASQ')
    if (masq?.value !== 'true') return undefined
    const said = { text: masq.text, where: `${masq.at.file}:${masq.at.line}` }
    const conf = confs.find(each =>
      each.plugins.some(plugin => plugin['type'] === 'flannel' && isObject(plugin['delegate']) && plugin['delegate']['ipMasq'] === true),
    )
    if (conf !== undefined)
      return found(
        'flanneld masquerades what leaves the pod network, and the CNI plugin does so as well: source addresses are lost inside the cluster',
        [said, inConf(conf, /ipMasq/)],
        'Leave ipMasq out of the delegate: the flannel plugin sets it to the opposite of FLANNEL_IPMASQ by itself.',
      )
    const bip = bipInside(host)
    const words = snapshot.processes.find(({ name }) => name === 'dockerd')?.words ?? []
    if (bip === undefined || words.some(word => /^--ip-masq=false$/.test(word))) return undefined
    return found(
      'flanneld masquerades what leaves the pod network, and docker does so as well on its bridge: source addresses are lost inside the cluster',
      [said, bip],
      'Start dockerd with --ip-masq=false (mk-docker-opts.sh writes it).',
    )
  },
}

export const oneBridgeTwice: Cause = {
  id: 'P17',
  title: 'docker0 and cni0 hold the same subnet',
  looksAt: 'addresses of both bridges',
  role: 'flannel',
  of: 'host',
  detect: ({ facts, name }) => {
    const of = (device: string) =>
      facts.interfaces
        .find(each => each.name === device)
        ?.addresses.flatMap(({ family, address, prefixLength }) => (family === 4 ? [`${address}/${prefixLength}`] : [])) ?? []
    const [docker, cni] = [of('docker0'), of('cni0')]
    const same = cni.find(one => docker.some(other => covers(one, other) || covers(other, one) || sameNetwork(one, other)))
    if (!facts.isAddressKnown && docker.length + cni.length === 0 && facts.interfaces.some(each => each.name === 'cni0'))
      return blind(`the program ip, which ${name} does not have`)
    if (same === undefined) return undefined
    return found(
      `docker0 and cni0 both hold ${same}: half of the packets for pods go to the wrong bridge`,
      [
        { text: `docker0 ${docker.join(' ')}`, where: 'ip addr show' },
        { text: `cni0 ${cni.join(' ')}`, where: 'ip addr show' },
      ],
      "Take flannel's subnet away from docker (--bip, /etc/docker/daemon.json, a drop-in with DOCKER_OPTS) and restart it: with CNI docker's bridge needs a range of its own.",
    )
  },
}

const sameNetwork = (a: string, b: string) => {
  const bare = (text: string, length: string) => `${text.split('/')[0]!}/${length}`
  const length = a.split('/')[1]!
  return covers(bare(a, length), bare(b, length)) && covers(bare(b, length), bare(a, length))
}
