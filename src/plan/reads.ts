import type { ThingKey } from '../change.js'
import { etcdState } from '../resources/etcd-key.js'
import type { StageDraft } from './draft.js'
import { clusterName } from './etcd-pool.js'
import { etcdThing, readsOf, type ClusterView } from './observe.js'
import type { PlannedRead } from './plan.js'

/**
 * The keys that tasks, inputs of units and preconditions of these hosts looked at, as they were found. A key that the plan writes is not among
 * them: its write compares it by itself, more strictly.
 *
 * Only keys that are named count. What is read as a prefix (leases, nodes) moves all the time without anybody's doing: leases are renewed, a
 * daemon notes that it lives. What a plan needs of those is what its preconditions say of them, and they are judged again.
 */
export function plannedReads(
  drafts: readonly StageDraft[],
  hosts: ReadonlySet<string>,
  clusters: ReadonlyMap<string, ClusterView>,
  written: ReadonlySet<ThingKey>,
): PlannedRead[] {
  const found = new Map<string, PlannedRead>()
  const reads = drafts.flatMap(({ work }) => [...work].flatMap(([host, own]) => (hosts.has(host) ? readsOf(own) : [])))
  for (const { cluster, reads: keys } of reads) {
    const view = clusters.get(clusterName(cluster))
    if (view === undefined || view.error !== undefined) continue
    for (const { key, prefix } of keys) {
      const value = view.values.find(each => each.key === key) ?? { key, value: null, revision: 0 }
      if (prefix !== true && !written.has(etcdThing(cluster, key)))
        found.set(`${clusterName(cluster)} ${key}`, { cluster, key, digest: etcdState(value).digest })
    }
  }
  return [...found.values()]
}
