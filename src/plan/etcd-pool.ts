import type { EtcdCluster } from '../etcd.js'
import { EtcdUnreachableError } from '../transport/etcd-errors.js'
import { openEtcd, type Etcd } from '../transport/etcd.js'
import type { Session } from '../transport/session.js'

/** Connections to etcd of one run: one for each cluster, through the first host that reaches it, opened when first needed. */
export interface EtcdPool {
  /** @param through hosts to try, in order. @throws the last host's error when none reaches the cluster */
  get(cluster: EtcdCluster, through: readonly string[]): Promise<Etcd>
}

/** Opens on demand, hands over, always closes. */
export async function withEtcd<T>(sessions: ReadonlyMap<string, Session>, body: (pool: EtcdPool) => Promise<T>): Promise<T> {
  const open = new Map<string, Promise<Etcd>>()
  const get = (cluster: EtcdCluster, through: readonly string[]) => {
    const name = clusterName(cluster)
    const known = open.get(name) ?? firstThatOpens(cluster, through, sessions)
    open.set(name, known)
    // A failure is not remembered: the cluster may be back at the next play.
    known.catch(() => open.delete(name))
    return known
  }
  try {
    return await body({ get })
  } finally {
    await Promise.all([...open.values()].map(etcd => etcd.then(opened => opened.close()).catch(() => undefined)))
  }
}

/** Two tasks that mean one cluster share its connection and its state. */
export const clusterName = ({ api, endpoints, caFile, certFile, keyFile }: EtcdCluster): string =>
  JSON.stringify([api, [...endpoints].sort(), caFile, certFile, keyFile])

/** A dead etcd costs its deadline on each host that is tried. */
const mostTries = 3

async function firstThatOpens(cluster: EtcdCluster, through: readonly string[], sessions: ReadonlyMap<string, Session>): Promise<Etcd> {
  let failure: unknown = new Error('no host of the play can be reached')
  const reached = [...new Set(through)].flatMap(host => sessions.get(host) ?? [])
  for (const session of reached.slice(0, mostTries)) {
    try {
      return await openEtcd(session, cluster)
    } catch (error) {
      failure = error
      if (!(error instanceof EtcdUnreachableError)) break
    }
  }
  throw failure
}
