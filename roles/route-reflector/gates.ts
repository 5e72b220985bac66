import { sh, type CheckKind, type EtcdCluster } from 'netplay'
import { bad, missingRoutes } from '../calico-node/checks.js'
import { birdSessions, isRecovering } from '../calico/bird.js'
import { expectedSessions } from '../calico/sessions.js'
import { calicoReads, viewOf, type CalicoView } from '../calico/view.js'
import { sectionsOf } from '../flannel/verdict.js'

export interface ReflectedParams {
  cluster: EtcdCluster
  nodeName: string
  exec: string[]
  /** nodes that did not answer when the plan was made: what they would say is not waited for */
  down: string[]
}

const look = ({ exec }: Pick<ReflectedParams, 'exec'>) => sh`
  echo --protocols
  timeout 20 ${exec} birdcl -s /var/run/calico/bird.ctl show protocols 2>&1 || echo "status $?"
  echo --status
  timeout 20 ${exec} birdcl -s /var/run/calico/bird.ctl show status 2>&1 || :
  echo --routes
  ip -4 route show`

/** A reflector has a session with every node that answers, and no restart is under way. */
export const reflectorSessions: CheckKind<ReflectedParams> = {
  kind: 'reflector-sessions',
  scope: 'host',
  clusterReads: calicoReads,
  probe: look,
  verdict: ({ cluster, nodeName, down }, { etcd }, { output }) => {
    const view = viewOf(cluster, etcd)
    const sections = sectionsOf(output)
    const protocols = sections.get('protocols') ?? ''
    const sessions = birdSessions(protocols)
    const wanted = expectedSessions(view, nodeName).filter(({ address }) => !isDown(view, down, address))
    const missing = wanted.find(({ protocol }) => !sessions.some(({ name, isEstablished }) => name === protocol && isEstablished))
    if (wanted.length === 0) return bad(`${nodeName} has no sessions to reflect: nothing in etcd asks for any`, protocols.trim())
    if (missing !== undefined) {
      const found = sessions.find(({ name }) => name === missing.protocol)
      return bad(
        `reflector ${nodeName}: session ${missing.protocol} with ${nameOf(view, missing.address)} is not established: ${found?.info ?? 'it is not there'}`,
        protocols.trim(),
      )
    }
    if (isRecovering(sections.get('status') ?? '')) return bad('BIRD still recovers from a restart (graceful restart)')
    return { holds: true, detail: `${wanted.length} sessions` }
  },
}

/** Each node that answers has an established session with every reflector, and a route to every block: only then can the mesh go. */
export const everyReflector: CheckKind<ReflectedParams & { reflectors: string[] }> = {
  kind: 'every-reflector',
  scope: 'play',
  clusterReads: calicoReads,
  probe: look,
  verdict: ({ cluster, nodeName, down, reflectors }, { etcd }, { output }) => {
    const view = viewOf(cluster, etcd)
    const sections = sectionsOf(output)
    const protocols = sections.get('protocols') ?? ''
    const established = birdSessions(protocols).filter(({ isEstablished }) => isEstablished)
    const missing = reflectors.find(
      address => !isOwn(view, nodeName, address) && !established.some(({ name }) => name.endsWith(suffixOf(address))),
    )
    if (missing !== undefined)
      return bad(`${nodeName} has no established session with reflector ${nameOf(view, missing)}`, protocols.trim())
    const gone = missingRoutes(view, nodeName, sections.get('routes') ?? '').find(({ node }) => !down.includes(node))
    if (gone !== undefined) return bad(`${nodeName} has no route to ${gone.cidr} of ${gone.node}`)
    return { holds: true, detail: `${reflectors.length} reflectors` }
  },
}

export interface LookedAtParams {
  cluster: EtcdCluster
  /** nodes of this play that answered */
  seen: string[]
  /** declared away by the inventory */
  absent: string[]
}

/** Every node of the cluster was looked at. One that was not may lose its last session with the mesh: what was done so far may stay. */
export const everyNodeSeen: CheckKind<LookedAtParams> = {
  kind: 'every-node-seen',
  scope: 'play',
  clusterReads: calicoReads,
  verdict: ({ cluster, seen, absent }, { etcd }) => {
    const blind = viewOf(cluster, etcd).nodes.filter(({ name }) => !seen.includes(name) && !absent.includes(name))
    if (blind.length === 0) return { holds: true }
    const names = blind.map(({ name }) => name).join(', ')
    return {
      holds: false,
      stops: true,
      reason: `${names} did not answer: nobody can see that ${blind.length === 1 ? 'it has' : 'they have'} a session with every reflector. The reflectors are there, the mesh stays on`,
      next: `Bring ${names} back and run again, or declare it away in the inventory: netplay_absent="WHY until YYYY-MM-DD".`,
    }
  },
}

/** P18: between different AS numbers no reflector's session comes up, and BIRD refuses "Only internal neighbor can be RR client". */
export const oneAs: CheckKind<{ cluster: EtcdCluster; asNumber: number }> = {
  kind: 'one-as',
  scope: 'host',
  clusterReads: calicoReads,
  probe: () => sh`:`,
  verdict: ({ cluster, asNumber }, { etcd }) => {
    const { asNumber: ofCluster, nodes, peers } = viewOf(cluster, etcd)
    const told = (who: string, as: number) =>
      bad(
        `${who} has AS ${as}, the nodes have ${asNumber}: reflectors would never have a session`,
        undefined,
        'Give all one AS (calico_as_number) before any peer is made; nothing was written.',
      )
    if (nodes.length > 0 && ofCluster !== asNumber && nodes.some(({ asNumber: own }) => own === undefined))
      return told('the cluster', ofCluster)
    const node = nodes.find(({ asNumber: own }) => own !== undefined && own !== asNumber)
    if (node !== undefined) return told(`node ${node.name}`, node.asNumber!)
    const reflectors = peers.find(
      ({ peerIp, asNumber: own }) => peerIp !== undefined && own !== undefined && own !== asNumber && cluster.api === 'v2',
    )
    return reflectors === undefined ? { holds: true } : told(`peer ${reflectors.name}`, reflectors.asNumber!)
  },
}

const suffixOf = (address: string) => `_${address.replaceAll('.', '_')}`
const nameOf = ({ nodes }: CalicoView, address: string) => {
  const node = nodes.find(candidate => candidate.address === address)
  return node === undefined ? address : `${node.name} (${address})`
}
const isOwn = ({ nodes }: CalicoView, own: string, address: string) => nodes.some(({ name, address: at }) => name === own && at === address)
const isDown = ({ nodes }: CalicoView, down: readonly string[], address: string) =>
  nodes.some(({ name, address: at }) => at === address && down.includes(name))
