import { etcdParams } from '../etcd-cluster.js'
import { networkParams } from '../flannel/config.js'

type Shared<T> = { readonly [K in keyof T]: T[K] & { readonly variable: string } }

/** As flannel's, and set by the flannel_… variables too: one line in group_vars says it to both roles. */
const shared = <T extends Record<string, object>>(properties: T): Shared<T> =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, { ...schema, variable: `flannel_${name}` }])) as Shared<T>

export const paramsSchema = {
  type: 'object',
  properties: {
    ...shared(networkParams),
    ...shared(etcdParams),
    migrate: {
      type: 'string',
      enum: ['backend'],
      description:
        'The one change allowed in a configuration that is there already: its backend. Set by playbooks/flannel-backend-switch.yml alone.',
    },
  },
  required: ['network'],
  additionalProperties: false,
} as const
