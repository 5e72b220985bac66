import {
  absent,
  calicoResource,
  check,
  command,
  gate,
  sh,
  systemdUnit,
  type Check,
  type ParamMistake,
  type ParamsOf,
  type RoleContext,
  type Task,
} from 'netplay'
import { calicoctlOf, configPath } from '../calico/calicoctl.js'
import { execWords, runtimeOf } from '../calico/runtime.js'
import { etcdCluster } from '../etcd-cluster.js'
import { etcdPreconditions } from '../etcd-preconditions.js'
import { isFirst } from '../first-host.js'
import { binaryPresent } from '../flannel/host-preconditions.js'
import { uplinkOf } from '../flannel/iface.js'
import { deadHosts, deadPreconditions, leavingGroup, leavingMistakes, noPods } from '../leaving.js'
import { bgpSessions } from './checks.js'
import { conflistName, networkName } from './cni.js'
import { forgottenNodes, mayLeave, type LeavingNode } from './forgotten.js'
import type { paramsSchema } from './params.js'
import { containerName, envPath, removeWords, unitName } from './unit.js'

type Context = RoleContext<ParamsOf<typeof paramsSchema>>

/** What the inventory says against it: members of etcd and reflectors have another duty first. */
export function leaveMistakes(context: Context): ParamMistake[] {
  const { host, groups, part } = context
  const given = host.vars.get('route_reflector_group')
  const reflectors = groups[typeof given === 'string' ? given : 'route_reflectors'] ?? []
  const isReflector = part === 'leave' && reflectors.some(({ name }) => name === host.name)
  return [
    ...leavingMistakes(context, etcdCluster(context).endpoints),
    ...(isReflector ? [{ problem: `${host.name} leaves the cluster and is a route reflector`, next: reflectorHint }] : []),
  ]
}

const reflectorHint =
  'Take it out of group route_reflectors and run playbooks/calico-route-reflectors.yml first: that moves every session with the data path held. Nothing was changed.'

const nodeNameOf = ({ host, params }: Context): string => params.node_name ?? host.name

/** Names in calico of hosts of the inventory. */
const namesOf = (hosts: readonly Pick<Context['host'], 'name' | 'vars'>[]): string[] =>
  hosts.map(({ name, vars }) => {
    const given = vars.get('calico_node_name')
    return typeof given === 'string' ? given : name
  })

export const leavePreconditions = (context: Context): Check[] => [
  ...clusterPreconditions(context),
  check('the node may leave', mayLeave, {
    cluster: etcdCluster(context),
    leaving: [{ nodeName: nodeNameOf(context), address: uplinkOf(context.host, context.params.iface).address, isDead: false }],
    hint: reflectorHint,
  }),
  podsGone(context),
]

const clusterPreconditions = (context: Context): Check[] => [
  ...etcdPreconditions(etcdCluster(context)),
  check('calicoctl is installed', binaryPresent, { path: context.params.calicoctl_path, variable: 'calico_calicoctl' }),
]

const podsGone = ({ host, params }: Context): Check =>
  check('the host is drained', noPods, {
    host: host.name,
    network: networkName,
    links: [],
    prefix: 'cali',
    mayStay: params.leave_with_pods,
    variable: 'calico_node_leave_with_pods',
  })

/**
 * calico leaves the host: no new pods, calico/node stopped, then its Node: while it runs it would make that again. `calicoctl delete node` gives its
 * blocks and addresses back too, and takes BGPPeers and configurations away that name it. Source: networking.md 4.6; libcalico-go clientv3/node.go.
 * calicoctl and its configuration stay, as programs, plugins and kernel settings do.
 */
export function leaveTasks(context: Context): Task[] {
  const { params } = context
  const nodeName = nodeNameOf(context)
  return [
    absent('No CNI configuration', { path: `${params.cni_conf_dir}/${conflistName}` }),
    gate(podsGone(context), { timeoutMs: 1_000 }),
    systemdUnit('Stop calico/node', { name: unitName, enabled: false, active: false }),
    nodeGone(context, nodeName),
    gate(check('The cluster has forgotten this node', forgottenNodes, forgottenParams(context, [nodeName])), { timeoutMs: 10_000 }),
    routesGone(context),
    absent('No calico.service', { path: `/etc/systemd/system/${unitName}` }),
    absent('No calico.env', { path: envPath }),
    absent('No name of this node', { path: '/var/lib/calico/nodename' }),
  ]
}

