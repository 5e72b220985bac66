import { actionOf, type ThingKey } from '../change.js'
import { etcdState } from '../resources/etcd-key.js'
import type { ClusterTask } from '../resources/resource.js'
import { clusterName } from './etcd-pool.js'
import { etcdThing, type Observed } from './observe.js'
import { requireOnHost } from './on-host.js'
import type { AwaitItem, ClusterItem } from './plan.js'
import { Overlay } from './world.js'

export interface ItemBase {
  id: string
  role: string
  task: string
}

/** What tasks find, change and leave in etcd, which all hosts share: the first host that writes a key does so for all. */
export class ClusterPredictions {
  readonly world: Overlay
  /** keys that an item writes after having read them */
  readonly written = new Set<ThingKey>()
  /** item that writes a thing, by key */
  private readonly writers = new Map<string, string>()

  constructor(private readonly observed: Observed) {
    const { sources, clusters } = observed
    this.world = new Overlay(sources.salt, source => sources.source(source))
    for (const { cluster, values } of clusters.values())
      for (const value of values) this.world.set(etcdThing(cluster, value.key), etcdState(value))
  }

  /** @throws {NetplayError} etcd could not be read, or the host lacks what the task needs there */
  item(host: string, hostWorld: Overlay, base: ItemBase, task: ClusterTask): ClusterItem | AwaitItem {
    const { kind, desired } = task
    const key = kind.key(desired)
    const cluster = kind.cluster(desired)
    const view = this.observed.clusters.get(clusterName(cluster))
    if (view === undefined) throw new RangeError(`etcd was not read for ${key}`)
    if (view.error !== undefined) throw view.error
    const planned = this.writers.get(key)
    const stage = base.id.split('.')[0]!
    const observed = planned === undefined ? kind.parse(view.values, desired) : this.world.state(key)
    const changes = kind.diff(desired, observed, this.world)
    if (changes.length === 0 && planned?.startsWith(`${stage}.`)) return { ...base, type: 'await', key, of: planned }
    const fixed = { ...base, type: 'cluster' as const, kind: kind.kind, key, cluster, changes }
    if (changes.length === 0) return { ...fixed, action: 'none', writes: [], undo: [] }
    requireOnHost(host, task, hostWorld, this.observed.answers.get(host)!)
    const writes = kind.writes(desired, observed, this.world)
    const undo = kind.undo(desired, observed, this.world)
    this.world.set(key, kind.after(desired, observed, this.world))
    this.writers.set(key, base.id)
    for (const read of kind.reads(desired)) this.written.add(etcdThing(cluster, read.key))
    return { ...fixed, action: actionOf(changes), writes, undo }
  }
}
