import type { CheckKind, EtcdCluster } from 'netplay'
import { calicoReads } from '../calico/view.js'

export interface StrayParams {
  cluster: EtcdCluster
  /** addresses of the inventory's reflectors, retired ones too */
  known: string[]
}

const record = /^\/calico\/bgp\/v1\/rr_v4\/([0-9.]+)$/

/** Profile classic: a host that was only taken out of the group reflects on, for nobody has stopped it. It may be meant so. */
export const strayReflectors: CheckKind<StrayParams> = {
  kind: 'stray-reflectors',
  scope: 'host',
  clusterReads: calicoReads,
  verdict: ({ known }, { etcd }) => {
    const strays = etcd
      .flatMap(({ key, value }) => (value === null ? [] : (record.exec(key)?.[1] ?? [])))
      .filter(address => !known.includes(address))
    if (strays.length === 0) return { holds: true }
    const reflects = strays.length === 1 ? 'reflects routes and is' : 'reflect routes and are'
    return {
      holds: true,
      warning: `${strays.join(', ')} ${reflects} not in the group of reflectors: to take one out, put its host into the group with route_reflector_retired=true`,
    }
  },
}
