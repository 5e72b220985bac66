import { clockPreconditions } from '../../roles/clocks.js'
import flannel from '../../roles/flannel/role.js'
import { leasesFit, seededNetwork } from '../../roles/flannel/etcd-state.js'
import { uplinkOf } from '../../roles/flannel/iface.js'
import { cniFolder, foldersWritable, pluginsPresent, portsFree } from '../../roles/flannel/host-preconditions.js'
import { reversePath } from '../../roles/flannel/reverse-path.js'
import type { RoleHost } from '../../src/playbook/role.js'
import type { Verdict } from '../../src/resources/resource.js'
import { bareHost, contextOf, flannelParams, link } from './role-context.js'

const nothing = { host: 'n1', hosts: ['n1'], setups: {}, etcd: [] }
const reasonOf = (verdict: Verdict) => (verdict.holds ? 'holds' : verdict.reason)

/** The first precondition on the facts that does not hold on n1: `title: reason`, or `holds`. */
function judged(given: Record<string, unknown>, hosts: RoleHost[]): string {
  const checks = flannel.preconditions!(contextOf(flannelParams(given), hosts)).filter(({ kind }) => kind.kind === 'known')
  const bad = checks.map(({ title, kind, params }) => ({ title, verdict: kind.verdict(params as never, nothing, { output: '', exit: 0 }) }))
  const [first] = bad.filter(({ verdict }) => !verdict.holds)
  return first === undefined ? 'holds' : `${first.title}: ${reasonOf(first.verdict)}`
}

const host0 = (address: string, more: Partial<ReturnType<typeof link>> = {}) => ({
  ...link('host0', '02:00:00:00:00:09', address, 24),
  ...more,
})
const lo = link('lo', '', '127.0.0.1', 8)
const hostGw = { backend: 'host-gw' }
/** n2 in another segment. */
const far = { ...bareHost(2, { interfaces: [lo, host0('198.18.1.12')] }), address: '198.18.1.12' }

