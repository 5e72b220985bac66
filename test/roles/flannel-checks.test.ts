import { readFileSync } from 'node:fs'
import { peerRoutes } from '../../roles/flannel/checks.js'
import { cniReady } from '../../roles/flannel/cni-check.js'
import { podsForwarded } from '../../roles/flannel/forward-check.js'
import { daemonHealth } from '../../roles/flannel/health.js'
import { knownLeases, leaseChecks } from '../../roles/flannel/known-leases.js'
import { parseLeases } from '../../roles/flannel/leases.js'
import { ownLease } from '../../roles/flannel/own-lease.js'
import { podPings } from '../../roles/flannel/pod-pings.js'
import { profileFits } from '../../roles/flannel/version.js'
import type { EtcdValue } from '../../src/etcd.js'
import type { Seen, Verdict } from '../../src/resources/resource.js'
import { bareHost, contextOf, flannelParams } from './role-context.js'

const sample = (name: string) => readFileSync(new URL(`../fixtures/flannel/${name}`, import.meta.url), 'utf8')
const leases = (backend: string): EtcdValue[] =>
  (JSON.parse(sample(`etcd-leases-${backend}.json`)) as EtcdValue[]).map(value => ({ ...value, revision: 1 }))
const seen = (etcd: EtcdValue[] = []): Seen => ({ host: 'n1', hosts: ['n1', 'n2', 'n3'], setups: {}, etcd })
const reasonOf = (verdict: Verdict) => (verdict.holds ? 'holds' : verdict.reason)
const warningOf = (verdict: Verdict) => (verdict.holds ? verdict.warning : `does not hold: ${verdict.reason}`)
const replied = (output: string) => ({ output, exit: 0 })

const prefix = '/coreos.com/network'
const own = { cluster: { api: 'v3' as const, endpoints: [] }, prefix, network: '10.244.0.0/16', address: '198.18.0.11', vni: 1 }

describe('leases', () => {
  test('are read from the keys as flanneld writes them', () => {
    const lines = sample('etcd-keys-vxlan.txt').trim().split('\n')
    const values = lines.flatMap((key, i) => (i % 2 === 0 ? [{ key, value: lines[i + 1]!, revision: 1 }] : []))
    expect(parseLeases(values, prefix)).toEqual([
      { subnet: '10.244.27.0/24', publicIp: '198.18.0.11', backendType: 'vxlan', vtepMac: 'ee:00:ef:06:78:5e' },
      { subnet: '10.244.47.0/24', publicIp: '198.18.0.13', backendType: 'vxlan', vtepMac: '72:2c:7d:00:a4:f8' },
    ])
  })

  test('what is no lease is none', () => {
    const at = (key: string, value: string | null) => ({ key, value, revision: 1 })
    expect(
      parseLeases(
        [
          at(`${prefix}/subnets/10.244.1.0-24`, '{'),
          at(`${prefix}/subnets/x`, '{}'),
          at(`${prefix}/config`, '{}'),
          at('/other/subnets/10.244.1.0-24', '{}'),
        ],
        prefix,
      ),
    ).toEqual([])
  })
})

