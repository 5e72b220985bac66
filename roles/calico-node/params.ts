import { etcdParams } from '../etcd-cluster.js'
import { runtimeNames } from '../calico/runtime.js'
import { leaveParams } from '../leaving.js'
import { sharedAs } from '../shared-params.js'
import { sourceSchema } from '../source.js'
import { underlayParams } from '../underlay.js'

export const encapsulations = ['none', 'ipip-cross-subnet', 'ipip-always', 'vxlan-cross-subnet', 'vxlan-always'] as const

/** Parameters that the roles of calico share, each set by its calico_… variable in all of them. */
export const calicoParams = sharedAs('calico', {
  ...etcdParams,
  profile: {
    type: 'string',
    enum: ['current', 'classic'],
    default: 'current',
    description: "current: calico v3 on etcd's v3 API. classic: calico/node v2.4 with calicoctl v1 on its v2 API (2017).",
  },
  calicoctl: {
    ...sourceSchema,
    description:
      'The binary, of the cluster’s version: a path on the controller, {url, sha256}, {archive, member} … Left out: it must be on the hosts.',
  },
  calicoctl_path: {
    type: 'string',
    pattern: '^/\\S+$',
    default: '/usr/local/bin/calicoctl',
    description: 'Where calicoctl is, or is put.',
  },
  container_runtime: {
    type: 'string',
    enum: runtimeNames,
    description: 'What runs the container. Default: docker where the host has it, else containerd through nerdctl, else through ctr.',
  },
  node_name: {
    type: 'string',
    pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$',
    description: "Name of the node in calico, in Kubernetes and in the CNI configuration. Default: the inventory's.",
  },
} as const)

export const paramsSchema = {
  type: 'object',
  properties: {
    ...calicoParams,
    ...sharedAs('calico', {
      pod_cidr: {
        type: 'string',
        format: 'cidr',
        description: 'Addresses of all pods, e.g. 10.200.0.0/16. Cannot be changed on a live cluster.',
      },
      service_cidr: { type: 'string', format: 'cidr', description: 'Addresses of services, to see that pods have none of them.' },
      ...underlayParams,
      underlay_mtu: {
        type: 'integer',
        minimum: 576,
        maximum: 65535,
        description:
          'MTU of the links between the hosts. Where it is given, a calico_mtu that is too large for it is refused before any host is asked.',
      },
      pool_name: {
        type: 'string',
        pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$',
        default: 'default-ipv4-ippool',
        description: 'Name of the IPPool.',
      },
      block_size: {
        type: 'integer',
        minimum: 20,
        maximum: 32,
        default: 26,
        description: 'Prefix length of the blocks that hosts take addresses from. Cannot be changed while blocks exist.',
      },
      encapsulation: {
        type: 'string',
        enum: encapsulations,
        default: 'ipip-cross-subnet',
        description:
          'What is put around packets between hosts; cross-subnet: between hosts of different subnets alone. vxlan: profile current.',
      },
      nat_outgoing: { type: 'boolean', default: true, description: 'Packets to the outside have the address of their host.' },
      as_number: { type: 'integer', minimum: 1, maximum: 4294967295, default: 64512, description: 'AS of all nodes.' },
      mtu: {
        type: 'integer',
        minimum: 1280,
        maximum: 65535,
        description: "MTU of pods. Default: the link's less what the encapsulation needs.",
      },
      felix: { type: 'object', default: {}, description: 'Fields of FelixConfiguration/default, in its own words. Profile current.' },
      node_image: { type: 'string', pattern: '^[\\w][\\w./:@-]*$', description: 'Image of calico/node. Default: that of the profile.' },
      node_image_archive: {
        type: 'string',
        minLength: 1,
        description: 'Tarball of the image on the controller, for hosts without a registry.',
      },
      iface: {
        type: 'string',
        description: "Interface or address that peers send to. Default: the interface that has the host's address.",
      },
      cni_plugins: {
        type: 'object',
        additionalProperties: sourceSchema,
        default: {},
        description:
          'CNI plugins to bring to the hosts, by name: calico, calico-ipam, loopback, portmap. What is not named must be there already.',
      },
      cni_host_dir: {
        type: 'string',
        pattern: '^/',
        description: 'Where the distribution has loopback and portmap: linked from cni_bin_dir.',
      },
      cni_bin_dir: {
        type: 'string',
        pattern: '^/',
        default: '/opt/cni/bin',
        description: 'Where the container runtime looks for CNI plugins.',
      },
      cni_conf_dir: {
        type: 'string',
        pattern: '^/',
        default: '/etc/cni/net.d',
        description: 'Where the container runtime looks for CNI configuration.',
      },
      cni_kubeconfig: {
        type: 'string',
        pattern: '^/',
        description:
          'kubeconfig of the CNI plugin on the host: policies by Kubernetes. Left out: no policies, pods of one network reach each other.',
      },
    } as const),
    ...leaveParams,
  },
  required: ['pod_cidr'],
  additionalProperties: false,
} as const
