import { sh, type CheckKind, type EtcdCluster } from 'netplay'
import { calicoReads, viewOf, type CalicoView } from '../calico/view.js'

export interface LeavingNode {
  nodeName: string
  address: string
  /** nothing can be stopped on it, nor moved away from it in an orderly way */
  isDead: boolean
}

/** A node that others depend on does not leave: a reflector, or one that somebody peers with by its address. */
export const mayLeave: CheckKind<{ cluster: EtcdCluster; leaving: LeavingNode[]; hint: string }> = {
  kind: 'may-leave',
  scope: 'host',
  clusterReads: calicoReads,
  verdict: ({ cluster, leaving, hint }, { etcd }) => {
    const view = viewOf(cluster, etcd)
    for (const node of leaving) {
      const peer = view.peers.find(({ peerIp }) => peerIp === node.address)
      if (peer !== undefined && !isOthers(view, node))
        return {
          holds: false,
          reason: `BGPPeer ${peer.name} peers with ${node.address}, the address of ${node.nodeName}`,
          next:
            cluster.api === 'v2'
              ? hint
              : `Give its peers another one first, then: calicoctl delete bgppeer ${peer.name}. Nothing was changed.`,
        }
      const problem = reflectorProblem(view, node)
      if (problem !== undefined) return { holds: false, reason: problem, next: hint }
    }
    const named = view.peers.filter(({ node }) => node !== undefined && leaving.some(({ nodeName }) => nodeName === node))
    return named.length === 0
      ? { holds: true }
      : { holds: true, warning: `with their nodes calicoctl takes away: BGPPeer ${named.map(({ name }) => name).join(', ')}` }
  },
}

/** Another node has the address by now. */
const isOthers = ({ nodes }: CalicoView, { nodeName, address }: LeavingNode) =>
  nodes.some(node => node.address === address && node.name !== nodeName)

function reflectorProblem({ nodes, isMeshOn }: CalicoView, { nodeName, isDead }: LeavingNode): string | undefined {
  if (nodes.find(({ name }) => name === nodeName)?.clusterId === undefined) return undefined
  if (!isDead) return `${nodeName} is a route reflector`
  const others = nodes.filter(({ name, clusterId }) => name !== nodeName && clusterId !== undefined)
  return others.length > 0 || isMeshOn ? undefined : `${nodeName} is the only route reflector, and there is no mesh`
}

export interface ForgottenParams {
  cluster: EtcdCluster
  podCidr: string
  /** nodes that have left */
  left: string[]
}

/**
 * Nothing in the cluster and no route of this host is of a node that has left. A block or an address that another node has by now is that node's: so
 * what counts is what etcd says of it, and not who had it.
 */
export const forgottenNodes: CheckKind<ForgottenParams> = {
  kind: 'forgotten-nodes',
  scope: 'host',
  clusterReads: calicoReads,
  probe: ({ podCidr }) => sh`ip -4 route show root ${podCidr}`,
  verdict: ({ cluster, left }, { etcd }, { output }) => {
    const view = viewOf(cluster, etcd)
    const problem = leftInEtcd(view, left) ?? strayRoute(view, output)
    return problem === undefined
      ? { holds: true, detail: `${view.nodes.length} nodes` }
      : { holds: false, reason: problem, next: 'See `journalctl -u calico.service -n 50` on the host, and `calicoctl ipam check`.' }
  },
}

function leftInEtcd({ nodes, blocks, peers }: CalicoView, left: readonly string[]): string | undefined {
  const node = nodes.find(({ name }) => left.includes(name))
  if (node !== undefined) return `node ${node.name} is still in etcd`
  const block = blocks.find(each => left.includes(each.node))
  if (block !== undefined) return `block ${block.cidr} is still ${block.node}'s`
  const peer = peers.find(each => each.node !== undefined && left.includes(each.node))
  return peer && `BGPPeer ${peer.name} is still there, of node ${peer.node}`
}

/** Routes to blocks are of blocks that a node has, and single addresses that a node took from another's block go to a node. */
function strayRoute({ nodes, blocks }: CalicoView, routes: string): string | undefined {
  const cidrs = new Set(blocks.map(({ cidr }) => cidr.replace(/\/32$/, '')))
  const addresses = new Set(nodes.flatMap(({ address }) => address ?? []))
  const stray = routes.split('\n').find(line => {
    const [, to = '', via] = /^(\S+) via (\S+) /.exec(line) ?? []
    if (via === undefined || cidrs.has(to)) return false
    return to.includes('/') || (line.includes(' proto bird ') && !addresses.has(via))
  })
  return stray && `a route leads to a block that no node has: ${stray.trim()}`
}
