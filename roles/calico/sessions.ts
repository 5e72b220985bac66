import type { CalicoNode, CalicoPeer, CalicoView } from './view.js'
import { selects } from './selector.js'

/** A BGP session as BIRD names it: `Mesh_198_18_0_12`, `Node_…`, `Global_…`. */
export interface Session {
  protocol: string
  address: string
}

/**
 * The sessions that BIRD of one node must have, from what is configured: the mesh without the reflectors, and what every BGPPeer gives this node,
 * forward and backward. Measured: networking.md 4.4, "Session names"; a pair with a reflector has the `Node_` one alone.
 * @throws SelectorError a selector that is not known here
 */
export function expectedSessions(view: CalicoView, name: string): Session[] {
  const own = view.nodes.find(node => node.name === name)
  if (own?.address === undefined) return []
  const peered = view.peers.flatMap(peer => sessionsOf(view, peer, own))
  const found = new Map<string, Session>()
  for (const session of [...meshOf(view, own), ...peered]) found.set(session.address, session)
  found.delete(own.address)
  return [...found.values()]
}

const meshOf = ({ isMeshOn, nodes }: CalicoView, own: CalicoNode): Session[] =>
  isMeshOn && own.clusterId === undefined
    ? nodes.flatMap(({ address, clusterId }) => (address === undefined || clusterId !== undefined ? [] : [named('Mesh', address)]))
    : []

function sessionsOf({ nodes }: CalicoView, peer: CalicoPeer, own: CalicoNode): Session[] {
  const { peerIp, peerSelector } = peer
  const type = peer.node === undefined && peer.nodeSelector === undefined && peerIp !== undefined ? 'Global' : 'Node'
  if (peerSelector === undefined) return isLocal(peer, own) && peerIp !== undefined ? [named(type, peerIp)] : []
  const chosen = (node: CalicoNode) => selects(peerSelector, node.labels)
  const forward = isLocal(peer, own) ? nodes.filter(chosen) : []
  const backward = chosen(own) ? nodes.filter(node => isLocal(peer, node)) : []
  return [...forward, ...backward].flatMap(({ address }) => (address === undefined ? [] : [named(type, address)]))
}

const isLocal = ({ node, nodeSelector }: CalicoPeer, own: CalicoNode): boolean =>
  node !== undefined ? node === own.name : nodeSelector === undefined || selects(nodeSelector, own.labels)

const named = (type: 'Mesh' | 'Node' | 'Global', address: string): Session => ({
  protocol: `${type}_${address.replaceAll('.', '_')}`,
  address,
})
