import type { EtcdCluster } from '../etcd.js'
import { pluginOf } from './cni-conf.js'
import { isObject } from './json.js'
import { evidenceOf, type Setting } from './flags.js'
import type { Evidence } from './cause.js'
import { quotedLine } from './text-file.js'
import { parseYaml, toPlain } from '../yaml.js'
import type { HostView } from './view.js'

/** A client's configuration that names an etcd. */
export interface EtcdAccess {
  host: string
  who: 'flannel' | 'calico-node' | 'calico CNI' | 'calicoctl' | 'route reflector'
  /** as written */
  endpoints: string[]
  caFile: string
  certFile: string
  keyFile: string
  /** the line that names the endpoints */
  evidence: Evidence
}

/** Every client of etcd on a host, with what it was told. Paths in a container's variables are taken for the host's: they are mounted under one name. */
export const accessesOf = (view: HostView): EtcdAccess[] =>
  [flannelAccess(view), calicoNodeAccess(view), cniAccess(view), calicoctlAccess(view), ...reflectorAccesses(view)].flatMap(
    access => access ?? [],
  )

type Access = EtcdAccess | undefined

function flannelAccess({ name: host, flannel }: HostView): Access {
  if (flannel?.endpoints === undefined || !flannel.isOnEtcd) return undefined
  const { endpoints, caFile, certFile, keyFile } = flannel
  return { host, who: 'flannel', ...listed(endpoints), ...files(caFile?.value, certFile?.value, keyFile?.value) }
}

function calicoNodeAccess({ name: host, calico }: HostView): Access {
  const env = calico?.node?.run.env
  const endpoints = env?.get('ETCD_ENDPOINTS') ?? env?.get('CALICO_ETCD_ENDPOINTS')
  if (endpoints === undefined || endpoints.value === '') return undefined
  const value = (key: string) => (env?.get(key) ?? env?.get(`CALICO_${key}`))?.value
  return {
    host,
    who: 'calico-node',
    ...listed(endpoints),
    ...files(value('ETCD_CA_CERT_FILE'), value('ETCD_CERT_FILE'), value('ETCD_KEY_FILE')),
  }
}

function cniAccess({ name: host, calico }: HostView): Access {
  const plugin = calico?.conf === undefined ? undefined : pluginOf(calico.conf, 'calico')
  const text = (key: string) => (typeof plugin?.[key] === 'string' ? plugin[key] : '')
  if (text('etcd_endpoints') === '') return undefined
  const evidence = quotedLine(calico!.conf!.file, /etcd_endpoints/)!
  return {
    host,
    who: 'calico CNI',
    endpoints: split(text('etcd_endpoints')),
    evidence: { ...evidence, text: `"etcd_endpoints": ${JSON.stringify(text('etcd_endpoints'))}` },
    ...files(text('etcd_ca_cert_file'), text('etcd_cert_file'), text('etcd_key_file')),
  }
}

function calicoctlAccess({ name: host, calico }: HostView): Access {
  const file = calico?.calicoctlConfig
  if (file === undefined) return undefined
  let said: unknown
  try {
    said = toPlain(parseYaml(file.lines.join('\n')))
  } catch {
    return undefined
  }
  const spec = isObject(said) && isObject(said['spec']) ? said['spec'] : {}
  const text = (key: string) => (typeof spec[key] === 'string' ? spec[key] : '')
  if (text('etcdEndpoints') === '') return undefined
  const evidence = quotedLine(file, /etcdEndpoints/)!
  return {
    host,
    who: 'calicoctl',
    endpoints: split(text('etcdEndpoints')),
    evidence,
    ...files(text('etcdCACertFile'), text('etcdCertFile'), text('etcdKeyFile')),
  }
}

function reflectorAccesses({ name: host, snapshot }: HostView): Access[] {
  return (snapshot.containers ?? [])
    .filter(({ image }) => /routereflector|route-reflector/.test(image))
    .map(({ asks, env }): Access => {
      const value = (key: string) => env.find(entry => entry.startsWith(`${key}=`))?.slice(key.length + 1) ?? ''
      if (value('ETCD_ENDPOINTS') === '') return undefined
      const evidence = { text: `ETCD_ENDPOINTS=${value('ETCD_ENDPOINTS')}`, where: asks.inspect }
      const paths = files(value('ETCD_CA_CERT_FILE'), value('ETCD_CERT_FILE'), value('ETCD_KEY_FILE'))
      return { host, who: 'route reflector', endpoints: split(value('ETCD_ENDPOINTS')), evidence, ...paths }
    })
}

const split = (text: string): string[] =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(Boolean)
const listed = (setting: Setting) => ({ endpoints: split(setting.value), evidence: evidenceOf(setting) })
const files = (caFile = '', certFile = '', keyFile = '') => ({ caFile, certFile, keyFile })

/** What is meant: scheme and port are put in where they are missing. */
export const meant = (endpoint: string, tls: boolean): string => {
  const [, scheme, rest = endpoint] = /^([a-z]+):\/\/(.*)$/.exec(endpoint) ?? []
  const bare = rest.replace(/\/+$/, '')
  return `${scheme ?? (tls ? 'https' : 'http')}://${/:\d+$/.test(bare) ? bare : `${bare}:2379`}`
}

/** host:port */
export const memberOf = (endpoint: string): string => meant(endpoint, true).replace(/^[a-z]+:\/\//, '')

/** What says that two clients mean one etcd; a loopback address means another one on each host. */
export const memberKey = (host: string, endpoint: string): string => {
  const member = memberOf(endpoint)
  return isLoopback(member) ? `${host} ${member}` : member
}

export const isLoopback = (member: string): boolean => /^(127\.|localhost:|\[::1\])/.test(member)

/** As a connection is made with it; undefined where its certificates do not fit together. */
export function clusterOf(access: EtcdAccess, endpoints: readonly string[], api: EtcdCluster['api']): EtcdCluster | undefined {
  const { caFile, certFile, keyFile } = access
  const count = [caFile, certFile, keyFile].filter(Boolean).length
  if (count !== 0 && count !== 3) return undefined
  const tls = count === 3
  const all = [...new Set(endpoints.map(memberOf))].map(member => `${tls ? 'https' : 'http'}://${member}`)
  return { api, endpoints: all, ...(tls ? { caFile, certFile, keyFile } : {}) }
}
