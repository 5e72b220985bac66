import { etcdParams } from '../etcd-cluster.js'

const hostPath = { type: 'string', pattern: '^/[^\\t\\n\\\\\\u0000]+$' } as const

/** Names of units that read certificates when they start; those that a host does not have, or that do not run there, are left alone. */
const usualReaders = ['etcd.service', 'flannel.service', 'calico-node.service', 'calico.service', 'kube-proxy.service'] as const

export const paramsSchema = {
  type: 'object',
  properties: {
    ca: {
      type: 'string',
      minLength: 1,
      description: 'The CA that hosts shall trust, PEM on the controller, relative to the playbook; several where there are several.',
    },
    cert: {
      type: 'string',
      minLength: 1,
      description: 'The certificate of a host, signed by `ca`, PEM on the controller. `{host}` in it stands for the name of the host.',
    },
    key: { type: 'string', minLength: 1, description: 'Its key, PEM on the controller, without a passphrase. `{host}` as in `cert`.' },
    sets: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['ca', 'cert', 'key'],
        additionalProperties: false,
        properties: {
          ca: hostPath,
          cert: hostPath,
          key: hostPath,
          owner: { type: 'string', description: "Who reads the key: the reader's user. Default root." },
          group: { type: 'string', description: 'Group of the key, with `key_mode` 0640.' },
          key_mode: { type: 'string', enum: ['0600', '0640', '0400', '0440'], description: 'Default 0600.' },
          hosts: { type: 'string', description: 'Group of the inventory whose hosts have this set; default: all hosts of the play.' },
          readers: { type: 'array', items: { type: 'string' }, description: 'Units that read these files when they start.' },
        },
      },
      default: [
        {
          ca: etcdParams.etcd_ca_file.default,
          cert: etcdParams.etcd_cert_file.default,
          key: etcdParams.etcd_key_file.default,
          readers: usualReaders,
        },
      ],
      description: 'Where the files lie on the hosts, and who reads them there: one entry for each copy.',
    },
    etcd_endpoints: { ...etcdParams.etcd_endpoints, variable: 'flannel_etcd_endpoints' },
    finish: {
      type: 'boolean',
      default: false,
      description:
        'Drop every other CA from the hosts. Refused in the run that introduces `ca`, and while a host has a certificate of another CA.',
    },
  },
  required: ['ca', 'cert', 'key'],
  additionalProperties: false,
} as const
