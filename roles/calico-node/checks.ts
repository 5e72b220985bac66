import { sh, type CheckKind, type EtcdCluster, type Verdict } from 'netplay'
import { unitLook, unitProblem } from '../unit-stable.js'
import { birdSessions, isRecovering, type BirdSession } from '../calico/bird.js'
import { isIn, parseRange } from '../flannel/addresses.js'
import { sectionsOf } from '../flannel/verdict.js'
import { expectedSessions, type Session } from '../calico/sessions.js'
import { calicoReads, viewOf, type CalicoView } from '../calico/view.js'

export interface NodeCheckParams {
  cluster: EtcdCluster
  nodeName: string
  /** words that run a program in the container */
  exec: string[]
  profile: 'current' | 'classic'
  /** nodes that did not answer, or are declared away: their sessions and blocks are not waited for */
  down?: string[]
  /** addresses of hosts that are declared away: a reflector of 2017 is no node */
  away?: string[]
}

export const seeJournal = 'See `journalctl -u calico.service -n 50` on the host.'
export const bad = (reason: string, evidence?: string, next: string = seeJournal): Verdict => ({
  holds: false,
  reason,
  ...(evidence ? { evidence } : {}),
  next,
})

/** The container runs, and what is in it says that it is ready. Source: networking.md 3.2; classic has no readiness command. */
export const nodeReady: CheckKind<NodeCheckParams> = {
  kind: 'node-ready',
  scope: 'host',
  probe: ({ exec, profile }) => sh`
    echo --unit
    ${unitLook('calico.service')}
    echo --nodename
    cat /var/lib/calico/nodename 2>/dev/null; echo
    echo --ready
    ${profile === 'current' ? sh`timeout 20 ${exec} /bin/calico-node -felix-ready -bird-ready 2>&1 || echo "status $?"` : sh`timeout 20 ${exec} birdcl -s /var/run/calico/bird.ctl show status 2>&1 || echo "status $?"`}`,
  verdict: ({ nodeName, profile }, _seen, { output }) => {
    const sections = sectionsOf(output)
    const text = (name: string) => sections.get(name)?.trim() ?? ''
    const stopped = unitProblem('calico.service', text('unit'))
    if (stopped !== undefined) return bad(stopped)
    const ready = text('ready')
    if (/^status \d+$/m.test(ready)) return bad(`calico/node is not ready: ${ready.replace(/\s*status \d+$/m, '') || 'it does not answer'}`)
    const told = text('nodename')
    if (profile === 'current' && told !== nodeName)
      return bad(`/var/lib/calico/nodename says ${told || 'nothing'}, the inventory ${nodeName}`)
    return { holds: true }
  },
}

/** Exactly the sessions that the configuration asks for, each established: "at least one" is what calico itself calls ready. */
export const bgpSessions: CheckKind<NodeCheckParams> = {
  kind: 'bgp-sessions',
  scope: 'host',
  clusterReads: calicoReads,
  probe: ({ exec }) => sh`
    echo --protocols
    timeout 20 ${exec} birdcl -s /var/run/calico/bird.ctl show protocols 2>&1 || echo "status $?"
    echo --status
    timeout 20 ${exec} birdcl -s /var/run/calico/bird.ctl show status 2>&1 || :`,
  verdict: ({ cluster, nodeName, down = [], away = [] }, { etcd }, { output }) => {
    const sections = sectionsOf(output)
    const protocols = sections.get('protocols') ?? ''
    const view = viewOf(cluster, etcd)
    const expected = expectedSessions(view, nodeName)
    const ofNodes = view.nodes.flatMap(({ name, address }) => (address !== undefined && down.includes(name) ? [address] : []))
    const problem = sessionProblem(expected, birdSessions(protocols), [...ofNodes, ...away])
    if (problem !== undefined) return bad(problem, protocols.trim())
    if (isRecovering(sections.get('status') ?? '')) return bad('BIRD still recovers from a restart (graceful restart)')
    return { holds: true, detail: `${expected.length} sessions` }
  },
}

/** @param away addresses that nothing answers at @returns what is missing, not established, or more than there should be */
export function sessionProblem(
  expected: readonly Session[],
  found: readonly BirdSession[],
  away: readonly string[] = [],
): string | undefined {
  for (const { protocol, address } of expected.filter(session => !away.includes(session.address))) {
    const session = found.find(({ name }) => name === protocol)
    if (session === undefined) return `no session ${protocol} with ${address}`
    if (!session.isEstablished) return `session ${protocol} with ${address} is not established: ${session.info}`
  }
  const extra = found.find(({ name }) => !expected.some(({ protocol }) => protocol === name))
  return extra === undefined ? undefined : `session ${extra.name} is there, and nothing asks for it any more`
}

/** One route for every block of every other node; own blocks are blackholes, and there is none to a block that nobody has. BIRD's are protocol 12, Felix's 80. Source: networking.md 2.4, 3.2. */
export const blockRoutes: CheckKind<NodeCheckParams> = {
  kind: 'block-routes',
  scope: 'host',
  clusterReads: calicoReads,
  probe: () => sh`ip -4 route show`,
  verdict: ({ cluster, nodeName, down = [] }, { etcd }, { output }) => {
    const view = viewOf(cluster, etcd)
    const missing = missingRoutes(view, nodeName, output).filter(({ node }) => !down.includes(node))
    if (missing.length === 0) {
      const warning = oddRoutes(view, nodeName, output).join('; ')
      return { holds: true, detail: `${view.blocks.length} blocks`, ...(warning === '' ? {} : { warning }) }
    }
    const [first] = missing
    return bad(
      `no route to ${first!.cidr} of ${first!.node}${missing.length > 1 ? `, nor to ${missing.length - 1} other blocks` : ''}`,
      output.trim(),
    )
  },
}

export const missingRoutes = ({ blocks, nodes }: CalicoView, own: string, routes: string) =>
  blocks.filter(({ cidr, node }) => {
    // A block whose node is gone is what IPAM has to clear away: nobody announces it.
    if (node === own || !nodes.some(({ name }) => name === node)) return false
    const text = parseRange(cidr)?.prefixLength === 32 ? cidr.replace(/\/32$/, '') : cidr
    return !routes.split('\n').some(line => line.startsWith(`${text} `) && / (via|dev) /.test(line))
  })

/** Routes that lose nothing of what pods send each other, and should not be as they are. */
function oddRoutes({ blocks, nodes, pools }: CalicoView, own: string, output: string): string[] {
  const lines = output.split('\n')
  const open = blocks.filter(({ cidr, node }) => node === own && !lines.some(line => line.startsWith(`blackhole ${cidr} `)))
  const left = lines.filter(line => {
    const [to = '', via] = line.split(' ')
    const size = Number(to.split('/')[1])
    const known = blocks.some(({ cidr, node }) => cidr === to && nodes.some(({ name }) => name === node))
    return via === 'via' && !known && pools.some(pool => !pool.isDisabled && pool.blockSize === size && isIn(pool.cidr, to))
  })
  return [
    ...open.map(({ cidr }) => `the own block ${cidr} has no blackhole: packets to addresses that no pod has leave the host again`),
    ...left.map(line => `a route leads to a block that no node has: ${line.trim()}`),
  ]
}
