import calico from '../../roles/calico-node/role.js'
import { forgottenNodes, mayLeave } from '../../roles/calico-node/forgotten.js'
import { forgottenRoutes } from '../../roles/flannel/forgotten-routes.js'
import flannel from '../../roles/flannel/role.js'
import { deadHosts, nobodyAnswers, noPods } from '../../roles/leaving.js'
import type { EtcdValue } from '../../src/etcd.js'
import type { RoleContext, RoleHost } from '../../src/playbook/role.js'
import type { Seen, Verdict } from '../../src/resources/resource.js'
import { asText, bareHost, contextOf, desiredOf, flannelParams } from './role-context.js'
import { mistakesOf } from '../../src/playbook/schema.js'
import { paramsSchema } from '../../roles/calico-node/params.js'

const seen = (etcd: EtcdValue[] = []): Seen => ({ host: 'n1', hosts: ['n1', 'n2'], setups: {}, etcd })
const reasonOf = (verdict: Verdict) => (verdict.holds ? 'holds' : verdict.reason)
const replied = (output: string) => ({ output, exit: 0 })
const cluster = { api: 'v3' as const, endpoints: [] }
const at = (key: string, value: unknown): EtcdValue => ({ key, value: JSON.stringify(value), revision: 1 })

const hosts = [1, 2, 3, 4].map(number => bareHost(number)) as [RoleHost, RoleHost, RoleHost, RoleHost]
const gone = (host: RoleHost, reason = 'burnt until 2999-01-01') => ({ ...host, groups: ['nodes', 'leaving'], reason })
interface Given {
  part: 'leave' | 'forget'
  on?: RoleHost
  leaving?: RoleHost[]
  nodes?: RoleHost[]
  absent?: RoleContext['absent']
  reflectors?: RoleHost[]
}
/** n1 carries etcd. */
function context<P>(params: P, { part, on = hosts[2], leaving = [], nodes = hosts, absent = [], reflectors = [] }: Given): RoleContext<P> {
  const grouped = (host: RoleHost) => ({ ...host, groups: [...host.groups, ...(host.name === 'n1' ? ['etcd'] : [])] })
  const groups = { nodes, etcd: [hosts[0]], leaving, route_reflectors: reflectors }
  return { ...contextOf(params, [grouped(on), ...nodes.filter(({ name }) => name !== on.name)], part), groups, absent }
}
const calicoParams = (given: Record<string, unknown> = {}) => {
  const params = { pod_cidr: '172.30.0.0/16', ...given }
  expect(mistakesOf(paramsSchema, params, { fillDefaults: true })).toEqual([])
  return params as never
}
const ofFlannel = (given: Given) => context(flannelParams(), given)
const ofCalico = (given: Given, params: Record<string, unknown> = {}) =>
  context(calicoParams(params), {
    ...given,
    on: { ...(given.on ?? hosts[2]), facts: { ...hosts[2].facts!, docker: 'running', tools: { docker: true } } as never },
  })

describe('the tasks where a host leaves', () => {
  test('flannel: no new pods, the daemon, then its lease, and what is left of it', () => {
    expect(asText(flannel.tasks(ofFlannel({ part: 'leave', leaving: [hosts[2]] })))).toEqual([
      'absent file:/etc/cni/net.d/10-flannel.conflist No CNI configuration',
      'gate no-pods the host is drained',
      'systemd-unit unit:flannel.service Stop flanneld',
      'absent-keys absent-keys:etcd3:/coreos.com/network/subnets/?PublicIP=198.18.0.13 Give back the lease of n3',
      'absent file:/run/flannel/subnet.env No subnet of this host',
      'command No bridge, tunnel and routes of pods',
      'command No firewall rules of flanneld',
      'absent file:/etc/systemd/system/flannel.service No flannel.service',
      'systemd-unit unit:netplay-forward.service Accept pod traffic no more at boot',
      'absent file:/etc/systemd/system/netplay-forward.service No unit that accepts it',
      'absent file:/usr/local/sbin/netplay-forward No script that accepts it',
      'command Accept forwarded pod traffic no more',
    ])
  })

  test('calico: no new pods, calico/node, then its Node', () => {
    const leave = (profile: string) => asText(calico.tasks(ofCalico({ part: 'leave', leaving: [hosts[2]] }, { profile })))
    expect(leave('current')).toEqual([
      'absent file:/etc/cni/net.d/10-calico.conflist No CNI configuration',
      'gate no-pods the host is drained',
      'systemd-unit unit:calico.service Stop calico/node',
      'calico-resource calico:Node/n3 No node n3 in the cluster',
      'gate forgotten-nodes The cluster has forgotten this node',
      'command No routes, tunnel and container of calico',
      'absent file:/etc/systemd/system/calico.service No calico.service',
      'absent file:/etc/calico/calico.env No calico.env',
      'absent file:/var/lib/calico/nodename No name of this node',
    ])
    expect(leave('classic')[3]).toBe('command No node n3 in the cluster')
    expect(desiredOf(calico.tasks(ofCalico({ part: 'leave' }, { profile: 'classic' })), 'No node n3 in the cluster')['run']).toBe(
      'timeout 20 /usr/local/bin/calicoctl delete node n3 --config=/etc/calico/calicoctl.cfg',
    )
  })
})

