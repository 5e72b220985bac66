import type { Cause } from '../cause.js'
import * as calicoAddresses from './calico-addresses.js'
import * as calicoFiles from './calico-files.js'
import * as calicoKeys from './calico-keys.js'
import * as calicoNames from './calico-names.js'
import * as calicoSessions from './calico-sessions.js'
import * as cni from './cni-files.js'
import * as firewall from './firewall.js'
import * as flannelConfig from './flannel-config.js'
import * as flannelNetwork from './flannel-network.js'
import * as flannelUnit from './flannel-unit.js'
import * as proxy from './kube-proxy.js'
import * as units from './units.js'

/** Every known cause, by id; one may be looked for in two ways (P25). */
export const causes: readonly Cause[] = [
  ...[calicoAddresses, calicoFiles, calicoKeys, calicoNames, calicoSessions],
  ...[cni, firewall, flannelConfig, flannelNetwork, flannelUnit, proxy, units],
]
  .flatMap(topic => Object.values(topic))
  .filter((each): each is Cause => typeof each === 'object' && 'detect' in each)
  .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : b.title.length - a.title.length))

export const causeIds: readonly string[] = [...new Set(causes.map(({ id }) => id))]
