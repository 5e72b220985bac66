import type { EtcdAccess } from './etcd-access.js'

/** Keys of one of etcd's two stores. `missing`: this etcd does not serve that API. `unread`: why it could not be read. */
export type Store = { keys: ReadonlyMap<string, string> } | { missing: string } | { unread: string }

/** One etcd cluster as its clients name it. */
export interface EtcdSeen {
  /** host:port of every endpoint that some client names */
  members: string[]
  accesses: EtcdAccess[]
  /** members that its own daemons on these hosts were started with; undefined: it runs nowhere here */
  memberCount?: number
  v2: Store
  v3: Store
}

export const keysOf = (store: Store): ReadonlyMap<string, string> => ('keys' in store ? store.keys : none)
const none: ReadonlyMap<string, string> = new Map()

/** For `blind`: a first line, and what the first endpoint said. */
export const needsEtcd = (store: Store): string => {
  const why = (unreadOf(store) ?? 'no client names one').split('\n').slice(0, 2)
  return `etcd, which cannot be read: ${why.map(line => line.trim()).join(' ')}`
}

/** Why nothing is known of it, where that is so. */
export const unreadOf = (store: Store): string | undefined => ('unread' in store ? store.unread : undefined)