describe.each(['vxlan', 'host-gw'] as const)('a healthy host with %s, as it was recorded', backend => {
  const health = {
    network: '10.244.0.0/16',
    backend,
    address: '198.18.0.11',
    podMtu: backend === 'vxlan' ? 1450 : 1500,
    vni: 1,
    port: 8472,
    healthzPort: 10258,
  }
  const recorded = (probe: string) => sample(`probe-${probe}-${backend}.txt`)
  const healthOf = (output: string, given: Partial<typeof health> = {}) =>
    reasonOf(daemonHealth.verdict({ ...health, ...given }, seen(), replied(output)))
  const routesOf = (output: string, etcd = leases(backend)) =>
    reasonOf(peerRoutes.verdict({ ...own, backend }, seen(etcd), replied(output)))

  test('holds', () => {
    expect(healthOf(recorded('daemon-health'))).toBe('holds')
    expect(reasonOf(ownLease.verdict({ ...own, backend }, seen(leases(backend)), replied(recorded('own-lease'))))).toBe('holds')
    expect(peerRoutes.verdict({ ...own, backend }, seen(leases(backend)), replied(recorded('peer-routes')))).toEqual({
      holds: true,
      detail: '2 peers',
    })
    expect(reasonOf(podsForwarded.verdict({ network: '10.244.0.0/16', ipMasq: true }, seen(), replied(recorded('pods-forwarded'))))).toBe(
      'holds',
    )
  })

  test('does not, once the daemon, its file or its answer is another', () => {
    const output = recorded('daemon-health')
    expect(healthOf(output.replace('ActiveState=active', 'ActiveState=failed'))).toBe('flannel.service is failed')
    expect(healthOf(output.replace('\n200\n', '\ncurl: (7) Failed to connect\n'))).toBe(
      'flanneld does not say that it is healthy: curl: (7) Failed to connect',
    )
    expect(healthOf(output, { network: '10.200.0.0/16' })).toBe(
      '/run/flannel/subnet.env says network 10.244.0.0/16, the inventory 10.200.0.0/16',
    )
    expect(healthOf(output, { podMtu: 8950 })).toMatch(/says MTU 1[45][05]0, the link leaves 8950 for pods/)
  })

  test('does not, once a route is missing or goes another way', () => {
    const output = recorded('peer-routes')
    const [, second] = leases(backend).filter(({ value }) => !value!.includes('198.18.0.11'))
    const subnet = `${/subnets\/(.*)-24$/.exec(second!.key)![1]}/24`
    expect(routesOf(output.replace(`${subnet} via`, '10.99.0.0/24 via'))).toMatch(
      new RegExp(`^no route to ${subnet} of 198\\.18\\.0\\.1[23]$`),
    )
    expect(routesOf(output.replace(new RegExp(`${subnet} via .*`), `${subnet} via 198.18.0.1 dev host0 `))).toMatch(
      backend === 'vxlan' ? /does not go over flannel\.1/ : /does not go via 198\.18\.0\.1[23]/,
    )
  })

  test('holds, and a device or route that is left of what was before is told', () => {
    const health_ = (output: string) => warningOf(daemonHealth.verdict(health, seen(), replied(output)))
    const output = recorded('daemon-health')
    expect(health_(output)).toBeUndefined()
    expect(health_(output.replace('--journal', '--tunnels\nflannel.1\nflannel.7\n--journal'))).toBe(
      backend === 'vxlan'
        ? 'left of another VNI: flannel.7 (ip link delete)'
        : 'left of backend vxlan: flannel.1, flannel.7 (ip link delete)',
    )
    const more = (route: string) => `${recorded('peer-routes').replace('--routes\n', `--routes\n${route}\n`)}`
    const routes_ = (route: string) => warningOf(peerRoutes.verdict({ ...own, backend }, seen(leases(backend)), replied(more(route))))
    expect(routes_('10.244.99.0/24 via 198.18.0.19 dev host0 ')).toBe(
      'a route leads to a subnet that no host has: 10.244.99.0/24 via 198.18.0.19 dev host0',
    )
    expect(routes_('10.99.0.0/24 via 198.18.0.1 dev host0')).toBeUndefined()
    expect(routes_('10.244.99.0/24 dev cni0 proto kernel scope link')).toBeUndefined()
  })

  test('keeps its old route to a host that has not changed its backend yet', () => {
    const mixed = leases(backend).map(lease => ({
      ...lease,
      value: lease.value!.replace(/"BackendType":"[^"]*"/, '"BackendType":"other"'),
    }))
    expect(routesOf(recorded('peer-routes').replaceAll(/via \S+ dev \S+/g, 'via 198.18.0.99 dev host0'), mixed)).toBe('holds')
  })
})

