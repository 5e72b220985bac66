import { defineRole, etcdKey } from 'netplay'
import { clockPreconditions } from '../clocks.js'
import { etcdCluster } from '../etcd-cluster.js'
import { certificates, etcdAnswers, etcdPreconditions } from '../etcd-preconditions.js'
import { flannelConfig } from '../flannel/config.js'
import { known } from '../flannel/fact-preconditions.js'
import { networkMistakes } from '../flannel/mistakes.js'
import { paramsSchema } from './params.js'

/** What every daemon of the cluster reads in etcd before it can start. Absent: written; equal: nothing; different: it stops and says why. */
export default defineRole({
  name: 'etcd-seed',
  description: 'The configuration that flannel reads in etcd, written before any flanneld starts.',
  params: paramsSchema,
  checkKinds: [certificates, etcdAnswers, known],
  mistakes: networkMistakes,
  preconditions: ({ params, groups, peers }) => [
    ...etcdPreconditions(etcdCluster({ groups, params })),
    ...clockPreconditions({ hosts: peers, members: groups['etcd'] ?? [] }),
  ],
  tasks: ({ params, groups }) => [
    etcdKey('Seed the configuration of flannel', {
      cluster: etcdCluster({ groups, params }),
      key: `${params.etcd_prefix}/config`,
      value: flannelConfig(params),
      // What flanneld takes for values that are left out. Source: flannel v0.28.10, pkg/subnet/config.go.
      defaults: { SubnetLen: 24, EnableIPv4: true, EnableIPv6: false },
      ...(params.migrate === 'backend' ? { ifDifferent: 'write' as const, mayChange: ['/Backend'] } : {}),
      differentHint:
        'Network and subnets cannot be changed while pods run: set them to what the cluster has. The backend can: playbooks/flannel-backend-switch.yml changes it, in the order that loses no packet. Nothing was written.',
    }),
  ],
})