describe('a host that is dead', () => {
  const dead = [gone(hosts[3])]
  const staying = hosts.slice(0, 3)

  test('is one of group leaving that is declared away', () => {
    const elsewhere = { ...hosts[2], groups: ['nodes'], reason: 'on a holiday until 2999-01-01' }
    expect(deadHosts({ absent: [elsewhere, ...dead], groups: { nodes: staying } }).map(({ name }) => name)).toEqual(['n4'])
  })

  test('leaves through those that stay: its lease and its Node', () => {
    const given = { part: 'forget' as const, nodes: staying, absent: dead }
    expect(asText(flannel.tasks(ofFlannel(given)))).toEqual([
      'absent-keys absent-keys:etcd3:/coreos.com/network/subnets/?PublicIP=198.18.0.14 Give back the lease of n4',
      'gate forgotten-routes No route to a host that has left',
    ])
    expect(asText(calico.tasks(ofCalico(given)))).toEqual([
      'calico-resource calico:Node/n4 No node n4 in the cluster',
      'gate forgotten-nodes No route to a node that has left',
      'gate bgp-sessions BGP sessions are those that are configured',
    ])
  })

  test('profile classic deletes it once, on one host: its calicoctl knows no revisions', () => {
    const onHost = (on: RoleHost) => {
      const made = ofCalico({ part: 'forget', on, nodes: staying, absent: dead }, { profile: 'classic' })
      return asText(calico.tasks({ ...made, peers: staying })).filter(line => line.startsWith('command'))
    }
    expect([onHost(hosts[0]), onHost(hosts[1])]).toEqual([['command No node n4 in the cluster'], []])
  })

  test('whose address another host has by now: the lease is that one’s, the Node is not', () => {
    const heir = { ...bareHost(4), name: 'n5' }
    const given = { part: 'forget' as const, nodes: [...staying, heir], absent: dead }
    expect(asText(flannel.tasks(ofFlannel(given)))).toEqual(['gate forgotten-routes No route to a host that has left'])
    expect(asText(calico.tasks(ofCalico(given)))[0]).toBe('calico-resource calico:Node/n4 No node n4 in the cluster')
    const asked = (role: typeof flannel.preconditions) => role!(ofFlannel(given) as never).map(({ kind }) => kind.kind)
    expect(asked(flannel.preconditions)).not.toContain('nobody-answers')
  })

  test('is not taken away while somebody answers at its address', () => {
    const params = { dead: [{ name: 'n4', address: '198.18.0.14' }] }
    expect(reasonOf(nobodyAnswers.verdict(params, seen(), replied('')))).toBe('holds')
    expect(reasonOf(nobodyAnswers.verdict(params, seen(), replied('198.18.0.14\n')))).toBe(
      'n4 is declared away, and somebody answers at its address 198.18.0.14',
    )
  })
})