describe('a tunnel', () => {
  const output = sample('probe-daemon-health-vxlan.txt')
  const health = {
    network: '10.244.0.0/16',
    backend: 'vxlan' as const,
    address: '198.18.0.11',
    podMtu: 1450,
    vni: 1,
    port: 8472,
    healthzPort: 0,
  }
  const healthOf = (text: string) => reasonOf(daemonHealth.verdict(health, seen(), replied(text)))
  const routesOf = (text: string) => reasonOf(peerRoutes.verdict({ ...own, backend: 'vxlan' }, seen(leases('vxlan')), replied(text)))

  test.each([
    [/\d+: flannel\.1: .*\n/, '', 'there is no device flannel.1'],
    [/,UP,LOWER_UP/, '', 'flannel.1 is down'],
    [/vxlan id 1 /, 'vxlan id 2 ', 'flannel.1 has VNI 2, not 1'],
    [/dstport 8472/, 'dstport 4789', 'flannel.1 sends to UDP port 4789, not 8472'],
    [/local 198\.18\.0\.11/, 'local 10.0.0.1', 'flannel.1 sends from 10.0.0.1, not 198.18.0.11'],
  ])('whose device is not right: %s', (from, to, told) => {
    expect(healthOf(output.replace(from, to))).toBe(told)
  })

  test('whose neighbour or forwarding entry is missing', () => {
    const recorded = sample('probe-peer-routes-vxlan.txt')
    expect(routesOf(recorded.replace(/lladdr \S+ PERMANENT/, 'FAILED'))).toMatch(/^no neighbour entry 10\.244\.\d+\.0 = 02:/)
    expect(routesOf(recorded.replace(/\S+ dst 198\.18\.0\.12 self permanent\n/, ''))).toMatch(
      /^no forwarding entry 02:\S+ -> 198\.18\.0\.12 on flannel\.1$/,
    )
  })

  test('whose peer has a plain route in its own subnet, as DirectRouting makes it', () => {
    const recorded = sample('probe-peer-routes-vxlan.txt')
    const subnet = leases('vxlan')
      .map(({ key, value }) => (value!.includes('198.18.0.12') ? /subnets\/(.*)-24$/.exec(key)![1]! : ''))
      .find(Boolean)!
    expect(routesOf(recorded.replace(new RegExp(`${subnet}/24 via .*`), `${subnet}/24 via 198.18.0.12 dev host0 `))).toBe('holds')
  })
})

test('a daemon that waits for its key is told with the reason that it gives', () => {
  const output = `--unit\nActiveState=activating\n--journal\n${sample('journal-no-config-key.txt')}`
  const health = {
    network: '10.244.0.0/16',
    backend: 'vxlan' as const,
    address: '198.18.0.11',
    podMtu: 1450,
    vni: 1,
    port: 8472,
    healthzPort: 0,
  }
  expect(reasonOf(daemonHealth.verdict(health, seen(), replied(output)))).toBe(
    'flannel.service is activating: its configuration is not in etcd',
  )
})

describe('the own lease', () => {
  const verdict = (etcd: EtcdValue[], output: string) =>
    reasonOf(ownLease.verdict({ ...own, backend: 'host-gw' }, seen(etcd), replied(output)))
  const lease = (subnet: string, backend = 'host-gw') => ({
    key: `${prefix}/subnets/${subnet}`,
    value: `{"PublicIP":"198.18.0.11","BackendType":"${backend}"}`,
    revision: 1,
  })
  const env = sample('subnet-env-host-gw.txt')

  test.each<[EtcdValue[], string, string]>([
    [[lease('10.244.8.0-24')], env, 'holds'],
    [[], env, 'no lease for 198.18.0.11 in etcd yet'],
    [[lease('10.244.8.0-24'), lease('10.244.9.0-24')], env, '2 leases for 198.18.0.11: 10.244.8.0/24, 10.244.9.0/24'],
    [[lease('10.244.8.0-24', 'vxlan')], env, 'the lease is of backend vxlan, not host-gw'],
    [[lease('10.244.9.0-24')], env, 'subnet.env says 10.244.8.1/24, the lease 10.244.9.0/24'],
    [[lease('10.244.8.0-24')], '', '/run/flannel/subnet.env is not written yet'],
  ])('%j', (etcd, output, told) => {
    expect(verdict(etcd, output)).toBe(told)
  })

  test('of a subnet that does not end at an octet', () => {
    expect(verdict([lease('10.244.8.64-26')], env.replace('10.244.8.1/24', '10.244.8.65/26'))).toBe('holds')
  })
})

