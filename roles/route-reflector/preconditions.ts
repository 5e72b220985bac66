import { check, type Check } from 'netplay'
import { runtimeChecks } from '../calico/ctr-files.js'
import { runtimeOf } from '../calico/runtime.js'
import { etcdCluster } from '../etcd-cluster.js'
import { etcdPreconditions } from '../etcd-preconditions.js'
import { isFirst } from '../first-host.js'
import { binaryPresent } from '../flannel/host-preconditions.js'
import { oneAs } from './gates.js'
import { groupMembers, isNode, isReflector, nodesOf, type Context } from './names.js'
import { strayReflectors } from './strays.js'

export function preconditions(context: Context): Check[] {
  const { host, params, part } = context
  const cluster = etcdCluster(context)
  const isClassic = params.profile === 'classic'
  // A reflector of 2017 that only stops asks nothing of etcd.
  if (isClassic && !isNode(context) && !(part === 'reflect' && isReflector(context))) return []
  const isBrought = isClassic && part === 'reflect' && params.calicoctl !== undefined
  return [
    ...etcdPreconditions(cluster),
    ...(isBrought ? [] : [check('calicoctl is installed', binaryPresent, { path: params.calicoctl_path, variable: 'calico_calicoctl' })]),
    ...(isClassic && part === 'reflect' && isReflector(context) ? runtimeChecks(runtimeOf(host, params.container_runtime)) : []),
    check('one AS for all', oneAs, { cluster, asNumber: params.as_number }),
    ...(isClassic && part === 'retire' && isFirstNode(context)
      ? [check('every reflector is known', strayReflectors, { cluster, known: groupMembers(context).map(({ address }) => address) })]
      : []),
  ]
}

/** What is the same on all is told by one. */
const isFirstNode = (context: Context) => isFirst(context.host, nodesOf(context))