describe('preconditions on facts', () => {
  test.each<[string, Record<string, unknown>, RoleHost[], string]>([
    ['three bare hosts', {}, [bareHost(1), bareHost(2), bareHost(3)], 'holds'],
    ['three bare hosts, host-gw', hostGw, [bareHost(1), bareHost(2)], 'holds'],
    [
      'host-gw and a router between',
      hostGw,
      [bareHost(1), far],
      "every host is a neighbour (host-gw): n2 (198.18.1.12) is not in n1's subnet 198.18.0.11/24 on host0; host-gw cannot route across a router",
    ],
    ['vxlan and a router between', {}, [bareHost(1), far], 'holds'],
    [
      'host-gw over a second link that is in one subnet',
      { ...hostGw, iface: 'eth1' },
      [1, 2].map(n => ({
        ...bareHost(
          n,
          {
            interfaces: [
              lo,
              host0(`198.18.${n}.9`, { mac: `02:00:00:00:00:0${n}` }),
              link('eth1', `02:00:00:00:01:0${n}`, `10.9.0.${n}`, 24),
            ],
          },
          { flannel_iface: 'eth1' },
        ),
        address: `198.18.${n}.9`,
      })),
      'holds',
    ],
    ['another process 1', {}, [bareHost(1, { init: 'init' })], 'the host can run flannel: n1 does not run systemd: its process 1 is init'],
    [
      'no root',
      {},
      [bareHost(1, { uid: 1000 })],
      'the host can run flannel: on n1 commands do not run as root (user id 1000): use --become',
    ],
    ['no iptables and no ping', {}, [bareHost(1, { tools: { ip: true } })], 'the host can run flannel: n1 has no iptables, no ping'],
    [
      'a link that is down',
      {},
      [bareHost(1, { interfaces: [lo, host0('198.18.0.11', { isUp: false })] })],
      'the host can run flannel: host0 of n1 is down',
    ],
    [
      'a bridge of docker in the pod network',
      {},
      [bareHost(1, { interfaces: [lo, host0('198.18.0.11'), link('docker0', '', '10.244.1.1', 24)] })],
      'the pod network is free: 10.244.0.0/16 overlaps 10.244.1.1/24 on docker0 of n1',
    ],
    [
      'a wider route over the pod network',
      {},
      [bareHost(1, { routes: [{ to: '10.0.0.0/8', via: '198.18.0.1', dev: 'host0', metric: 0 }] })],
      'the pod network is free: 10.244.0.0/16 overlaps the route to 10.0.0.0/8 on n1 (host0)',
    ],
    [
      'a route to a part of the pod network by another way',
      {},
      [bareHost(1, { routes: [{ to: '10.244.7.0/24', via: '172.16.0.1', dev: 'wg0', metric: 0 }] })],
      'the pod network is free: 10.244.0.0/16 overlaps the route to 10.244.7.0/24 on n1 (wg0)',
    ],
    [
      "flannel's own device, bridge and routes",
      {},
      [
        bareHost(1, {
          interfaces: [lo, host0('198.18.0.11'), link('cni0', '', '10.244.5.1', 24), link('flannel.1', '', '10.244.5.0', 32)],
          routes: [
            { to: '10.244.7.0/24', via: '10.244.7.0', dev: 'flannel.1', metric: 0 },
            { to: '10.244.8.0/24', via: '198.18.0.12', dev: 'host0', metric: 0 },
          ],
        }),
      ],
      'holds',
    ],
    [
      'a bridge of another pod network',
      {},
      [bareHost(1, { interfaces: [lo, host0('198.18.0.11'), link('cni0', '', '10.200.5.1', 24)] })],
      'the pod network is free: cni0 of n1 has 10.200.5.1/24, which is not in 10.244.0.0/16: another pod network was here',
    ],
    [
      'hosts in the pod network',
      { network: '198.18.0.0/16' },
      [bareHost(1), bareHost(2)],
      'the pod network is free: 198.18.0.0/16 has 198.18.0.11 of n1 in it',
    ],
    [
      'three subnets for four hosts',
      { network: '10.244.0.0/22' },
      [1, 2, 3, 4].map(n => bareHost(n)),
      'the pod network has a subnet for every host: 10.244.0.0/22 has 3 subnets of /24 for 4 hosts',
    ],
    ['three subnets for three hosts', { network: '10.244.0.0/22' }, [1, 2, 3].map(n => bareHost(n)), 'holds'],
    [
      'subnets of nearly the whole network',
      { network: '10.244.0.0/23' },
      [bareHost(1)],
      'the pod network has a subnet for every host: subnet_len 24 must be at least 25 in 10.244.0.0/23',
    ],
    [
      'an address for a network',
      { network: '10.244.3.0/16' },
      [bareHost(1)],
      "the pod network has a subnet for every host: 10.244.3.0/16 is not the network's first address: write 10.244.0.0/16",
    ],
    [
      'bounds that leave one subnet',
      { subnet_min: '10.244.10.0', subnet_max: '10.244.10.0' },
      [bareHost(1), bareHost(2)],
      'the pod network has a subnet for every host: 10.244.0.0/16 has 1 subnets of /24 for 2 hosts',
    ],
    [
      'a bound outside',
      { subnet_min: '10.245.0.0' },
      [bareHost(1)],
      'the pod network has a subnet for every host: subnet_min 10.245.0.0 is not in 10.244.0.0/16',
    ],
    [
      'a bound inside a subnet',
      { subnet_max: '10.244.9.7' },
      [bareHost(1)],
      'the pod network has a subnet for every host: subnet_max 10.244.9.7 is not the first address of a /24',
    ],
    [
      'cloned hosts',
      {},
      [bareHost(1), bareHost(2, { machineId: '1'.repeat(32) })],
      `hosts are told apart: n1 and n2 have one machine-id, ${'1'.repeat(32)}: clones`,
    ],
    ['one hostname', {}, [bareHost(1), bareHost(2, { hostname: 'n1' })], 'hosts are told apart: n1 and n2 have one hostname, n1: clones'],
    [
      'one MAC address',
      {},
      [bareHost(1), bareHost(2, { interfaces: [lo, host0('198.18.0.12', { mac: '02:00:00:00:00:01' })] })],
      'hosts are told apart: n1 and n2 have one MAC address, 02:00:00:00:00:01',
    ],
    ['a peer that did not answer', hostGw, [bareHost(1), { ...bareHost(2), facts: undefined }], 'holds'],
  ])('%s', (_what, given, hosts, told) => {
    expect(judged(given, hosts)).toBe(told)
  })

  const warningsOf = (hosts: RoleHost[]) =>
    flannel.preconditions!(contextOf(flannelParams(), hosts))
      .filter(({ kind }) => kind.kind === 'known')
      .flatMap(({ title, kind, params }) => {
        const verdict = kind.verdict(params, nothing, { output: '', exit: 0 })
        return verdict.holds && verdict.warning !== undefined ? [`${title}: ${verdict.warning}`] : []
      })
  const withClock = (number: number, aheadMs: number, plusMinusMs = 100) => bareHost(number, { clockOffset: { aheadMs, plusMinusMs } })

  test('jumbo frames on one host only are a warning, the same on every host', () => {
    const hosts = [bareHost(1), bareHost(2, { interfaces: [lo, host0('198.18.0.12', { mtu: 9000 })] }), bareHost(3)]
    expect(warningsOf(hosts)).toEqual([
      'the links of all hosts have one MTU: they have 1500 (n1, n3) and 9000 (n2): large packets of one pod may be more than another host takes; give the links one MTU',
    ])
    expect(warningsOf([hosts[1]!, hosts[0]!, hosts[2]!])).toEqual(warningsOf(hosts))
  })

  test.each([
    ['that agree', [withClock(1, -7_200_000), withClock(2, -7_200_500)], []],
    ['29 s apart', [withClock(1, 0), withClock(2, 29_000)], []],
    [
      '31 s apart',
      [withClock(1, 0), withClock(2, 31_000)],
      ['the clocks agree: of these hosts the clock of n2 is at least 30.8 s ahead of that of n1: see that NTP runs on both'],
    ],
    ['31 s apart as far as slow answers tell', [withClock(1, 0, 2_000), withClock(2, 31_000, 2_000)], []],
    ['nobody knows', [bareHost(1), bareHost(2)], []],
  ])('clocks %s', (_what, hosts, told) => {
    expect(warningsOf(hosts)).toEqual(told)
  })

  test('clocks of members of etcd must be closer together', () => {
    const members = [withClock(1, 0), withClock(2, 1_500)]
    const warning = (hosts: RoleHost[]) => (clockPreconditions({ hosts, members: hosts })[0]!.params as { warning?: string }).warning
    expect(warning(members)).toMatch(/^of these members of etcd the clock of n2 is at least 1\.3 s ahead of that of n1/)
    expect(warning([withClock(1, 0), withClock(2, 900)])).toBeUndefined()
  })

  test("the cluster's services have their own network", () => {
    const context = contextOf(flannelParams(), [bareHost(1)])
    const vars = (name: string) => (name === 'kube_service_addresses' ? '10.96.0.0/12, 10.244.128.0/20' : undefined)
    const free = flannel.preconditions!({ ...context, vars }).find(({ title }) => title === 'the pod network is free')!
    expect(free.params).toMatchObject({
      problem: "10.244.0.0/16 overlaps 10.244.128.0/20, where the cluster's services have their addresses",
    })
  })

  test('the interface of a peer is that of its own parameters, whoever gave them', () => {
    const two = (number: number) =>
      bareHost(number, { interfaces: [lo, host0(`198.18.0.1${number}`), link('eth1', '', `10.${number}.0.1`, 24)] })
    const context = {
      ...contextOf(flannelParams({ backend: 'host-gw', iface: 'eth1' }), [two(1), two(2)]),
      paramsOf: () => flannelParams({ iface: 'eth1' }),
    }
    const neighbours = flannel.preconditions!(context).find(({ title }) => title.startsWith('every host is a neighbour'))!
    expect(neighbours.params).toMatchObject({ problem: expect.stringContaining('n2 (10.2.0.1) is not in') })
  })

  test('the interface is found on each host by name, by address or by its own address', () => {
    const two = bareHost(1, { interfaces: [lo, host0('198.18.0.11'), link('eth1', '', '10.9.0.1', 16, 9000)] })
    expect([undefined, 'eth1', '10.9.0.1'].map(iface => uplinkOf(two, iface))).toMatchObject([
      { name: 'host0', address: '198.18.0.11', mtu: 1500 },
      { name: 'eth1', address: '10.9.0.1', prefixLength: 16, mtu: 9000 },
      { name: 'eth1' },
    ])
    expect(() => uplinkOf(two, 'ens3')).toThrow('no interface of n1 is or has ens3; it has lo 127.0.0.1, host0 198.18.0.11, eth1 10.9.0.1')
    expect(() => uplinkOf({ ...two, address: 'n1.example' }, undefined)).toThrow('set ansible_host to the address')
  })
})

