import { blind, found, type Cause } from '../cause.js'
import { jsonOf } from '../json.js'
import { needsEtcd } from '../etcd-seen.js'
import { evidenceOf } from '../flags.js'
import { etcdOf, list } from '../flannel-judge.js'
import { apiOf, subnetOf } from '../flannel-view.js'
import { covers } from '../ipv4.js'

export const staleBridge: Cause = {
  id: 'P36',
  title: 'cni0 still has the address of an earlier subnet',
  looksAt: 'the address of cni0 against FLANNEL_SUBNET',
  role: 'flannel',
  of: 'host',
  detect: ({ flannel, facts, confs }) => {
    const subnet = flannel === undefined ? undefined : subnetOf(flannel, 'FLANNEL_SUBNET')
    const bridge = facts.interfaces.find(({ name }) => name === 'cni0')?.addresses.find(({ family }) => family === 4)
    if (subnet === undefined || bridge === undefined || confs.length === 0 || covers(subnet.value, bridge.address)) return undefined
    return found(
      `cni0 has ${bridge.address}/${bridge.prefixLength}, and this host's subnet is ${subnet.value}: no pod can be made here`,
      [{ text: `cni0 ${bridge.address}/${bridge.prefixLength}`, where: 'ip addr show cni0' }, evidenceOf(subnet)],
      'Drain the host, then on it: ip link delete cni0; rm -r /var/lib/cni/networks/cbr0.',
    )
  },
}

interface Lease {
  subnet: string
  publicIp: string
  backend: string
  key: string
}

const leasesOf = (keys: ReadonlyMap<string, string>, prefix: string): Lease[] =>
  [...keys].flatMap(([key, value]) => {
    const [, network, length] = /\/subnets\/(\d+\.\d+\.\d+\.\d+)-(\d+)/.exec(key.slice(prefix.length)) ?? []
    const lease = jsonOf(value)
    if (network === undefined || !key.startsWith(`${prefix}/subnets/`) || typeof lease?.['PublicIP'] !== 'string') return []
    return [{ key, subnet: `${network}/${length}`, publicIp: lease['PublicIP'], backend: String(lease['BackendType']) }]
  })

export const acrossRouter: Cause = {
  id: 'P15',
  title: 'host-gw, and a peer is behind a router',
  looksAt: "every lease's address against the subnet of this host's own",
  role: 'etcd-seed',
  of: 'host',
  detect: (host, fleet) => {
    const { flannel, facts } = host
    if (flannel === undefined || !flannel.isOnEtcd) return undefined
    const etcd = etcdOf(host, fleet)
    const store = etcd?.[apiOf(flannel) ?? 'v3'] ?? { unread: 'no client names one' }
    if (!('keys' in store)) return blind(needsEtcd(store))
    const leases = leasesOf(store.keys, flannel.prefix).filter(({ backend }) => backend === 'host-gw')
    const addresses = facts.interfaces.flatMap(({ addresses: all }) => all)
    const own = addresses.find(({ address }) => leases.some(({ publicIp }) => publicIp === address))
    if (own === undefined) return undefined
    const uplink = `${own.address}/${own.prefixLength}`
    const far = leases.filter(({ publicIp }) => !covers(uplink, publicIp))
    if (far.length === 0) return undefined
    return found(
      `host-gw needs all hosts in one subnet, and ${list(far.map(({ publicIp }) => publicIp))} ${far.length === 1 ? 'is' : 'are'} not in ${uplink}: pods there cannot be reached`,
      far.slice(0, 4).map(({ subnet, publicIp, key }) => ({ text: `${subnet} PublicIP ${publicIp}`, where: `etcd ${key}` })),
      'Use backend vxlan (DirectRouting keeps plain routes inside a subnet); or delete the lease when that host is gone for good.',
    )
  },
}
