import { calicoResource, check, defineRole, gate, RequirementError, type Check, type Task } from 'netplay'
import { bgpSessions, blockRoutes } from '../calico-node/checks.js'
import { containerName } from '../calico-node/unit.js'
import { calicoctlOf } from '../calico/calicoctl.js'
import { ctrFiles } from '../calico/ctr-files.js'
import { execWords, runtimeOf } from '../calico/runtime.js'
import { etcdCluster } from '../etcd-cluster.js'
import { certificates, etcdAnswers } from '../etcd-preconditions.js'
import { binaryPresent } from '../flannel/host-preconditions.js'
import { classicReflector, classicRenounced, reflectorCheck, classicRetired, classicStopped } from './classic.js'
import { everyNodeSeen, everyReflector, oneAs, reflectorSessions } from './gates.js'
import { restartWhereMeshRemains } from './mesh-gone.js'
import { mistakes } from './mistakes.js'
import { downOf, isNode, isReflector, nodeNameOf, ownName, reflectorsOf, type Context } from './names.js'
import { paramsSchema } from './params.js'
import { preconditions } from './preconditions.js'
import { rrSessions } from './rr-sessions.js'
import { strayReflectors } from './strays.js'

/**
 * Route reflectors instead of the full mesh, and back, each step a part with its gates; playbooks/calico-route-reflectors.yml and
 * calico-full-mesh.yml put them in order, with the data path held. Source: networking.md 4.4.
 */
export default defineRole({
  name: 'route-reflector',
  description: 'BGP by route reflectors instead of a session between every two nodes, and the way back.',
  params: paramsSchema,
  parts: ['announce', 'reflect', 'mesh-off', 'retire', 'mesh-on', 'renounce'],
  checkKinds: [
    ...[certificates, etcdAnswers, binaryPresent, oneAs, ctrFiles],
    ...[everyNodeSeen, everyReflector, reflectorSessions, rrSessions, strayReflectors, bgpSessions, blockRoutes],
  ],
  mistakes,
  preconditions,
  tasks: context => {
    const { part } = context
    if (part === undefined)
      throw new RequirementError(
        'role route-reflector is used by its parts',
        'Run playbooks/calico-route-reflectors.yml, or name a part: route-reflector/announce.',
      )
    return parts[part]!(context)
  },
  checks: context => {
    if (isNode(context)) return nodeChecks(context)
    const { part, params } = context
    // A reflector of profile current is a node.
    return part === 'reflect' && params.profile === 'classic' && isReflector(context) ? [reflectorCheck(context)] : []
  },
})

const parts: Record<string, (context: Context) => Task[]> = {
  announce: context => (context.params.profile === 'classic' ? [] : [peerTask(context)]),
  reflect: context => {
    if (!isReflector(context)) return []
    return context.params.profile === 'classic' ? classicReflector(context) : [nodeTask(context, true), reflectorGate(context)]
  },
  'mesh-off': context => [
    gate(
      check('Every node has a session with every reflector', everyReflector, {
        ...reflectedParams(context),
        reflectors: reflectorsOf(context).map(({ address }) => address),
      }),
      {
        timeoutMs: context.params.session_seconds * 1000,
      },
    ),
    gate(check('Every node was looked at', everyNodeSeen, seenParams(context)), { timeoutMs: 1_000 }),
    meshTask(context, false),
    ...(context.params.profile === 'classic' ? [restartWhereMeshRemains(context)] : []),
  ],
  retire: context => {
    if (isReflector(context)) return []
    if (context.params.profile === 'current') return [nodeTask(context, false)]
    return isNode(context) ? classicRetired(context) : classicStopped(context)
  },
  'mesh-on': context => [
    meshTask(context, true),
    gate(check('The mesh between plain nodes is there', bgpSessions, reflectedParams(context)), {
      timeoutMs: context.params.session_seconds * 1000,
    }),
  ],
  renounce: context => {
    if (context.params.profile === 'current') return [peerTask(context, null), nodeTask(context, false)]
    return isNode(context) ? classicRenounced(context) : classicStopped(context)
  },
}

const shared = (context: Context) => ({ cluster: etcdCluster(context), calicoctl: calicoctlOf(context.params) })

/** Clients with reflectors and reflectors with each other, in one. While no node has the label it selects nothing. */
function peerTask(context: Context, set: 'there' | null = 'there'): Task {
  const { peer_name: name, label } = context.params
  const spec = { nodeSelector: 'all()', peerSelector: `${label} == 'true'` }
  return calicoResource(set === null ? 'No node looks for reflectors' : 'Every node looks for reflectors', {
    ...shared(context),
    kind: 'BGPPeer',
    name,
    set: set === null ? null : { spec },
  })
}

function nodeTask(context: Context, reflects: boolean): Task {
  const { label, cluster_id } = context.params
  return calicoResource(reflects ? 'This node reflects' : 'This node reflects no more', {
    ...shared(context),
    kind: 'Node',
    name: ownName(context),
    mustExist: true,
    set: {
      metadata: { labels: { [label]: reflects ? 'true' : null } },
      spec: { bgp: { routeReflectorClusterID: reflects ? cluster_id : null } },
    },
  })
}

function meshTask(context: Context, on: boolean): Task {
  const title = on ? 'Sessions between every two nodes' : 'No sessions between plain nodes'
  if (context.params.profile === 'classic')
    return calicoResource(title, { ...shared(context), kind: 'nodeToNodeMesh', name: 'global', set: { value: on ? 'on' : 'off' } })
  return calicoResource(title, {
    ...shared(context),
    kind: 'BGPConfiguration',
    name: 'default',
    set: { spec: { nodeToNodeMeshEnabled: on } },
    defaults: { spec: { nodeToNodeMeshEnabled: true, asNumber: 64512 } },
  })
}

const nodeParams = (context: Context) => ({
  cluster: etcdCluster(context),
  nodeName: ownName(context),
  exec: execWords(runtimeOf(context.host, context.params.container_runtime), containerName),
  profile: context.params.profile,
})

const reflectedParams = (context: Context) => ({
  ...nodeParams(context),
  down: downOf(context),
  away: context.absent.map(({ address }) => address),
})

const seenParams = (context: Context) => ({
  cluster: etcdCluster(context),
  seen: context.peers.flatMap(peer => (peer.facts === undefined ? [] : [nodeNameOf(peer)])),
  absent: context.absent.map(({ name }) => name),
})

const reflectorGate = (context: Context): Task =>
  gate(check('The reflector has a session with every node', reflectorSessions, reflectedParams(context)), {
    timeoutMs: context.params.session_seconds * 1000,
  })

/** After each part; nodes that are down are not waited for: what that means is said where the mesh would go. */
const nodeChecks = (context: Context): Check[] => [
  check('BGP sessions are those that are configured', bgpSessions, reflectedParams(context)),
  check('Routes to the blocks of every other node', blockRoutes, reflectedParams(context)),
]
