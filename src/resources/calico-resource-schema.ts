import { etcdClusterSchema } from './etcd-key-schema.js'
import type { ParamsSchema } from './resource.js'

const path = { type: 'string', pattern: '^/' }
const marks = { type: 'object', additionalProperties: { type: ['string', 'null'] } }

export const calicoResourceSchema: ParamsSchema = {
  type: 'object',
  required: ['cluster', 'calicoctl', 'kind', 'name', 'set'],
  additionalProperties: false,
  properties: {
    cluster: etcdClusterSchema,
    calicoctl: {
      type: 'object',
      required: ['path', 'config'],
      additionalProperties: false,
      properties: { path, config: path, timeoutSeconds: { type: 'integer', minimum: 1, maximum: 600 } },
    },
    kind: {
      enum: ['IPPool', 'BGPConfiguration', 'BGPPeer', 'FelixConfiguration', 'Node', 'ipPool', 'bgpPeer', 'asNumber', 'nodeToNodeMesh'],
    },
    name: { type: 'string', minLength: 1, maxLength: 253 },
    set: {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: {
        spec: { type: 'object' },
        metadata: { type: 'object', additionalProperties: false, properties: { labels: marks, annotations: marks } },
        value: { type: ['string', 'integer'] },
      },
    },
    createOnly: { type: 'boolean' },
    mustExist: { type: 'boolean' },
    defaults: { type: 'object' },
    immutable: { type: 'array', items: { type: 'string', pattern: '^(/.*)?$' } },
    immutableHint: { type: 'string' },
  },
}
