import type { EtcdCluster, EtcdWrite } from '../etcd.js'
import { ConnectionLostError } from '../transport/errors.js'
import { EtcdUnreachableError } from '../transport/etcd-errors.js'
import type { Etcd, EtcdWritten, openEtcd } from '../transport/etcd.js'
import type { Session } from '../transport/session.js'

/** Connections to etcd of one run: one for each cluster, through the first host that reaches it, opened when first needed. */
export interface EtcdPool {
  /** @param through hosts to try, in order. @throws the last host's error when none reaches the cluster */
  get(cluster: EtcdCluster, through: readonly string[]): Promise<ClusterEtcd>
}

/** A cluster's etcd. When the host that it was reached through is lost, it is reached through another one: one host's death is not everybody's. */
export type ClusterEtcd = Pick<Etcd, 'read' | 'write'>

/** Opens on demand, hands over, always closes. @param open for tests */
export async function withEtcd<T>(
  sessions: ReadonlyMap<string, Session>,
  body: (pool: EtcdPool) => Promise<T>,
  open: typeof openEtcd = openLoaded,
): Promise<T> {
  const clusters = new Map<string, Reached>()
  const get: EtcdPool['get'] = async (cluster, through) => {
    const name = clusterName(cluster)
    const known = clusters.get(name) ?? new Reached(cluster, sessions, open)
    clusters.set(name, known)
    known.mayGoThrough(through)
    await known.opened()
    return { read: reads => known.use(etcd => etcd.read(reads)), write: writes => known.write(writes) }
  }
  try {
    return await body({ get })
  } finally {
    await Promise.all([...clusters.values()].map(cluster => cluster.close()))
  }
}

/** What speaks to etcd is loaded by runs that speak to it. */
const openLoaded: typeof openEtcd = async (...words) => (await import('../transport/etcd.js')).openEtcd(...words)

/** Two tasks that mean one cluster share its connection and its state. */
export const clusterName = ({ api, endpoints, caFile, certFile, keyFile }: EtcdCluster): string =>
  JSON.stringify([api, [...endpoints].sort(), caFile, certFile, keyFile])

/** A dead etcd costs its deadline on each host that is tried. */
const mostTries = 3

class Reached {
  private readonly through = new Set<string>()
  private current: Promise<Etcd> | undefined

  constructor(
    private readonly cluster: EtcdCluster,
    private readonly sessions: ReadonlyMap<string, Session>,
    private readonly open: typeof openEtcd,
  ) {}

  mayGoThrough(hosts: readonly string[]): void {
    for (const host of hosts) this.through.add(host)
  }

  /** A failure is not remembered: the cluster may be back at the next play. */
  opened(): Promise<Etcd> {
    if (this.current !== undefined) return this.current
    const opening = this.firstThatOpens()
    this.current = opening
    opening.catch(() => this.forget(opening))
    return opening
  }

  /** @param call `again`: it was asked before, and nobody knows whether that took effect */
  async use<R>(call: (etcd: Etcd, again: boolean) => Promise<R>): Promise<R> {
    for (let tries = 0; ; tries++) {
      const opening = this.opened()
      const etcd = await opening
      try {
        return await call(etcd, tries > 0)
      } catch (error) {
        const isLost = error instanceof ConnectionLostError
        if (!isLost && !(error instanceof EtcdUnreachableError && tries + 1 < mostTries)) throw error
        // A lost host is left out from now on; one that does not get through (its cable may be out) comes last.
        this.through.delete(error.host)
        if (!isLost) this.through.add(error.host)
        this.forget(opening)
        await etcd.close().catch(() => undefined)
      }
    }
  }

  write(writes: readonly EtcdWrite[]): Promise<EtcdWritten> {
    return this.use(async (etcd, again) => {
      if (!again) return etcd.write(writes)
      const found = await etcd.read(writes.map(({ key }) => ({ key })))
      return etcd.write(writes.filter((write, i) => found[i]!.value !== write.value))
    })
  }

  async close(): Promise<void> {
    await this.current?.then(etcd => etcd.close()).catch(() => undefined)
  }

  private forget(opening: Promise<Etcd>) {
    if (this.current === opening) this.current = undefined
  }

  private async firstThatOpens(): Promise<Etcd> {
    let failure: unknown = new Error('no host of the play can be reached')
    let tries = 0
    for (const host of this.through) {
      const session = this.sessions.get(host)
      if (session === undefined || tries >= mostTries) continue
      try {
        return await this.open(session, this.cluster)
      } catch (error) {
        failure = error
        // A host that is lost tells nothing of the cluster.
        if (error instanceof ConnectionLostError) continue
        if (!(error instanceof EtcdUnreachableError)) break
        tries++
      }
    }
    throw failure
  }
}
