import type { Change } from '../change.js'
import type { EtcdCluster, EtcdValue, EtcdWrite } from '../etcd.js'
import { etcdClusterSchema } from './etcd-key-schema.js'
import type { ClusterKind } from './resource.js'
import { clusterTaskOf } from './task.js'

/** Keys that somebody else named: a lease of flanneld, found by the address that is written in it. None of them is to be there. */
export interface AbsentKeysParams {
  cluster: EtcdCluster
  /** a folder, with its last slash: `/coreos.com/network/subnets/` */
  prefix: string
  /** fields of the value, which is a JSON object, that a key must have to be one of them: `{ PublicIP: '198.18.0.13' }` */
  where: Record<string, string>
  /** a daemon of this host makes them again when an undo starts it: then they are not put back besides. Default false */
  isRemade?: boolean
}

/** What is there of them, in order of the keys; values are what an undo puts back. */
export interface AbsentKeysState {
  found: { key: string; value: string }[]
}

export const absentKeysKind: ClusterKind<AbsentKeysParams, AbsentKeysState, EtcdWrite> = {
  kind: 'absent-keys',
  schema: {
    type: 'object',
    required: ['cluster', 'prefix', 'where'],
    additionalProperties: false,
    properties: {
      cluster: etcdClusterSchema,
      prefix: { type: 'string', pattern: '^(/[^/{}\\u0000-\\u0020\\u007f]+)+/$' },
      where: { type: 'object', minProperties: 1, additionalProperties: { type: 'string', minLength: 1 } },
      isRemade: { type: 'boolean' },
    },
  },
  key: ({ cluster, prefix, where }) => {
    const fields = Object.entries(where).map(([name, value]) => `${name}=${value}`)
    return `absent-keys:etcd${cluster.api === 'v2' ? 2 : 3}:${prefix}?${fields.join('&')}`
  },
  cluster: ({ cluster }) => cluster,
  reads: ({ prefix }) => [{ key: prefix, prefix: true }],
  parse: (values, desired) => ({ found: values.flatMap(value => matching(value, desired)).sort((a, b) => (a.key < b.key ? -1 : 1)) }),
  diff: (_desired, { found }): Change[] => found.map(({ key, value }) => ({ field: key, before: { text: readable(value) }, after: null })),
  after: () => ({ found: [] }),
  // By value and not by revision: a lease that its daemon renews meanwhile is still the one that was shown.
  writes: (_desired, { found }) => found.map(({ key, value }) => ({ key, value: null, ifValue: value })),
  /** Without the time to live that they had: their daemon gives them a new one when it starts. */
  undo: ({ isRemade }, { found }) => (isRemade === true ? [] : found).map(({ key, value }) => ({ key, value, ifValue: null })),
}

/** `absentKeys('Give the lease back', { cluster, prefix: '/coreos.com/network/subnets/', where: { PublicIP: '198.18.0.13' } })` */
export const absentKeys = clusterTaskOf(absentKeysKind)

function matching({ key, value }: EtcdValue, { prefix, where }: AbsentKeysParams): AbsentKeysState['found'] {
  if (value === null || !key.startsWith(prefix)) return []
  const fields = fieldsOf(value)
  return Object.entries(where).every(([name, wanted]) => fields.get(name) === wanted) ? [{ key, value }] : []
}

const readable = (value: string): string => `${JSON.stringify(JSON.parse(value), null, 2)}\n`

/** Of what is no JSON object: none, so it is never one of them. */
function fieldsOf(text: string): Map<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
  } catch {
    return new Map()
  }
}