describe('preconditions on what etcd holds', () => {
  const cluster = { api: 'v3' as const, endpoints: ['https://198.18.0.11:2379'] }
  const at = (key: string, value: string | null) => ({ key, value, revision: 1 })

  test.each<[string | null, string]>([
    [null, 'holds'],
    ['{"Network":"10.244.0.0/16","Backend":{"Type":"host-gw"}}', 'holds'],
    ['{"Network":"10.200.0.0/16"}', 'etcd says Network "10.200.0.0/16" in /p/config, the inventory says 10.244.0.0/16'],
    ['{Network:10.200.0.0/16', '/p/config holds no JSON: {Network:10.200.0.0/16'],
  ])('the key %s', (value, told) => {
    const params = { cluster, key: '/p/config', network: '10.244.0.0/16' }
    expect(reasonOf(seededNetwork.verdict(params, { ...nothing, etcd: [at('/p/config', value)] }, { output: '', exit: 0 }))).toBe(told)
  })

  const leaseOf = (subnet: string, publicIp: string) =>
    at(`/p/subnets/${subnet.replace('/', '-')}`, `{"PublicIP":"${publicIp}","BackendType":"vxlan"}`)
  test.each<[string, Record<string, string>, ReturnType<typeof at>[], string]>([
    ['none', {}, [], 'holds'],
    ['of two hosts', {}, [leaseOf('10.244.5.0/24', '198.18.0.11'), leaseOf('10.244.6.0/24', '198.18.0.12')], 'holds'],
    [
      'two of one host',
      {},
      [leaseOf('10.244.5.0/24', '198.18.0.11'), leaseOf('10.244.6.0/24', '198.18.0.11')],
      '2 leases for 198.18.0.11: 10.244.5.0/24, 10.244.6.0/24',
    ],
    [
      'of a host that nobody named, behind a router, for host-gw',
      { backend: 'host-gw' },
      [leaseOf('10.244.6.0/24', '10.1.1.1')],
      "10.1.1.1 (10.244.6.0/24) has a lease and is not in this host's subnet 198.18.0.11/24; host-gw cannot route across a router",
    ],
    ['of that host, for vxlan', {}, [leaseOf('10.244.6.0/24', '10.1.1.1')], 'holds'],
    [
      'of another subnet than the bridge has',
      { cni0: '10.244.9.1/24' },
      [leaseOf('10.244.5.0/24', '198.18.0.11')],
      "cni0 has 10.244.9.1/24, and the host's lease is 10.244.5.0/24: no pod could be made",
    ],
    ['of the subnet that the bridge has', { cni0: '10.244.5.1/24' }, [leaseOf('10.244.5.0/24', '198.18.0.11')], 'holds'],
  ])('leases: %s', (_what, given, etcd, told) => {
    const params = { cluster, prefix: '/p', backend: 'vxlan' as const, uplink: '198.18.0.11/24', ...given }
    expect(reasonOf(leasesFit.verdict(params, { ...nothing, etcd }, { output: '', exit: 0 }))).toBe(told)
  })
})

