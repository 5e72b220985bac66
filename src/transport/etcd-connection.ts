import type { Duplex } from 'node:stream'
import type { EtcdRead, EtcdValue, EtcdWrite } from '../etcd.js'
import type { EtcdCredentials } from './etcd-credentials.js'
import type { EtcdEndpoint } from './etcd-endpoint.js'

/** `moved`: the keys that are not as the writes say, as they are now. Then nothing was written. */
export type EtcdWritten = { done: true } | { done: false; moved: EtcdValue[] }

/** One endpoint, spoken to through one of the two APIs. Each call ends by itself within the deadline. */
export interface EtcdConnection {
  /** connected, and the cluster has a leader */
  ready(): Promise<void>
  read(reads: readonly EtcdRead[]): Promise<EtcdValue[]>
  write(writes: readonly EtcdWrite[]): Promise<EtcdWritten>
  close(): Promise<void>
}

/** What a connection is made of. */
export interface EtcdDial {
  endpoint: EtcdEndpoint
  forward: () => Promise<Duplex>
  credentials: EtcdCredentials | undefined
  /** of each call, and of connecting */
  timeoutMs: number
}

/** Whether `value` is what `write` was made for. @throws RangeError a write that compares with nothing */
export function stands({ key, ifRevision, ifValue }: EtcdWrite, value: EtcdValue): boolean {
  if (ifRevision === undefined && ifValue === undefined) throw new RangeError(`a write of ${key} must say what it replaces`)
  return (ifRevision === undefined || ifRevision === value.revision) && (ifValue === undefined || ifValue === value.value)
}
