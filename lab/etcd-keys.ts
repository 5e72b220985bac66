import { quote, sh } from '../src/shell.js'
import { openEtcd } from './etcd.js'
import { clientPki } from './etcd-scripts.js'
import { LabError } from './errors.js'
import { onHost, type OnHostOptions } from './lab.js'
import type { Lab } from './model.js'

export interface EtcdctlOptions extends OnHostOptions {
  /** Default 3. */
  api?: 2 | 3
  /** Which endpoints; default all members'. */
  endpoints?: string[]
}

/** One key, with the revision (v2: index) of its last write. */
export interface EtcdKey {
  api: 2 | 3
  key: string
  value: string
  revision: number
  /** v2 only: seconds it has left. */
  ttlSeconds?: number
}

/**
 * Run etcdctl against the lab's etcd with the client certificate, on a host of the lab that runs.
 * @param args e.g. `['get', '--prefix', '/coreos.com']`; with `api: 2` the verbs are those of v2 (`ls`, `set`)
 * @returns its standard output
 * @throws {LabCommandError} a status other than 0
 */
export async function etcdctl(lab: Lab, args: readonly string[], { api = 3, endpoints, ...options }: EtcdctlOptions = {}): Promise<string> {
  const { ca, certificate, key } = clientPki
  const where = (endpoints ?? (await openEtcd(lab)).endpoints).join(',')
  const flags =
    api === 3
      ? ['--endpoints', where, '--cacert', ca, '--cert', certificate, '--key', key]
      : ['--endpoints', where, '--ca-file', ca, '--cert-file', certificate, '--key-file', key]
  return onAnyHost(lab, String(sh`ETCDCTL_API=${api} etcdctl ${flags} ${args}`), options)
}

/** Every key of both keyspaces, hidden ones apart, v3's first, sorted by name. v2 counts as empty where it is not served. */
export async function listEtcdKeys(lab: Lab, prefix = '/'): Promise<EtcdKey[]> {
  const v3 = await etcdctl(lab, ['get', '--prefix', prefix === '/' ? '' : prefix, '-w', 'json'])
  const { ca, certificate, key } = clientPki
  const urls = (await openEtcd(lab)).endpoints.map(
    endpoint => `${endpoint}/v2/keys${prefix === '/' ? '' : prefix}?recursive=true&sorted=true`,
  )
  // The first member that answers will do.
  const attempts = urls.map(url => `curl -s --max-time 5 --cacert ${ca} --cert ${certificate} --key ${key} ${quote(url)}`)
  const v2 = await onAnyHost(lab, attempts.join(' || '))
  return [...parseV3Keys(v3), ...parseV2Keys(v2)]
}

/** Source: etcd 3.4's RangeResponse as etcdctl prints it, keys and values in base64. */
export function parseV3Keys(json: string): EtcdKey[] {
  const { kvs = [] } = JSON.parse(json) as { kvs?: { key: string; value?: string; mod_revision: number }[] }
  const text = (base64 = '') => Buffer.from(base64, 'base64').toString()
  return kvs.map(({ key, value, mod_revision }) => ({ api: 3, key: text(key), value: text(value), revision: mod_revision }))
}

interface V2Node {
  key?: string
  value?: string
  dir?: boolean
  ttl?: number
  modifiedIndex?: number
  nodes?: V2Node[]
}

/** Source: etcd's v2 API; 404 (no such key, or v2 is off) has no `node`. */
export function parseV2Keys(json: string): EtcdKey[] {
  let answer: { node?: V2Node }
  try {
    answer = JSON.parse(json) as { node?: V2Node }
  } catch {
    return [] // "404 page not found": v2 is not served
  }
  const leaves = (node: V2Node): V2Node[] => (node.dir ? (node.nodes ?? []).flatMap(leaves) : [node])
  return (answer.node ? leaves(answer.node) : []).map(({ key = '', value = '', modifiedIndex = 0, ttl }) => ({
    api: 2,
    key,
    value,
    revision: modifiedIndex,
    ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
  }))
}

async function onAnyHost(lab: Lab, script: string, options: OnHostOptions = {}): Promise<string> {
  const host = lab.hosts.find(({ pid }) => pid > 0)
  if (!host) throw new LabError(`No host of lab "${lab.name}" runs`, `Boot it: netplay lab up ${lab.hosts.length} --name ${lab.name}`)
  return (await onHost(lab, host, script, { ...options, check: true })).stdout
}
