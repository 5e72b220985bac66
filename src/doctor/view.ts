import type { Facts } from '../facts/facts.js'
import { calicoOf, type Calico } from './calico-view.js'
import { cniConfsOf, type CniConf } from './cni-conf.js'
import { flannelOf, isFlannel, type Flannel } from './flannel-view.js'
import { daemonOf, kubeProxyOf, type Daemon, type KubeProxy } from './proxy-view.js'
import type { EtcdSeen } from './etcd-seen.js'
import type { SeenHost, Snapshot } from './snapshot.js'
import { unitsOf, type Unit } from './unit.js'

/** A host with what it runs, made of what it said. */
export interface HostView {
  name: string
  facts: Facts
  snapshot: Snapshot
  units: Unit[]
  confs: CniConf[]
  flannel?: Flannel
  calico?: Calico
  kubeProxy?: KubeProxy
  kubelet?: Daemon
}

/** All hosts that answered, and every etcd that their files name. */
export interface Fleet {
  hosts: HostView[]
  etcd: EtcdSeen[]
}

export function viewOf({ name, facts, snapshot }: SeenHost): HostView {
  const units = unitsOf(snapshot)
  const confs = cniConfsOf(snapshot)
  const flannel = units.find(unit => unit.isUsed && isFlannel(unit))
  const [calico, kubeProxy, kubelet] = [
    calicoOf(units, confs, snapshot),
    kubeProxyOf(units, snapshot),
    daemonOf('kubelet', units, snapshot),
  ]
  return {
    name,
    facts,
    snapshot,
    units,
    confs,
    ...(flannel === undefined ? {} : { flannel: flannelOf(flannel, snapshot) }),
    ...(calico === undefined ? {} : { calico }),
    ...(kubeProxy === undefined ? {} : { kubeProxy }),
    ...(kubelet === undefined ? {} : { kubelet }),
  }
}