function nodeGone(context: Context, name: string): Task {
  const { params } = context
  const title = `No node ${name} in the cluster`
  if (params.profile === 'current')
    return calicoResource(title, { cluster: etcdCluster(context), calicoctl: calicoctlOf(params), kind: 'Node', name, set: null })
  const call = (verb: string) => sh`timeout 20 ${params.calicoctl_path} ${verb} node ${name} ${`--config=${configPath}`}`
  return command(title, {
    shows: `calicoctl delete node ${name}: its keys, blocks and addresses`,
    // Whatever else it says, a dead etcd among it, does not mean that the node is gone.
    done: String(sh`said=$(${call('get')} 2>&1) && exit 1; case $said in *'does not exist'*) ;; *) exit 1 ;; esac`),
    run: String(call('delete')),
    // It registers itself when it starts again.
    undo: String(sh`:`),
  })
}

/** BIRD and Felix leave their routes when they stop. They make them again when they start. */
function routesGone({ host, params }: Context): Task {
  const routes = sh`{ ip -4 route show root ${params.pod_cidr} proto 12; ip -4 route show root ${params.pod_cidr} proto 80; }`
  const removal = removeWords(runtimeOf(host, params.container_runtime))
  return command('No routes, tunnel and container of calico', {
    shows: `ip route flush root ${params.pod_cidr} (protocols 12 and 80); ip link delete vxlan.calico; the stopped container`,
    done: String(sh`! ${routes} | grep -q . && ! ip link show dev vxlan.calico >/dev/null 2>&1`),
    run: String(sh`
      for proto in 12 80; do
        ! ip -4 route show root ${params.pod_cidr} proto "$proto" | grep -q . || ip -4 route flush root ${params.pod_cidr} proto "$proto"
      done
      ! ip link show dev vxlan.calico >/dev/null 2>&1 || ip link delete vxlan.calico
      ${removal} >/dev/null 2>&1 || :`),
    undo: String(sh`:`),
  })
}

export function forgetPreconditions(context: Context): Check[] {
  const dead = deadHosts(context)
  const leaving = namesOf(dead).map((nodeName, i): LeavingNode => ({ nodeName, address: dead[i]!.address, isDead: true }))
  return [
    ...clusterPreconditions(context),
    ...(dead.length === 0
      ? []
      : [check('the dead nodes may leave', mayLeave, { cluster: etcdCluster(context), leaving, hint: reflectorHint })]),
    ...deadPreconditions(dead),
  ]
}

/** On hosts that stay: dead nodes are deleted, and no session and route leads to a node that has left. */
export function forgetTasks(context: Context): Task[] {
  const dead = context.params.profile === 'current' || isFirst(context.host, context.peers) ? namesOf(deadHosts(context)) : []
  return [...dead.map(name => nodeGone(context, name)), ...forgetChecks(context).map(each => gate(each, { timeoutMs: 60_000 }))]
}

export function forgetChecks(context: Context): Check[] {
  const { host, params, groups } = context
  const cluster = etcdCluster(context)
  const left = namesOf([...(groups[leavingGroup] ?? []), ...deadHosts(context)])
  const sessions = {
    cluster,
    nodeName: nodeNameOf(context),
    exec: execWords(runtimeOf(host, params.container_runtime), containerName),
    profile: params.profile,
    down: namesOf(context.absent),
  }
  return [
    check('No route to a node that has left', forgottenNodes, forgottenParams(context, left)),
    ...(params.encapsulation.startsWith('vxlan') ? [] : [check('BGP sessions are those that are configured', bgpSessions, sessions)]),
  ]
}

const forgottenParams = (context: Context, left: string[]) => ({ cluster: etcdCluster(context), podCidr: context.params.pod_cidr, left })
