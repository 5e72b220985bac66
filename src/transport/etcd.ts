import type { EtcdCluster, EtcdMember, EtcdRead, EtcdValue, EtcdWrite } from '../etcd.js'
import type { EtcdConnection, EtcdDial, EtcdWritten } from './etcd-connection.js'
import { credentialPaths, credentialsText, type EtcdCredentials, parseCredentials } from './etcd-credentials.js'
import { endpointsOf } from './etcd-endpoint.js'
import { EtcdEndpoints } from './etcd-endpoints.js'
import { EtcdCredentialsError, EtcdNoQuorumError, EtcdUnreachableError } from './etcd-errors.js'
import { memberOf } from './etcd-health.js'
import { connectV2 } from './etcd-v2.js'
import { connectV3, loadEtcd3 } from './etcd-v3.js'
import type { Session } from './session.js'

export type { EtcdWritten } from './etcd-connection.js'

/** The etcd of a cluster as seen from one host. Endpoints are asked in turn; one that fails is followed by the next. */
export interface Etcd {
  /**
   * A plain read gives one value (`null` where there is no such key), a prefix read one for every key under it, in the order of `reads`.
   * v3: all at one revision, up to a hundred reads.
   * @throws EtcdUnreachableError, EtcdNoQuorumError, EtcdApiMissingError, EtcdRefusedError, and what the session throws once its line is gone
   */
  read(reads: readonly EtcdRead[]): Promise<EtcdValue[]>
  /**
   * v3: all in one transaction, or none. v2 has no transactions: all keys are compared first, then written one by one, each by compare-and-swap;
   * someone else's write in that moment leaves the keys before it written, and `moved` names the one that was not.
   * @throws as `read`; after these whether it took effect is unknown
   */
  write(writes: readonly EtcdWrite[]): Promise<EtcdWritten>
  /** every endpoint, asked at the same time; what is wrong with one is in its `reason`. Works without a quorum. */
  health(): Promise<EtcdMember[]>
  /** twice is once; nothing of it is left */
  close(): Promise<void>
}

/** What of a host's session etcd is reached through. */
export type EtcdRoute = Pick<Session, 'host' | 'request' | 'forward'>

export interface EtcdOptions {
  /** of each endpoint, for connecting and for each call; default 5000 */
  timeoutMs?: number
  /** default `now`; `later` for who wants to ask the `health` of a cluster that may be ill */
  connect?: 'now' | 'later'
}

/** etcd for as long as `use` runs, and closed whatever becomes of it. */
export async function withEtcd<T>(
  session: EtcdRoute,
  cluster: EtcdCluster,
  use: (etcd: Etcd) => Promise<T>,
  options?: EtcdOptions,
): Promise<T> {
  const etcd = await openEtcd(session, cluster, options)
  try {
    return await use(etcd)
  } finally {
    await etcd.close()
  }
}

/**
 * Reads the certificates from the host, by one request, and connects to the first endpoint that answers and knows of a leader.
 * @throws InputError endpoints or certificates that cannot be meant; EtcdCredentialsError a file that is missing or of no use;
 *   EtcdUnreachableError, EtcdNoQuorumError, EtcdApiMissingError
 */
export async function openEtcd(
  session: EtcdRoute,
  cluster: EtcdCluster,
  { timeoutMs = 5000, connect = 'now' }: EtcdOptions = {},
): Promise<Etcd> {
  const endpoints = endpointsOf(cluster)
  // Loaded while the host answers; a failure shows where it is used.
  if (cluster.api === 'v3') loadEtcd3().catch(() => {})
  const credentials = await credentialsOf(session, cluster)
  const dials: EtcdDial[] = endpoints.map(endpoint => ({
    endpoint,
    forward: () => session.forward(endpoint.address, endpoint.port),
    credentials,
    timeoutMs,
  }))
  const all = new EtcdEndpoints(session.host, dials, cluster.api === 'v3' ? connectV3 : connectV2)
  if (connect === 'now') await all.connect()
  return {
    read: async reads => (reads.length === 0 ? [] : all.use(connection => connection.read(reads))),
    write: async writes => (writes.length === 0 ? { done: true } : write(all, writes)),
    health: () => Promise.all(dials.map(memberOf)),
    close: () => all.close(),
  }
}

async function credentialsOf(session: EtcdRoute, cluster: EtcdCluster): Promise<EtcdCredentials | undefined> {
  const paths = credentialPaths(cluster)
  if (!paths) return undefined
  const { stdout, ending } = await session.request(credentialsText(paths).text, { purpose: 'etcd' })
  if ('exit' in ending && ending.exit === 0) return parseCredentials(stdout, paths, session.host)
  throw new EtcdCredentialsError(
    session.host,
    `cannot read ${paths.join(', ')} on ${session.host}`,
    `See that ${session.host} has base64 and head.`,
  )
}

async function write(endpoints: EtcdEndpoints, writes: readonly EtcdWrite[]): Promise<EtcdWritten> {
  let sent = false
  try {
    return await endpoints.use((connection, again) => ((sent = true), written(connection, writes, again)))
  } catch (error) {
    if (sent && (error instanceof EtcdUnreachableError || error instanceof EtcdNoQuorumError))
      error.leftAs = `whether ${writes.map(({ key }) => key).join(', ')} was written in etcd is unknown`
    throw error
  }
}

/** A write that got no answer may have been done: keys that have its value by now are done. */
async function written(connection: EtcdConnection, writes: readonly EtcdWrite[], again: boolean): Promise<EtcdWritten> {
  if (!again) return connection.write(writes)
  const found = await connection.read(writes.map(({ key }) => ({ key })))
  const left = writes.filter((write, i) => found[i]!.value !== write.value)
  return left.length === 0 ? { done: true } : connection.write(left)
}
