import { keysOf, type EtcdSeen } from './etcd-seen.js'
import type { CalicoData } from './calico-model.js'
import { calicoV2 } from './calico-v2.js'
import { calicoV3 } from './calico-v3.js'
import type { Fleet } from './view.js'

/**
 * calico's data as its nodes read it: v2 keys for images before v3, else v3's. Undefined where no host of the fleet uses calico, or there is none:
 * what an earlier calico left in etcd harms nobody.
 */
export function calicoDataOf(etcd: EtcdSeen, fleet: Fleet): CalicoData | undefined {
  const versions = fleet.hosts.flatMap(({ calico }) => calico?.node?.version?.[0] ?? [])
  if (!usesCalico(etcd, fleet)) return undefined
  const [v2, v3] = [calicoV2(keysOf(etcd.v2)), calicoV3(keysOf(etcd.v3))]
  if (versions.length > 0) return Math.max(...versions) < 3 ? v2 : v3
  return v3 ?? v2
}

/** Some client of calico on some host names this etcd. */
export const usesCalico = ({ accesses }: EtcdSeen, fleet: Fleet): boolean =>
  fleet.hosts.some(({ calico }) => calico !== undefined) && accesses.some(({ who }) => who !== 'flannel')
