import { etcdParams } from '../etcd-cluster.js'
import { networkParams } from '../flannel/config.js'
import { sharedAs } from '../shared-params.js'

export const paramsSchema = {
  type: 'object',
  properties: {
    ...sharedAs('flannel', networkParams),
    ...sharedAs('flannel', etcdParams),
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