describe('refused before any host is asked', () => {
  const told = (role: { mistakes?: (context: never) => { problem: string }[] }, made: unknown) =>
    role.mistakes!(made as never).map(({ problem }) => problem)

  test('a member of etcd, by its group and by its endpoint, dead or alive', () => {
    const problem = (name: string) => `${name} leaves the cluster and is a member of its etcd`
    expect(told(flannel, ofFlannel({ part: 'leave', on: hosts[0], leaving: [hosts[0]] }))).toEqual([problem('n1')])
    const listed = flannelParams({ etcd_endpoints: ['https://198.18.0.13:2379'] })
    expect(told(flannel, context(listed, { part: 'leave', leaving: [hosts[2]] }))).toEqual([problem('n3')])
    const dead = { ...gone(hosts[3]), groups: ['nodes', 'etcd', 'leaving'] }
    expect(told(flannel, ofFlannel({ part: 'forget', nodes: hosts.slice(0, 3), absent: [dead] }))).toEqual([problem('n4')])
  })

  test('a route reflector', () => {
    const given = { part: 'leave' as const, leaving: [hosts[2]] }
    expect(told(calico, ofCalico({ ...given, reflectors: [hosts[1], hosts[2]] }))).toEqual([
      'n3 leaves the cluster and is a route reflector',
    ])
    expect(told(calico, ofCalico({ ...given, reflectors: [hosts[1]] }))).toEqual([])
  })

  test('one machine under two names', () => {
    const twin = { ...bareHost(3), name: 'new-n3' }
    expect(told(flannel, ofFlannel({ part: 'leave', leaving: [hosts[2]], nodes: [...hosts, twin] }))).toEqual([
      'n3 leaves and new-n3 stays, and both are 198.18.0.13: it is one machine',
    ])
  })

  test('nobody at all is a warning', () => {
    expect(told(flannel, ofFlannel({ part: 'forget' }))).toEqual(['no host is in group "leaving": nothing leaves'])
    expect(told(flannel, ofFlannel({ part: 'forget', leaving: [hosts[3]] }))).toEqual([])
  })
})

describe('pods', () => {
  const params = { host: 'n3', network: 'cbr0', links: ['master', 'cni0'], prefix: 'veth', mayStay: false, variable: 'x_leave_with_pods' }
  test.each([
    ['none', '', 'holds'],
    ['what a crash left of names', 'pod default/web-1\n', 'holds'],
    ['other links of the host', 'link eth0\nlink lo\n', 'holds'],
    ['one', 'link veth1\npod default/web-1\n', 'a pod runs on n3: default/web-1'],
    ['two without names', 'link veth1\nlink veth2\n', '2 pods run on n3: veth1, veth2'],
    [
      'many',
      Array.from({ length: 10 }, (_, i) => `link veth${i}\npod p/${i}\n`).join(''),
      '10 pods run on n3: p/0, p/1, p/2, p/3, p/4, p/5, p/6, p/7 and 2 more',
    ],
  ])('%s', (_, output, told) => expect(reasonOf(noPods.verdict(params, seen(), replied(output)))).toBe(told))

  test('may lose their network where the admin says so', () => {
    expect(noPods.verdict({ ...params, mayStay: true }, seen(), replied('link veth1\n'))).toEqual({
      holds: true,
      warning: 'a pod runs on n3 and will have no network: veth1',
    })
  })
})

describe('routes of flannel', () => {
  const lease = (subnet: string, publicIp: string) =>
    at(`/coreos.com/network/subnets/${subnet}-24`, { PublicIP: publicIp, BackendType: 'vxlan' })
  const params = { cluster, prefix: '/coreos.com/network', network: '10.244.0.0/16', vni: 1 }
  const judged = (routes: string[], fdb: string[], leases: EtcdValue[]) =>
    reasonOf(forgottenRoutes.verdict(params, seen(leases), replied(`--routes\n${routes.join('\n')}\n--fdb\n${fdb.join('\n')}\n`)))
  const own = '10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1 '
  const to = (subnet: string) => `${subnet}/24 via ${subnet} dev flannel.1 onlink `
  const entry = (address: string) => `02:00:00:00:00:01 dst ${address} self permanent`

  test('are all of leases that are there', () => {
    expect(judged([own, to('10.244.2.0')], [entry('198.18.0.12')], [lease('10.244.2.0', '198.18.0.12')])).toBe('holds')
    expect(judged([own, to('10.244.3.0')], [], [lease('10.244.2.0', '198.18.0.12')])).toMatch(
      /^a route leads to a subnet that no host has: 10\.244\.3\.0\/24 via/,
    )
    expect(judged([own], [entry('198.18.0.13')], [lease('10.244.2.0', '198.18.0.12')])).toMatch(
      /^the tunnel leads to a host that has no subnet/,
    )
  })

  test('a subnet and an address that another host has by now are that one’s', () => {
    expect(judged([to('10.244.3.0')], [entry('198.18.0.13')], [lease('10.244.3.0', '198.18.0.13')])).toBe('holds')
  })
})

