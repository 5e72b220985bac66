import type { CheckKind, EtcdCluster } from 'netplay'
import { calicoReads, viewOf } from '../calico/view.js'

/**
 * The AS number of a cluster that has nodes is not changed by the way: every session would be made anew, and until then no pod would reach another
 * host's. What is absent is written, what is equal is left, what differs stops. Source: networking.md 4.1; P18.
 */
export const asStands: CheckKind<{ cluster: EtcdCluster; asNumber: number }> = {
  kind: 'as-stands',
  scope: 'host',
  clusterReads: calicoReads,
  verdict: ({ cluster, asNumber }, { etcd }) => {
    const { asNumber: found, nodes } = viewOf(cluster, etcd)
    const inherit = nodes.filter(({ asNumber: own }) => own === undefined)
    if (found === asNumber || inherit.length === 0) return { holds: true }
    return {
      holds: false,
      reason: `the cluster has AS ${found}, and ${inherit.length === 1 ? 'a node takes' : `${inherit.length} nodes take`} it from there; wanted is ${asNumber}`,
      next: `Set calico_as_number to ${found}. A new one tears every session down at once: nothing was written.`,
    }
  },
}
