/** Which etcd, and which files on the host it is reached from prove who we are. Endpoints are `https://address:port`. */
export interface EtcdCluster {
  api: 'v2' | 'v3'
  endpoints: string[]
  /** paths on the host that the connection goes through; all three or none (plain http) */
  caFile?: string
  certFile?: string
  keyFile?: string
}

export interface EtcdRead {
  key: string
  /** every key under it: v3 all keys that begin with this text, v2 all keys in this directory, however deep */
  prefix?: boolean
}

/** One key as read. `value: null`: there is no such key. Values are UTF-8; other bytes read as U+FFFD. */
export interface EtcdValue {
  key: string
  value: string | null
  /** mod_revision (v3) or modifiedIndex (v2); 0 when absent */
  revision: number
  /** seconds until the key expires; told by v2 alone, and only for a key that expires */
  ttlSeconds?: number
}

/** One compare-and-swap: done only while what it says of the key still holds; one of the two must be said. `value: null` deletes. */
export interface EtcdWrite {
  key: string
  value: string | null
  /** the key is at this revision (0: absent) */
  ifRevision?: number
  /** the key has this value (`null`: absent); for an undo, which knows its own value but not the revision it got */
  ifValue?: string | null
}

/** What one endpoint says of itself. What it did not say is left out. */
export interface EtcdMember {
  endpoint: string
  /** it answered, with TLS verified both ways */
  reachable: boolean
  /** why not, or what was wrong with the answer */
  reason?: string
  /** of the server, e.g. `3.4.23` */
  version?: string
  /** ids are hexadecimal, as etcdctl prints them */
  memberId?: string
  /** `null`: it knows of no leader */
  leaderId?: string | null
  clusterId?: string
  /** `NOSPACE`, `CORRUPT` */
  alarms: string[]
  dbSizeBytes?: number
  serves: { v2: boolean; v3: boolean }
}
