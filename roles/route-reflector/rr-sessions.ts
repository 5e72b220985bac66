import { sh, type CheckKind, type EtcdCluster } from 'netplay'
import { bad } from '../calico-node/checks.js'
import { birdSessions } from '../calico/bird.js'
import { calicoReads, viewOf } from '../calico/view.js'

export interface RrSessionsParams {
  cluster: EtcdCluster
  /** words that run a program in the reflector's container */
  exec: string[]
  /** nodes that did not answer, or are declared away: their sessions are not waited for */
  down: string[]
}

/** Of a reflector of 2017: one session a node. Its socket is bird's own in that image. Source: networking.md 3.3. */
export const rrSessions: CheckKind<RrSessionsParams> = {
  kind: 'rr-sessions',
  scope: 'host',
  clusterReads: calicoReads,
  probe: ({ exec }) =>
    sh`timeout 20 ${exec} birdcl show protocols 2>&1 || timeout 20 ${exec} birdcl -s /var/run/bird.ctl show protocols 2>&1 || echo "status $?"`,
  verdict: ({ cluster, down }, { etcd }, { output }) => {
    const sessions = birdSessions(output)
    const nodes = viewOf(cluster, etcd).nodes.filter(({ name }) => !down.includes(name))
    const missing = nodes.find(
      ({ address }) =>
        address !== undefined && !sessions.some(({ name, isEstablished }) => isEstablished && name.endsWith(suffixOf(address))),
    )
    if (missing === undefined) return { holds: true, detail: `${nodes.length} nodes` }
    const names = sessions.map(({ name, info }) => `${name} ${info}`)
    return bad(
      `the reflector has no established session with ${missing.name} (${missing.address}); it has ${names.join(', ') || 'none'}`,
      output.trim(),
      'See `journalctl -u calico-rr.service -n 50` on the host.',
    )
  },
}

/** The whole address: 198.18.0.1 is not a part of 198.18.0.11's. */
const suffixOf = (address: string) => `_${address.replaceAll('.', '_')}`