describe('leases of all hosts', () => {
  const lease = (subnet: string, address: string) => ({
    ...{ key: `${prefix}/subnets/${subnet}`, revision: 1 },
    value: `{"PublicIP":"${address}","BackendType":"vxlan"}`,
  })
  const [first, second] = [lease('10.244.8.0-24', '198.18.0.11'), lease('10.244.9.0-24', '198.18.0.12')]
  const verdict = (etcd: EtcdValue[], known?: string[]) =>
    knownLeases.verdict({ cluster: own.cluster, prefix, ...(known === undefined ? {} : { known }) }, seen(etcd), replied(''))

  test.each<[string, EtcdValue[], string[] | undefined, string]>([
    ['one each', [first, second], ['198.18.0.11', '198.18.0.12'], '2 leases'],
    ['a host without one', [first], ['198.18.0.11', '198.18.0.12'], '1 leases'],
    [
      'one that nobody has',
      [first, second],
      ['198.18.0.11'],
      'no host of the inventory has the address of a lease: 198.18.0.12 (10.244.9.0/24)',
    ],
    ['not all addresses known', [first, second], undefined, '2 leases'],
    [
      'two of one address',
      [first, second, lease('10.244.7.0-24', '198.18.0.12')],
      undefined,
      '2 leases of 198.18.0.12: 10.244.9.0/24, 10.244.7.0/24',
    ],
  ])('%s', (_what, etcd, known, told) => {
    const found = verdict(etcd, known)
    expect(found.holds ? (found.warning ?? found.detail) : found.reason).toBe(told)
  })

  test('are judged on the first host that answered, against every address of the inventory', () => {
    const silent = { ...bareHost(1), facts: undefined }
    const hosts = [silent, bareHost(2), bareHost(3)]
    const context = (host: number) => ({ ...contextOf(flannelParams({ etcd_endpoints: ['https://a:2379'] }), hosts), host: hosts[host]! })
    expect([0, 1, 2].map(host => leaseChecks(context(host) as never).length)).toEqual([0, 1, 0])
    expect(leaseChecks(context(1) as never)[0]!.params).toMatchObject({
      known: ['198.18.0.11', '127.0.0.1', '198.18.0.12', '198.18.0.13'],
    })
  })
})

describe('forwarding', () => {
  const verdict = (output: string) => reasonOf(podsForwarded.verdict({ network: '10.244.0.0/16', ipMasq: true }, seen(), replied(output)))
  const recorded = sample('probe-pods-forwarded-vxlan.txt')

  test('by the accepts of flanneld alone is not enough: they go down whenever it restarts', () => {
    const docker = sample('iptables-forward-docker.txt')
    expect(verdict(recorded.replace(/--forward\n[^]*--masq/, `--forward\n${docker}--masq`))).toBe(
      'no rule in FORWARD accepts packets from 10.244.0.0/16',
    )
  })

  test.each([
    [false, 'flanneld is told not to masquerade, and rules of its that do are left'],
    [undefined, undefined],
  ])('with masquerading %s in the inventory and rules of it on the host', (ipMasq, told) => {
    const params = { network: '10.244.0.0/16', ...(ipMasq === undefined ? {} : { ipMasq }) }
    expect(warningOf(podsForwarded.verdict(params, seen(), replied(recorded)))).toBe(told)
  })

  test.each([
    [/-A FORWARD -d .*\n/, '', 'no rule in FORWARD accepts packets to 10.244.0.0/16'],
    [/ip_forward 1/, 'ip_forward 0', 'net/ipv4/ip_forward is 0, not 1'],
    [/call-iptables 1/, 'call-iptables ', 'net/bridge/bridge-nf-call-iptables is not there, not 1'],
    [/--masq\n[^]*/, '--masq\n', 'flanneld has no rules that masquerade what leaves the pod network'],
  ])('without %s', (from, to, told) => {
    expect(verdict(recorded.replace(from, to))).toBe(told)
  })
})

describe('the CNI configuration', () => {
  const params = { folder: '/etc/cni/net.d', binDir: '/opt/cni/bin', ours: '10-flannel.conflist', plugins: ['flannel', 'portmap'] }
  const recorded = sample('probe-cni-ready-vxlan.txt')
  const verdict = (output: string) => reasonOf(cniReady.verdict(params, seen(), replied(output)))

  test('as it was recorded holds', () => expect(verdict(recorded)).toBe('holds'))
  test.each([
    [/\n}\n$/, '\n', /10-flannel\.conflist is no JSON: /],
    [/10-flannel.conflist\n/, '05-other.conf\n10-flannel.conflist\n', /05-other\.conf comes before 10-flannel\.conflist/],
    [/10-flannel.conflist\n/, '', /no CNI configuration in \/etc\/cni\/net\.d/],
    [/--missing\n/, '--missing\nportmap\n', /CNI plugins cannot be run in \/opt\/cni\/bin: portmap/],
    [/"portmap"/, '"dhcp"', /names a plugin that is not looked after: dhcp/],
  ])('changed at %s', (from, to, told) => {
    expect(verdict(recorded.replace(from, to))).toMatch(told)
  })
})

