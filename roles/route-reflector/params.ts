import { calicoParams } from '../calico-node/params.js'

export const paramsSchema = {
  type: 'object',
  properties: {
    ...calicoParams,
    cluster_id: {
      type: 'string',
      format: 'ipv4',
      default: '224.0.0.1',
      description: 'Cluster ID of the reflectors, written like an IPv4 address that nobody has. One for all: they are each other’s spare.',
    },
    group: { type: 'string', default: 'route_reflectors', description: 'Inventory group of the hosts that reflect routes.' },
    retired: {
      type: 'boolean',
      default: false,
      description:
        'This host of the group is to reflect no more: the playbook takes it out, then it can leave the group. Needed for profile classic, where a reflector is no node.',
    },
    nodes_group: { type: 'string', default: 'nodes', description: 'Inventory group of all calico nodes.' },
    peer_name: {
      type: 'string',
      pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$',
      default: 'peer-with-route-reflectors',
      description: 'Name of the BGPPeer. Profile current.',
    },
    label: {
      type: 'string',
      pattern: '^[a-z0-9]([a-z0-9./-]*[a-z0-9])?$',
      default: 'route-reflector',
      description: 'Label of nodes that reflect. Profile current.',
    },
    as_number: {
      type: 'integer',
      minimum: 1,
      maximum: 4294967295,
      default: 64512,
      description: 'AS of nodes and reflectors: one for all, or the reflectors’ sessions would never come up.',
      variable: 'calico_as_number',
    },
    session_seconds: {
      type: 'integer',
      minimum: 5,
      maximum: 1800,
      default: 120,
      description: 'How long sessions may take to come up after a step, before the change counts as failed.',
    },
    rr_image: {
      type: 'string',
      pattern: '^[\\w][\\w./:@-]*$',
      default: 'docker.io/calico/routereflector:v0.4.0',
      description: 'Image of the reflector. Profile classic.',
    },
    rr_image_archive: { type: 'string', minLength: 1, description: 'Tarball of the image on the controller. Profile classic.' },
  },
  additionalProperties: false,
} as const
