import type { EtcdWrite } from './etcd.js'

/** A value of JSON that is an object. */
export type CalicoFields = Record<string, unknown>

/** Resources of calico v3 (etcd's v3 API), and the forms of calicoctl v1 (its v2 API, profile classic). */
export type CalicoKindName =
  'IPPool' | 'BGPConfiguration' | 'BGPPeer' | 'FelixConfiguration' | 'Node' | 'ipPool' | 'bgpPeer' | 'asNumber' | 'nodeToNodeMesh'

/** The program that writes, as it is on the host of the task. */
export interface Calicoctl {
  /** absolute, e.g. `/usr/local/bin/calicoctl` */
  path: string
  /** its configuration file, absolute: without one it silently talks to another datastore */
  config: string
  /** after which it is ended: with a dead etcd it hangs for ever. Default 20 */
  timeoutSeconds?: number
}

/**
 * One change of one resource of calico, made by calicoctl on a host. Data alone: what calicoctl is given is made when it runs, of this and of what
 * etcd holds then, so that fields that nobody named stay as they are.
 */
export interface CalicoWrite {
  type: 'calico'
  /** of etcd, where the resource lies */
  key: string
  kind: CalicoKindName
  name: string
  calicoctl: Calicoctl
  /** merge patch (RFC 7386) over what is there; `null`: delete */
  set: CalicoFields | null
  /**
   * What must be there just before. Of a patch: the fields that it names (`null`: the field, or the whole resource, is absent). Of a delete: all
   * that an admin sets. Left out: not known when planned, because calico/node makes the resource meanwhile.
   */
  before?: CalicoFields | null
  /** what readers take where nothing is written; laid under both sides of every comparison */
  defaults?: CalicoFields
  /** never created by us */
  mustExist?: true
  /** of the undo of a create: where others have added fields since, this patch takes ours out instead */
  keepOthers?: CalicoFields
}

/** How a thing of the cluster is written: by compare-and-swap in etcd, or by calicoctl. */
export type ClusterWrite = EtcdWrite | CalicoWrite

export const isCalicoWrite = (write: ClusterWrite): write is CalicoWrite => 'type' in write
