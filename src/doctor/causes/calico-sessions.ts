import { blind, found, type Cause } from '../cause.js'
import { calicoDataOf } from '../calico-data.js'
import { inData, where, backendOf, speaksBgp, isOfCluster } from '../calico-judge.js'
import type { CalicoData } from '../calico-model.js'

export const noPeers: Cause = {
  id: 'P05',
  title: 'No session at all: the mesh is off, and no peer was created (`calicoctl delete` for `create`)',
  looksAt: 'the mesh switch and BGP peers in etcd',
  role: 'route-reflector',
  of: 'cluster',
  detect: fleet =>
    inData(fleet, data =>
      data.isMesh || data.peers.length > 0 || !speaksBgp(fleet)
        ? undefined
        : found(
            'The node-to-node mesh is off and there is no BGP peer: no node has a session with any other, and routes to pods are gone',
            [
              { text: 'nodeToNodeMesh off', where: where(data, data.meshKey) },
              { text: '(no BGPPeer)', where: `etcd /calico (${data.api} API)` },
            ],
            'Turn the mesh on again first; then create the peers (calicoctl apply), wait for their sessions, and only then turn it off.',
          ),
    ),
}

export const staleMesh: Cause = {
  id: 'P13',
  title: 'The mesh is off, and a calico/node still holds sessions of it',
  looksAt: '`birdcl show protocols` in the container of calico/node, against the mesh switch in etcd',
  role: 'route-reflector',
  of: 'host',
  detect: (host, fleet) => {
    const { calico } = host
    if (calico?.node === undefined && calico?.container === undefined) return undefined
    const data = fleet.etcd.flatMap(etcd => calicoDataOf(etcd, fleet) ?? [])[0]
    if (data === undefined) return inData(fleet, () => undefined)
    if (data.isMesh || backendOf(host) !== 'bird') return undefined
    if ((calico.container?.bird ?? []).length === 0) return blind(`containers that ${host.name} does not run`)
    const stale = calico.container!.bird.filter(line => /^\s*(1002-)?\s*Mesh_/.test(line))
    if (stale.length === 0) return undefined
    return found(
      'The node-to-node mesh is off, and this node still holds its sessions: it has not taken up the change',
      [
        ...stale.slice(0, 3).map(line => ({ text: line.trim(), where: calico.container!.asks.bird })),
        { text: 'nodeToNodeMesh off', where: where(data, data.meshKey) },
      ],
      'Restart calico/node here, host by host and only where Mesh_ sessions remain.',
    )
  },
}

export const otherAs: Cause = {
  id: 'P18',
  title: 'A reflector or node is a peer under another AS number than the nodes have',
  looksAt: 'AS numbers of the cluster, of nodes, and of peers that are nodes or reflectors of this cluster',
  unseen: 'peers outside the cluster: another AS may be meant there',
  role: 'route-reflector',
  of: 'cluster',
  detect: fleet =>
    inData(fleet, data => {
      const wrong = data.peers.find(
        ({ ip, asNumber }) => asNumber !== undefined && ip !== '' && isOfCluster(ip, data, fleet) && asNumber !== asOf(data, ip),
      )
      if (wrong === undefined) return undefined
      return found(
        `${wrong.ip} is a peer with AS ${wrong.asNumber}, and the nodes have AS ${asOf(data, wrong.ip)}: the session is never established`,
        [
          { text: `${wrong.ip} as ${wrong.asNumber}`, where: where(data, wrong.key) },
          { text: `AS ${data.asNumber}${data.asNumber === 64512 ? ' (default)' : ''}`, where: where(data, data.asKey) },
        ],
        'One AS everywhere: give the peer the AS of the nodes.',
      )
    }),
}

const asOf = (data: CalicoData, ip: string) => data.nodes.find(({ network }) => network.split('/')[0] === ip)?.asNumber ?? data.asNumber

export const oneReflector: Cause = {
  id: 'P25',
  title: '',
  looksAt: 'how many reflectors there are while the mesh is off',
  role: 'route-reflector',
  of: 'cluster',
  detect: fleet =>
    inData(fleet, data => {
      const inNodes = data.nodes.filter(({ isReflector }) => isReflector)
      const beside = new Set([
        ...data.reflectors.map(({ ip }) => ip),
        ...data.peers.flatMap(({ ip }) => (ip === '' || inNodes.length > 0 ? [] : [ip])),
      ])
      if (data.isMesh || inNodes.length + beside.size !== 1 || data.nodes.length < 2) return undefined
      const name = inNodes[0]?.name ?? [...beside][0]!
      return found(
        `${name} is the only route reflector, and the mesh is off: when it goes, all routes between hosts go with it`,
        [
          {
            text: inNodes[0] === undefined ? `peer ${name}` : `${name} routeReflectorClusterID`,
            where: where(data, inNodes[0]?.key ?? data.peers[0]?.key ?? data.reflectors[0]!.key),
          },
          { text: 'nodeToNodeMesh off', where: where(data, data.meshKey) },
        ],
        'Have two, on hosts that do not fail together.',
      )
    }),
}
