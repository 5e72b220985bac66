import { etcdParams } from '../etcd-cluster.js'
import { leaveParams } from '../leaving.js'
import { sourceSchema as source } from '../source.js'
import { networkParams } from './config.js'

export const paramsSchema = {
  type: 'object',
  properties: {
    ...networkParams,
    ...etcdParams,
    flanneld: {
      ...source,
      description:
        'The binary: a path on the controller, or {url, sha256}, {url, sha256, member} (of an archive), {url, sha256, pull: true} (each host by itself), {archive, member}. Left out: /usr/local/bin/flanneld must be on the hosts.',
    },
    iface: { type: 'string', description: "Interface or address that peers send to. Default: the interface that has the host's address." },
    ip_masq: { type: 'boolean', default: true, description: 'flanneld masquerades traffic that leaves the pod network.' },
    iptables_forward_rules: {
      type: 'boolean',
      default: true,
      description: 'flanneld adds its own accepts to FORWARD, besides ours. Turning it off needs flannel 0.11 or newer.',
    },
    healthz_port: {
      type: 'integer',
      minimum: 0,
      maximum: 65535,
      default: 10258,
      description: "flanneld's /healthz on 127.0.0.1; 0: off. Profile current only.",
    },
    cni_plugins: {
      type: 'object',
      additionalProperties: source,
      default: {},
      description:
        'CNI plugins to bring to the hosts, by name: {flannel: ./flannel, bridge: {archive: cni.tgz, member: ./bridge}}. What is not named must be in cni_bin_dir or cni_host_dir already.',
    },
    cni_bin_dir: { type: 'string', default: '/opt/cni/bin', description: 'Where the container runtime looks for CNI plugins.' },
    cni_host_dir: {
      type: 'string',
      description: 'Where the distribution has its CNI plugins, e.g. /usr/lib/cni: linked from cni_bin_dir.',
    },
    cni_conf_dir: { type: 'string', default: '/etc/cni/net.d', description: 'Where the container runtime looks for CNI configuration.' },
    ...leaveParams,
  },
  required: ['network'],
  additionalProperties: false,
} as const