describe('nodes of calico', () => {
  const resource = (kind: string, plural: string, name: string, spec: object) =>
    at(`/calico/resources/v3/projectcalico.org/${plural}/${name}`, { kind, metadata: { name }, spec })
  const node = (number: number, bgp: object = {}) =>
    resource('Node', 'nodes', `n${number}`, { bgp: { ipv4Address: `198.18.0.1${number}/24`, ...bgp } })
  const peer = (name: string, spec: object) => resource('BGPPeer', 'bgppeers', name, spec)
  const meshOff = resource('BGPConfiguration', 'bgpconfigurations', 'default', { nodeToNodeMeshEnabled: false })
  const block = (name: string, cidr: string) => at(`/calico/ipam/v2/host/${name}/ipv4/block/${cidr.replace('/', '-')}`, {})
  const leaving = (number: number, isDead = false) => ({ nodeName: `n${number}`, address: `198.18.0.1${number}`, isDead })
  const judged = (etcd: EtcdValue[], ...nodes: ReturnType<typeof leaving>[]) =>
    mayLeave.verdict({ cluster, leaving: nodes, hint: 'hint' }, seen(etcd), replied(''))
  const reflects = { routeReflectorClusterID: '224.0.0.1' }

  test('that nobody depends on may leave; what goes along is told', () => {
    expect(judged([node(1), node(2)], leaving(2))).toEqual({ holds: true })
    expect(judged([node(1), peer('tor', { node: 'n2', peerIP: '10.0.0.1' })], leaving(2))).toEqual({
      holds: true,
      warning: 'with their nodes calicoctl takes away: BGPPeer tor',
    })
  })

  test.each([
    ['a reflector', [node(1, reflects), node(2)], leaving(1), 'n1 is a route reflector'],
    [
      'a dead one that is the last',
      [node(1, reflects), node(2), meshOff],
      leaving(1, true),
      'n1 is the only route reflector, and there is no mesh',
    ],
    ['a dead one beside another', [node(1, reflects), node(2, reflects), meshOff], leaving(1, true), 'holds'],
    [
      'one that is somebody’s peer',
      [node(1), node(2), peer('x', { peerIP: '198.18.0.12' })],
      leaving(2),
      'BGPPeer x peers with 198.18.0.12, the address of n2',
    ],
    [
      'a peer’s address that is another node’s by now',
      [node(2, { ipv4Address: '198.18.0.14/24' }), peer('x', { peerIP: '198.18.0.14' })],
      leaving(4, true),
      'holds',
    ],
  ])('%s', (_, etcd, one, told) => expect(reasonOf(judged(etcd, one))).toBe(told))

  const forgotten = (etcd: EtcdValue[], routes: string[] = []) =>
    reasonOf(forgottenNodes.verdict({ cluster, podCidr: '172.30.0.0/16', left: ['n4'] }, seen(etcd), replied(routes.join('\n'))))
  test.each([
    ['all gone', [node(1), node(2), block('n2', '172.30.2.0/26')], ['172.30.2.0/26 via 198.18.0.12 dev host0 proto bird '], 'holds'],
    ['its Node', [node(4)], [], 'node n4 is still in etcd'],
    ['its block', [block('n4', '172.30.4.0/26')], [], "block 172.30.4.0/26 is still n4's"],
    ['its peer', [peer('tor', { node: 'n4', peerIP: '10.0.0.1' })], [], 'BGPPeer tor is still there, of node n4'],
    [
      'a route',
      [node(1)],
      ['172.30.4.0/26 via 198.18.0.14 dev host0 proto bird '],
      'a route leads to a block that no node has: 172.30.4.0/26 via 198.18.0.14 dev host0 proto bird',
    ],
    ['own block and own pods', [node(1)], ['blackhole 172.30.1.0/26 proto bird', '172.30.1.3 dev cali1 scope link'], 'holds'],
    ['an address that n2 has of another’s block', [node(2)], ['172.30.4.7 via 198.18.0.12 dev host0 proto bird '], 'holds'],
    [
      'an address that n4 had of another’s block',
      [node(2)],
      ['172.30.2.7 via 198.18.0.14 dev host0 proto bird '],
      'a route leads to a block that no node has: 172.30.2.7 via 198.18.0.14 dev host0 proto bird',
    ],
    [
      'its block that n2 has by now',
      [node(2), block('n2', '172.30.4.0/26')],
      ['172.30.4.0/26 via 198.18.0.12 dev host0 proto bird '],
      'holds',
    ],
  ])('%s', (_, etcd, routes, told) => expect(forgotten(etcd, routes)).toBe(told))
})
