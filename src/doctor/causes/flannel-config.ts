import { blind, found, type Cause } from '../cause.js'
import { isObject, jsonOf } from '../json.js'
import { keysOf, needsEtcd, unreadOf } from '../etcd-seen.js'
import { etcdOf, saidBy, stateOf } from '../flannel-judge.js'
import { apiOf } from '../flannel-view.js'
import { shortened } from '../text-file.js'
import type { Fleet } from '../view.js'

const other = (api: 'v2' | 'v3') => (api === 'v2' ? 'v3' : 'v2')
const lacksKey = /Couldn't fetch network config: (flannel config not found|100: Key not found)|100: Key not found \(\/coreos/

export const noConfigKey: Cause = {
  id: 'P10',
  title: 'The network configuration is not in etcd (or came after flanneld started)',
  looksAt: 'the key, in the API that the installed flanneld speaks; where etcd cannot be read, what a flanneld that does not start says',
  role: 'etcd-seed',
  of: 'host',
  detect: (host, fleet) => {
    const { flannel } = host
    if (flannel === undefined || !flannel.isOnEtcd) return undefined
    const etcd = etcdOf(host, fleet)
    const api = apiOf(flannel)
    const key = `${flannel.prefix}/config`
    const stores = etcd === undefined ? [] : api === undefined ? [etcd.v2, etcd.v3] : [etcd[api]]
    if (stores.some(store => keysOf(store).has(key))) return undefined
    if (etcd !== undefined && keysOf(etcd.v2).has(key) !== keysOf(etcd.v3).has(key)) return undefined
    const isRead = stores.some(store => 'keys' in store)
    const said = saidBy(host, flannel, lacksKey)
    if (!isRead && said === undefined)
      return flannel.unit.isActive ? undefined : blind(needsEtcd(stores[0] ?? { unread: 'no client names one' }))
    return found(
      `flanneld finds no network configuration: there is no key ${key} in etcd, and without it flanneld never becomes ready`,
      [
        ...(isRead ? [{ text: '(no such key)', where: `etcd ${key}${api === undefined ? '' : ` (${api} API)`}` }] : []),
        ...(said ?? stateOf(flannel)),
      ],
      'Write the configuration, then (re)start flanneld.',
    )
  },
}

export const wrongApi: Cause = {
  id: 'P34',
  title: 'The configuration was written with the other API of etcd than flanneld speaks',
  looksAt: '`flanneld -version` (from 0.18 on: v3), and in which of etcd’s two stores the key is',
  role: 'etcd-seed',
  of: 'host',
  detect: (host, fleet) => {
    const { flannel } = host
    if (flannel === undefined || !flannel.isOnEtcd) return undefined
    const etcd = etcdOf(host, fleet)
    const api = apiOf(flannel)
    const key = `${flannel.prefix}/config`
    if (etcd !== undefined && (keysOf(etcd.v2).has(key) === keysOf(etcd.v3).has(key) || (api !== undefined && keysOf(etcd[api]).has(key))))
      return undefined
    const unread = [etcd?.v3, etcd?.v2].find(store => store === undefined || unreadOf(store) !== undefined)
    if (etcd === undefined || unread !== undefined)
      return flannel.unit.isActive ? undefined : blind(needsEtcd(unread ?? { unread: 'no client names one' }))
    if (api === undefined) return blind(`the version of flanneld, which ${flannel.path} on ${host.name} does not tell`)
    const version = host.snapshot.versions.get(flannel.path) ?? ''
    return found(
      `flanneld ${version} reads ${key} by etcd's ${api} API, and the key was written by the ${other(api)} API: two stores, each invisible to the other`,
      [
        { text: shortened(version), where: `${flannel.path} -version` },
        { text: shortened(keysOf(etcd[other(api)]).get(key) ?? ''), where: `etcd ${key} (${other(api)} API)` },
        { text: 'missing' in etcd[api] ? etcd[api].missing : '(no such key)', where: `etcd ${key} (${api} API)` },
      ],
      `Write the key by the ${api} API too (profile ${api === 'v2' ? 'classic' : 'current'}); having it in both harms nobody.`,
    )
  },
}

/** Every network configuration that was read, with its place. */
const configsIn = ({ etcd, hosts }: Fleet): { value: string; where: string }[] => {
  const prefixes = new Set(['/coreos.com/network', ...hosts.flatMap(({ flannel }) => flannel?.prefix ?? [])])
  return etcd.flatMap(({ v2, v3 }) =>
    (['v2', 'v3'] as const).flatMap(api =>
      [...prefixes].flatMap(prefix => {
        const value = keysOf(api === 'v2' ? v2 : v3).get(`${prefix}/config`)
        return value === undefined ? [] : [{ value, where: `etcd ${prefix}/config (${api} API)` }]
      }),
    ),
  )
}

/** Something that hosts use and that could not be read. */
const unreadable = (fleet: Fleet) => {
  const users = fleet.hosts.filter(({ flannel }) => flannel?.isOnEtcd === true)
  const etcd = fleet.etcd.find(({ accesses, v3 }) => accesses.some(({ who }) => who === 'flannel') && unreadOf(v3) !== undefined)
  if (etcd !== undefined) return blind(needsEtcd(etcd.v3))
  const isNamed = fleet.etcd.some(({ accesses }) => accesses.some(({ who }) => who === 'flannel'))
  return users.length > 0 && !isNamed ? blind('etcd, which flanneld is told no endpoints of') : undefined
}

export const quotesLost: Cause = {
  id: 'P03',
  title: 'The network configuration lost its quotes on the way through a shell',
  looksAt: 'the key in both stores of etcd, read back and parsed',
  role: 'etcd-seed',
  of: 'cluster',
  detect: fleet => {
    const bad = configsIn(fleet).filter(({ value }) => jsonOf(value) === undefined)
    if (bad.length === 0) return unreadable(fleet)
    return found(
      `The network configuration in etcd is no JSON${/"/.test(bad[0]!.value) ? '' : ': its quotes were lost on the way through a shell'}; flanneld cannot read it`,
      bad.map(({ value, where }) => ({ text: shortened(value), where })),
      'Write it as one value that no shell takes apart, and read it back; the role does.',
    )
  },
}

export const noBackend: Cause = {
  id: 'P33',
  title: 'The network configuration names no backend: flanneld takes udp',
  looksAt: 'Backend.Type in the key',
  role: 'etcd-seed',
  of: 'cluster',
  detect: fleet => {
    const bad = configsIn(fleet).filter(({ value }) => {
      const config = jsonOf(value)
      const backend = config?.['Backend']
      return config !== undefined && !(isObject(backend) && typeof backend['Type'] === 'string' && backend['Type'] !== '')
    })
    if (bad.length === 0) return unreadable(fleet)
    return found(
      'The network configuration names no backend: flanneld takes udp, which is for debugging, whatever its documentation says',
      bad.map(({ value, where }) => ({ text: shortened(value), where })),
      'Write Backend.Type (vxlan or host-gw), then restart flanneld host by host.',
    )
  },
}