test.each([
  ['v0.28.10\n', 'current', 'holds'],
  ['v0.18.0\n', 'current', 'holds'],
  ['v0.17.0-standin\n', 'classic', 'holds'],
  ['0.7.1\n', 'classic', 'holds'],
  ['v0.17.0\n', 'current', "/f is v0.17.0, which speaks etcd's v2 API: that is profile classic, not current"],
  ['v0.18.0\n', 'classic', "/f is v0.18.0, which speaks etcd's v3 API: that is profile current, not classic"],
  ['dev\n', 'current', 'holds'],
] as const)('a flanneld that says %j for profile %s', (output, profile, told) => {
  expect(reasonOf(profileFits.verdict({ path: '/f', profile }, seen(), replied(output)))).toBe(told)
})

describe('pings between pods', () => {
  const hosts = (count: number) => Array.from({ length: count }, (_, i) => `h${i + 1}`)
  const seenOn = (count: number): Seen => ({
    host: 'h1',
    hosts: hosts(count),
    setups: Object.fromEntries(hosts(count).map((host, i) => [host, `10.244.${i}.2 1450\n`])),
    etcd: [],
  })
  const targets = (count: number) =>
    [...String(podPings.probe!({ binDir: '/opt/cni/bin', plugins: [] }, seenOn(count))).matchAll(/'?(h\d+) 10\.244\.\d+\.2 (\d+)'?/g)].map(
      ([, host]) => host,
    )

  test('go to every other host up to 20, and round a ring above', () => {
    expect(targets(20)).toEqual(hosts(20).slice(1))
    expect(targets(21)).toEqual(['h2'])
  })

  test('are as large as the smaller of the two pods takes them', () => {
    const mixed = seenOn(2)
    mixed.setups['h2'] = '10.244.1.2 1400'
    expect(String(podPings.probe!({ binDir: '', plugins: [] }, mixed))).toContain('h2 10.244.1.2 1372')
  })

  const verdict = (output: string, given: Seen = seenOn(3)) => podPings.verdict({ binDir: '', plugins: [] }, given, replied(output))
  test('that are answered hold; a full-size one that is not is another trouble than none', () => {
    const well = { small: true, full: true }
    expect(verdict('h2 answered answered 1422 ok\nh3 answered answered 1422 ok\n')).toEqual({
      holds: true,
      detail: '2 pods reached',
      reached: [
        { host: 'h2', ...well },
        { host: 'h3', ...well },
      ],
    })
    expect(verdict('h2 lost lost 1422 no\nh3 answered lost 1422 no\n')).toMatchObject({
      reason: 'pod on h1 → pod on h2: no answer; nor to 1 of the other 1',
      reached: [
        { host: 'h2', small: false, full: false, reason: 'no answer' },
        {
          ...{ host: 'h3', small: true, full: false },
          reason: 'no answer to 1422 bytes with DF, 56 bytes answered: a link on the way has a smaller MTU',
        },
      ],
    })
    expect(reasonOf(verdict('h2 answered answered 1422 ok\nh3 answered lost 1422 no\n'))).toBe(
      'pod on h1 → pod on h3: no answer to 1422 bytes with DF, 56 bytes answered: a link on the way has a smaller MTU',
    )
    expect(reasonOf(verdict('h2 lost lost 1422 no\n'))).toBe('pod on h1 → pod on h2: no answer')
    expect(reasonOf(verdict('h2 lost lost 1422 no [the hosts themselves: 1472 bytes with DF to 198.18.0.12 answered]\n'))).toBe(
      'pod on h1 → pod on h2: no answer',
    )
    expect(reasonOf(verdict('h2 answered lost 1422 no [the hosts themselves: 1472 bytes with DF to 198.18.0.12 lost]\n'))).toMatch(
      /a link on the way has a smaller MTU; the path between the two hosts themselves does not carry what their links say$/,
    )
    expect(reasonOf(verdict('none\n', { ...seenOn(3), setups: { h1: 'plugin refused' } }))).toBe('no pod could be made on h1')
  })
})
