import type { ParamsSchema } from './resource.js'

const path = { type: 'string', pattern: '^/' }

/** Of an EtcdCluster, wherever one is a parameter. Which endpoints and files go together is judged when etcd is opened. */
export const etcdClusterSchema: ParamsSchema = {
  type: 'object',
  required: ['api', 'endpoints'],
  additionalProperties: false,
  properties: {
    api: { enum: ['v2', 'v3'] },
    endpoints: { type: 'array', minItems: 1, items: { type: 'string', pattern: '^https?://.+:[0-9]+/?$' } },
    caFile: path,
    certFile: path,
    keyFile: path,
  },
}

/** Braces in a key are placeholders that nobody filled in. */
const keyPattern = '^(/[^/{}\\u0000-\\u0020\\u007f]+)+$'

export const etcdKeySchema: ParamsSchema = {
  type: 'object',
  required: ['cluster', 'key'],
  additionalProperties: false,
  oneOf: [{ required: ['value'] }, { required: ['text'] }],
  properties: {
    cluster: etcdClusterSchema,
    key: { type: 'string', pattern: keyPattern },
    value: {},
    text: { type: 'string' },
    defaults: { type: 'object' },
    ifDifferent: { enum: ['stop', 'write'] },
    mayChange: { type: 'array', items: { type: 'string', pattern: '^(/.*)?$' } },
    differentHint: { type: 'string' },
  },
}
