import { found, type Cause } from '../cause.js'
import { inData, where } from '../calico-judge.js'
import { isObject } from '../json.js'
import { isAddress } from '../ipv4.js'
import { keysOf } from '../etcd-seen.js'
import { shortened } from '../text-file.js'

export const cutReflector: Cause = {
  id: 'P06',
  title: 'The record of a route reflector is cut off or is no JSON (a quote that was not closed)',
  looksAt: 'rr_v4 records in etcd, read back and parsed',
  unseen: 'commands that never reached etcd',
  role: 'route-reflector',
  of: 'cluster',
  detect: fleet =>
    inData(fleet, data => {
      const bad = data.reflectors.filter(({ value }) => !isRecord(value))
      return bad.length === 0
        ? undefined
        : found(
            'The record of a route reflector in etcd is broken: reflectors do not find each other',
            bad.map(({ key, value }) => ({ text: shortened(value) || '(empty)', where: where(data, key) })),
            'Write {"ip": …, "cluster_id": …} as one value that no shell takes apart.',
          )
    }),
}

const isRecord = (value: string): boolean => {
  try {
    const record: unknown = JSON.parse(value)
    return isObject(record) && typeof record['ip'] === 'string' && typeof record['cluster_id'] === 'string'
  } catch {
    return false
  }
}

export const placeholderKey: Cause = {
  id: 'P07',
  title: 'A placeholder was left in a key ({HOST-IP})',
  looksAt: "names of calico's keys for reflectors, peers and hosts, and of flannel's leases",
  role: 'route-reflector',
  of: 'cluster',
  detect: fleet => {
    const bad = fleet.etcd.flatMap(({ v2, v3 }) =>
      (['v2', 'v3'] as const).flatMap(api => [...keysOf(api === 'v2' ? v2 : v3).keys()].filter(isPlaceholder).map(key => ({ key, api }))),
    )
    if (bad.length > 0)
      return found(
        `A key in etcd has a placeholder in its name, or no address where one belongs: ${bad[0]!.key}`,
        bad.slice(0, 4).map(({ key, api }) => ({ text: key, where: `etcd (${api} API)` })),
        'Delete the key and write it again with the address.',
        bad[0]!.key.startsWith('/calico/') ? 'route-reflector' : 'flannel',
      )
    return inData(fleet, () => undefined)
  },
}

const isPlaceholder = (key: string): boolean => {
  const [, ip] = /^\/calico\/bgp\/v1\/(?:rr_v4|global\/peer_v4|host\/[^/]+\/peer_v4)\/([^/]+)$/.exec(key) ?? []
  return /[{}<>$]|%7B|%7D/i.test(key) || (ip !== undefined && !isAddress(ip))
}
