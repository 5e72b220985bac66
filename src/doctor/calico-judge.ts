import { blind, type Blind, type Found } from './cause.js'
import { calicoDataOf, usesCalico } from './calico-data.js'
import type { CalicoData } from './calico-model.js'
import { needsEtcd, unreadOf, type EtcdSeen } from './etcd-seen.js'
import type { Fleet, HostView } from './view.js'

/** The first calico data that has the cause; or what keeps from looking. */
export function inData(fleet: Fleet, judge: (data: CalicoData, etcd: EtcdSeen) => Found | undefined): Found | Blind | undefined {
  const used = fleet.etcd.filter(etcd => usesCalico(etcd, fleet))
  for (const etcd of used) {
    const data = calicoDataOf(etcd, fleet)
    const outcome = data === undefined ? undefined : judge(data, etcd)
    if (outcome !== undefined) return outcome
  }
  return unreadable(fleet, used)
}

function unreadable(fleet: Fleet, used: readonly EtcdSeen[]): Blind | undefined {
  const versions = fleet.hosts.flatMap(({ calico }) => calico?.node?.version?.[0] ?? [])
  const isClassic = versions.length > 0 && Math.max(...versions) < 3
  const unread = used.map(({ v2, v3 }) => (isClassic ? v2 : v3)).find(store => unreadOf(store) !== undefined)
  if (unread !== undefined) return blind(needsEtcd(unread))
  return used.length === 0 && fleet.hosts.some(({ calico }) => calico?.node !== undefined)
    ? blind("calico's etcd, which its unit does not name")
    : undefined
}

export const where = (data: CalicoData, key: string) => `etcd ${key} (${data.api} API)`
export const backendOf = ({ calico }: HostView) => calico?.node?.run.env.get('CALICO_NETWORKING_BACKEND')?.value ?? 'bird'
export const speaksBgp = ({ hosts }: Fleet) => hosts.some(host => host.calico?.node === undefined || backendOf(host) === 'bird')

export const isOfCluster = (ip: string, { nodes, reflectors }: CalicoData, { hosts }: Fleet) =>
  nodes.some(({ network }) => network.split('/')[0] === ip) ||
  reflectors.some(reflector => reflector.ip === ip) ||
  hosts.some(({ facts }) => facts.interfaces.some(({ addresses }) => addresses.some(({ address }) => address === ip)))
