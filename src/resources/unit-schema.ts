import { etcdClusterSchema } from './etcd-key-schema.js'
import type { ParamsSchema } from './resource.js'

/** No tab, newline or backslash: the host's records and sha256sum's lines are told apart by them. */
const path = { type: 'string', pattern: '^/[^\\t\\n\\\\\\u0000]+$', maxLength: 4096 }
const etcd = { type: 'string', pattern: '^etcd[23]:/[!-~]*$', maxLength: 1024 }

export const unitSchema: ParamsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    // systemd.unit(5): letters, digits, ":-_.\@"; a template alone cannot run
    name: {
      type: 'string',
      pattern: '^(?!-)(?!.*@\\.)[A-Za-z0-9:_.\\\\@-]+\\.(service|socket|timer|path|target|mount|slice)$',
      maxLength: 200,
    },
    enabled: { type: 'boolean' },
    active: { type: 'boolean' },
    inputs: {
      type: 'array',
      items: {
        anyOf: [
          path,
          { type: 'object', additionalProperties: false, required: ['path'], properties: { path, secret: { const: true } } },
          {
            type: 'object',
            additionalProperties: false,
            required: ['etcd'],
            properties: { etcd, cluster: etcdClusterSchema, required: { const: true } },
          },
        ],
      },
    },
    restart: { enum: ['when-stale', 'never'] },
    startTimeoutSeconds: { type: 'number', exclusiveMinimum: 0, maximum: 86_400 },
  },
}