describe('preconditions on what a host answers', () => {
  const ports = { vni: 1, port: 8472, healthzPort: 10258 }
  test.each<[string, typeof ports | { healthzPort: number }, string]>([
    ['', ports, 'holds'],
    ['vxlan flannel.1 1 8472\ntcp flanneld\n', ports, 'holds'],
    ['vxlan vxlan.calico 4096 4789\n', ports, 'holds'],
    ['vxlan vx0 1 8472\n', ports, 'vx0 has VNI 1 and UDP port 8472 already'],
    ['udp named\n', ports, 'UDP port 8472 is taken by named'],
    ['tcp kube-scheduler\n', ports, 'TCP port 10258 is taken by kube-scheduler'],
    ['vxlan vx0 1 8472\n', { healthzPort: 0 }, 'holds'],
  ])('ports: %j', (output, params, told) => {
    expect(reasonOf(portsFree.verdict(params, nothing, { output, exit: 0 }))).toBe(told)
  })

  test.each([
    ['all 0\ndefault 0\nhost0 0\n', 'holds'],
    ['all 2\ndefault 1\nhost0 1\n', 'holds'],
    ['all 1\ndefault 2\nhost0 2\n', 'holds'],
    ['all 0\ndefault 2\nhost0 1\n', 'rp_filter is strict (1) for host0: packets would be dropped while the backend changes'],
    ['all 0\ndefault 1\nhost0 0\n', 'rp_filter is strict (1) for new devices: packets would be dropped while the backend changes'],
  ])('the reverse path filter: %j', (output, told) => {
    expect(reasonOf(reversePath.verdict({ uplink: 'host0' }, nothing, { output, exit: 0 }))).toBe(told)
  })

  test('another CNI configuration, missing plugins and folders that cannot be written to are named', () => {
    const told = (output: string) => ({ output, exit: 0 })
    const folder = { folder: '/etc/cni/net.d', ours: '10-flannel.conflist' }
    expect(reasonOf(cniFolder.verdict(folder, nothing, told('10-flannel.conflist\n')))).toBe('holds')
    expect(reasonOf(cniFolder.verdict(folder, nothing, told('10-flannel.conflist\n87-podman.conflist\n')))).toBe(
      'another CNI configuration is in /etc/cni/net.d: 87-podman.conflist',
    )
    const plugins = { folders: ['/opt/cni/bin', '/usr/lib/cni'], names: ['bridge', 'flannel'] }
    expect(reasonOf(pluginsPresent.verdict(plugins, nothing, told('flannel\n')))).toBe(
      'CNI plugins are missing in /opt/cni/bin and /usr/lib/cni: flannel',
    )
    const writable = { folders: ['/etc'], programs: ['/usr/local/bin'] }
    expect(reasonOf(foldersWritable.verdict(writable, nothing, told('/etc cannot be written to\n/etc cannot be written to\n')))).toBe(
      '/etc cannot be written to',
    )
  })
})
