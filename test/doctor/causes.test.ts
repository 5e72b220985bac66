import { causeIds } from '../../src/doctor/causes/all.js'
import { diagnose } from '../../src/doctor/findings.js'
import type { Fleet } from '../../src/doctor/view.js'
import { bgpConfig, bgpPeer, calicoKeysV2, calicoKeysV3, flannelKeys, node, pool, v3 } from './keys.js'
import { fleetOf, idsIn, idsOf, seen, type Edit, type Keys } from './seen.js'

const flannel = (edits: Edit[] = [], facts: Edit[] = [], keys: Keys = flannelKeys) =>
  fleetOf([seen('flannel-docker'), seen('flannel', edits, facts)], { v3: keys, memberCount: 1 })
const docker = (edits: Edit[], facts: Edit[] = []) =>
  fleetOf([seen('flannel-docker', edits, facts), seen('flannel')], { v3: flannelKeys, memberCount: 1 })
const proxy = (edits: Edit[] = [], keys: Keys = flannelKeys) => fleetOf([seen('proxy', edits)], { v3: keys, memberCount: 1 })
const calico = (edits: Edit[] = [], keys: Keys = calicoKeysV2) => fleetOf([seen('calico', edits)], { v2: keys })
const current: Edit = ['calico/node:v2.4.0', 'calico/node:v3.31.7']
const calico3 = (keys: Keys = calicoKeysV3, edits: Edit[] = []) => fleetOf([seen('calico', [current, ...edits])], { v3: keys })
const without = (keys: Keys, ...names: string[]): Keys => Object.fromEntries(Object.entries(keys).filter(([key]) => !names.includes(key)))

const configKey = '/coreos.com/network/config'
const bgp = '/calico/bgp/v1'
const off = { [`${bgp}/global/node_mesh`]: '{"enabled":false}' }
const peersV2 = (as: number, ...ips: string[]) =>
  Object.fromEntries(ips.map(ip => [`${bgp}/global/peer_v4/${ip}`, JSON.stringify({ ip, as_num: String(as) })]))
const off3 = { [`${v3}/bgpconfigurations/default`]: bgpConfig({ nodeToNodeMeshEnabled: false }) }
const forward = /(NONCE forward iptables\n)[^]*?(\nNONCE)/

describe('what is healthy has no finding, and every cause was looked for', () => {
  test.each<[string, Fleet]>([
    ['flannel with and without docker', flannel()],
    ['kubelet and kube-proxy', proxy()],
    ['calico, classic', calico()],
    ['calico, current', calico3()],
    [
      'a host that runs nothing of it',
      fleetOf([
        seen('flannel', [
          [/NONCE units[^]*?NONCE version/, 'NONCE version'],
          [/NONCE text \/run\/flannel[^]*?NONCE forward/, 'NONCE forward'],
        ]),
      ]),
    ],
  ])('%s', (_what, fleet) => {
    const { findings, notLooked, causes } = diagnose(fleet)
    expect([findings, notLooked, causes.length]).toEqual([[], [], 40])
  })
})

const cases: [id: string, what: string, fleet: Fleet][] = [
  ['P01', 'the last brace is missing', flannel([[/\n  \]\n\}\n/, '\n  ]\n']])],
  ['P01', 'a comma too many', flannel([['"portmap",', '"portmap",,']])],
  ['P02', 'the last brace is missing', calico([[/\n  \]\n\}\n/, '\n  ]\n']])],
  ['P03', 'quotes are gone', flannel([], [], { ...flannelKeys, [configKey]: '{Network:10.244.0.0/16,SubnetLen:24}' })],
  ['P04', 'in the unit', flannel([['  -etcd-endpoints=https://198.18.0.11:2379', '  -etcd-endpoints=https://198.18.0.11']])],
  ['P04', 'in calicoctl.cfg, without a scheme', calico([['etcdEndpoints: https://198.18.0.11:2379', 'etcdEndpoints: 198.18.0.11:2379']])],
  ['P05', 'v2', calico([['Mesh_', 'Node_']], { ...calicoKeysV2, ...off })],
  ['P05', 'v3', calico3({ ...calicoKeysV3, ...off3 }, [['Mesh_', 'Node_']])],
  ['P06', 'a quote was not closed', calico([], { ...calicoKeysV2, [`${bgp}/rr_v4/198.18.0.12`]: '{"ip":"198.18.0.12' })],
  ['P07', 'a reflector', calico([], { ...calicoKeysV2, [`${bgp}/rr_v4/{HOST-IP}`]: '{"ip":"198.18.0.12","cluster_id":"1.0.0.2"}' })],
  ['P08', 'calicoctl.cfg', calico([[/^ {2}(etcd\w+):/gm, '$1:']])],
  ['P08', 'no etcd is named', calico([[/^ {2}etcdEndpoints:/m, '  etcdEndpoint:']])],
  ['P08', 'a pool', calico([['  cidr: 10.200', 'cidr: 10.200']])],
  ['P08', 'no YAML at all', calico([['  nat-outgoing: true', ' nat-outgoing: true']])],
  [
    'P09',
    "docker's policy alone",
    docker([
      [/-A FORWARD -[sd] 10.*\n/g, ''],
      [/-A FLANNEL-FWD .*\n/g, ''],
    ]),
  ],
  [
    'P09',
    'accepts for another network',
    docker([
      [/10\.244\.0\.0\/16 -j ACCEPT/g, '10.245.0.0/16 -j ACCEPT'],
      [/-A FLANNEL-FWD .*\n/g, ''],
    ]),
  ],
  [
    'P09',
    'in the other variant of iptables',
    docker([['\nNONCE containers', '\nNONCE forward iptables-legacy\n-P FORWARD DROP\n\nNONCE containers']]),
  ],
  ['P10', 'in neither store', flannel([], [], without(flannelKeys, configKey))],
  ['P11', 'an empty folder', flannel([[/(NONCE folder \/etc\/cni\/net\.d\n)10-flannel.conflist[^]*?(NONCE cni-bin)/, '$1\n$2']])],
  ['P12', "flannel's", flannel([[/(NONCE cni-bin \/opt\/cni\/bin\nbridge\n)flannel\n/, '$1']])],
  ['P12', 'calico-ipam', calico([[/calico-ipam\n/, '']])],
  ['P13', 'v2', calico([], { ...calicoKeysV2, ...off, ...peersV2(64512, '198.18.0.12', '198.18.0.13') })],
  ['P14', 'two blocks', calico3({ ...calicoKeysV3, [`${v3}/ippools/default-ipv4-ippool`]: pool({ cidr: '10.200.0.0/25' }) })],
  [
    'P15',
    'a lease of another subnet',
    flannel([], [], { ...flannelKeys, '/coreos.com/network/subnets/10.244.9.0-24': '{"PublicIP":"203.0.113.9","BackendType":"host-gw"}' }),
  ],
  [
    'P16',
    'v3',
    calico3({
      ...calicoKeysV3,
      [`${v3}/ippools/default-ipv4-ippool`]: pool({ ipipMode: 'Never' }),
      [`${v3}/nodes/n4`]: node(4, { ipv4Address: '203.0.113.4/24' }),
    }),
  ],
  ['P17', 'one subnet twice', docker([], [[/inet 172\.17\.0\.1\/16( .*docker0)/, 'inet 10.244.74.9/24$1']])],
  ['P18', 'v2', calico([], { ...calicoKeysV2, ...peersV2(64567, '198.18.0.12') })],
  [
    'P18',
    'v3, and the node has an AS of its own',
    calico3({
      ...calicoKeysV3,
      [`${v3}/nodes/n2`]: node(2, { asNumber: 64513 }),
      [`${v3}/bgppeers/rr`]: bgpPeer({ peerIP: '198.18.0.12', asNumber: 64512 }),
    }),
  ],
  ['P19', 'CALICO_AS', calico([[/ {2}-e AS=.*\n/, '']])],
  [
    'P20',
    'the CA',
    calico([
      ['ETCD_CA_CERT_FILE="', 'ETCD_CA_FILE="'],
      ['=${ETCD_CA_CERT_FILE}', '=/etc/kubernetes/ssl/ca.pem'],
    ]),
  ],
  ['P21', 'in etcd', calico([], { ...calicoKeysV2, [`${bgp}/host/n1/network_v4`]: '198.18.0.11/32' })],
  [
    'P21',
    'an old image and nothing in etcd yet',
    calico([['198.18.0.11/24', '198.18.0.11']], without(calicoKeysV2, `${bgp}/host/n1/network_v4`, `${bgp}/host/n1/ip_addr_v4`)),
  ],
  ['P22', 'beside another pool', calico3({ ...calicoKeysV3, [`${v3}/ippools/x`]: pool({ cidr: '192.168.0.0/16' }) })],
  [
    'P22',
    'none yet, and none refused',
    calico3(without(calicoKeysV3, `${v3}/ippools/default-ipv4-ippool`), [['POOLS="true"', 'POOLS=""']]),
  ],
  ['P23', 'the plugin', calico([['"nodename": "n1"', '"nodename": "node46"']])],
  [
    'P23',
    'no nodename, and the host has another name',
    calico([
      ['      "nodename": "n1",\n', ''],
      ['CALICO_NODENAME="n1"', 'CALICO_NODENAME="node46"'],
    ]),
  ],
  ['P24', 'Restart=no', calico([[/Restart=always(\n(?:.+\n)*?Id=calico\.service)/, 'Restart=no$1']])],
  [
    'P25',
    'by hand',
    calico([
      [
        /\{"id":"cdc[^\n]*\n/,
        '$&{"id":"rr","name":"/rr","image":"calico/routereflector:v0.4.0","running":true,"restart":"no","env":null}\n',
      ],
    ]),
  ],
  ['P25', 'one in v2', calico([['Mesh_', 'Global_']], { ...calicoKeysV2, ...off, ...peersV2(64512, '198.18.0.12') })],
  [
    'P25',
    'one in v3',
    calico3(
      {
        ...calicoKeysV3,
        ...off3,
        [`${v3}/nodes/n2`]: node(2, { routeReflectorClusterID: '244.0.0.1' }),
        [`${v3}/bgppeers/rr`]: bgpPeer({ nodeSelector: 'all()', peerSelector: 'rr' }),
      },
      [['Mesh_', 'Node_']],
    ),
  ],
  [
    'P26',
    'as systemd has it',
    docker([[/RequiredBy=(\n(?:.+\n)*FragmentPath=\/etc\/systemd\/system\/flannel)/, 'RequiredBy=docker.service$1']]),
  ],
  ['P26', 'what is not there', flannel([['After=network.target network-online.target', 'Requires=docker.service']])],
  ['P27', 'another name', flannel([['  -iface=198.18.0.12', '  -iface=ens3']])],
  ['P27', 'a link that is down', flannel([['  -iface=198.18.0.12', '  -iface=host0']], [[/(\d+: host0\S*: <[A-Z,_-]*?),UP,/, '$1,']])],
  [
    'P28',
    'by what others name',
    fleetOf(
      [seen('flannel-docker', [[/-etcd-endpoints=https:\/\/198\.18\.0\.11:2379/g, '$&,https://198.18.0.12:2379']]), seen('flannel')],
      { v3: flannelKeys, memberCount: 1 },
    ),
  ],
  ['P28', "by what etcd's daemon was started with", fleetOf([seen('flannel')], { v3: flannelKeys, memberCount: 3 })],
  [
    'P29',
    'another than kubelet',
    proxy([['kube-proxy.config --hostname-override=node-two', 'kube-proxy.config --hostname-override=198.18.0.13']]),
  ],
  ['P29', 'no such Node', proxy([], { ...flannelKeys, '/registry/namespaces/kube-system': 'k8s', '/registry/minions/n3': 'k8s' })],
  ['P30', "kube-proxy's by name", calico([['/etc/cni/net.d/calico-kubeconfig', '/etc/kubernetes/kube-proxy.kubeconfig']])],
  ['P31', 'none', proxy([[/clusterCIDR: .*\n/, '']])],
  ['P31', 'an empty one', proxy([['clusterCIDR: 10.244.0.0/16', 'clusterCIDR: ""']])],
  ['P31', 'flags alone', proxy([['--config=/etc/kubernetes/kube-proxy.config', '--kubeconfig=/etc/kubernetes/kube-proxy.kubeconfig']])],
  [
    'P32',
    'a stray comes first',
    flannel([['\nNONCE text /etc/cni', '\nNONCE text /etc/cni/net.d/05-x.conf\n{"type":"bridge","name":"x"}\n\nNONCE text /etc/cni']]),
  ],
  [
    'P32',
    'two pod networks',
    flannel([
      [
        '\nNONCE text /etc/cni',
        '\nNONCE text /etc/cni/net.d/20-calico.conflist\n{"name":"c","plugins":[{"type":"calico"}]}\n\nNONCE text /etc/cni',
      ],
    ]),
  ],
  ['P33', 'no Backend', flannel([], [], { ...flannelKeys, [configKey]: '{"Network":"10.244.0.0/16"}' })],
  ['P33', 'an empty one', flannel([], [], { ...flannelKeys, [configKey]: '{"Network":"10.244.0.0/16","Backend":{}}' })],
  ['P34', 'v2 for a flanneld of v3', fleetOf([seen('flannel')], { v2: flannelKeys, v3: without(flannelKeys, configKey), memberCount: 1 })],
  [
    'P34',
    'v3 for a flanneld of v2',
    fleetOf([seen('flannel', [['v0.28.10', 'v0.17.0']])], {
      v3: flannelKeys,
      v2: { '/coreos.com/network/subnets/x': '{}' },
      memberCount: 1,
    }),
  ],
  ['P35', 'Restart=on-failure', flannel([[/Restart=always(\n(?:.+\n)*?Id=flannel\.service)/, 'Restart=on-failure$1']])],
  ['P36', 'cni0 of another subnet', flannel([], [[/inet 10\.244\.\d+\.1\/24( .*cni0)/, 'inet 10.244.255.1/24$1']])],
  ['P37', 'on', calico([['LIBNETWORK_ENABLED=false', 'LIBNETWORK_ENABLED=true']])],
  ['P37', 'its mount', calico([['-v /var/run/calico:', '-v /run/docker/plugins:/run/docker/plugins -v /var/run/calico:']])],
  ['P38', 'the plugin', flannel([['"hairpinMode": true', '"ipMasq": true']])],
  ['P38', 'docker', docker([['/usr/sbin/dockerd\n-H', '/usr/sbin/dockerd\n--bip=10.244.74.1/24\n-H']])],
  ['P39', 'v3 for v1', calico([['apiVersion: v1\nkind: calicoApiConfig', 'apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig']])],
  ['P40', 'no certificate and key', flannel([[/ {2}-etcd-(cert|key)file=.* \\\n/g, '']])],
]

test.each(cases)('%s (%s) is found, and only it', (id, _what, fleet) => {
  const diagnosis = diagnose(fleet)
  expect(idsOf(diagnosis)).toEqual([id])
  for (const { cause, evidence, fix } of diagnosis.findings) {
    expect([cause, fix].every(text => text.length > 10 && !/undefined|\[object/.test(text))).toBe(true)
    expect(evidence.every(({ text, where }) => text !== '' && where !== '' && !/undefined|\[object/.test(text + where))).toBe(true)
  }
  expect(diagnosis.findings[0]!.evidence.length).toBeGreaterThan(0)
})

test('every cause of the catalogue has a case', () => {
  expect([...new Set(cases.map(([id]) => id))].sort()).toEqual(Array.from({ length: 40 }, (_, i) => `P${String(i + 1).padStart(2, '0')}`))
  expect(causeIds).toHaveLength(40)
})

describe('what looks like a pitfall and is none', () => {
  test.each<[string, Fleet]>([
    ["accepts of flanneld's own chain alone", docker([[/-A FORWARD -[sd] 10.*\n/g, '']])],
    [
      'accepts by the bridge',
      docker([
        [/(-A FORWARD -[sd] 10.*\n)+/, '-A FORWARD -i cni0 -j ACCEPT\n'],
        [/-A FLANNEL-FWD .*\n/g, ''],
      ]),
    ],
    [
      'an accept of a wider network',
      docker([
        [/(-A FORWARD -[sd] 10.*\n)+/, '-A FORWARD -s 10.0.0.0/8 -j ACCEPT\n'],
        [/-A FLANNEL-FWD .*\n/g, ''],
      ]),
    ],
    ['policy ACCEPT without a rule', docker([[forward, '$1-P FORWARD ACCEPT\n$2']])],
    [
      'a stray behind ours',
      flannel([
        ['\nNONCE cni-bin', '\nNONCE text /etc/cni/net.d/87-podman.conflist\n{"name":"p","plugins":[{"type":"bridge"}]}\n\nNONCE cni-bin'],
      ]),
    ],
    [
      'Multus in front of ours',
      flannel([
        ['\nNONCE text /etc/cni', '\nNONCE text /etc/cni/net.d/00-multus.conf\n{"type":"multus-shim","name":"m"}\n\nNONCE text /etc/cni'],
        ['bridge\nflannel', 'bridge\nmultus-shim\nflannel'],
      ]),
    ],
    [
      'a loopback file',
      flannel([
        ['\nNONCE text /etc/cni', '\nNONCE text /etc/cni/net.d/99-loopback.conf\n{"type":"loopback","name":"lo"}\n\nNONCE text /etc/cni'],
      ]),
    ],
    [
      'no CNI where docker has the pod network',
      docker([
        [/(NONCE folder \/etc\/cni\/net\.d\n)10-flannel.conflist[^]*?(NONCE cni-bin)/, '$1\n$2'],
        ['/usr/sbin/dockerd\n-H', '/usr/sbin/dockerd\n--bip=10.244.74.1/24\n--ip-masq=false\n-H'],
      ]),
    ],
    [
      'vxlan leases across a router',
      flannel([], [], { ...flannelKeys, '/coreos.com/network/subnets/10.244.9.0-24': '{"PublicIP":"203.0.113.9","BackendType":"vxlan"}' }),
    ],
    ['the key in both stores', fleetOf([seen('flannel')], { v2: flannelKeys, v3: flannelKeys, memberCount: 1 })],
    ['an interface by name', flannel([['  -iface=198.18.0.12', '  -iface=host0']])],
    ['the second of two interfaces', flannel([['  -iface=198.18.0.12', '  -iface=ens3 -iface=host0']])],
    [
      'an etcd on each host',
      fleetOf([seen('flannel', [[/https:\/\/198\.18\.0\.11:2379/g, 'https://127.0.0.1:2379']])], { v3: flannelKeys, memberCount: 3 }),
    ],
    ['leftovers of flannel, disabled and dead', calico()],
    ['a detectLocalMode that needs no range', proxy([['clusterCIDR: 10.244.0.0/16', 'detectLocalMode: BridgeInterface']])],
    ['a Node that is there', proxy([], { ...flannelKeys, '/registry/namespaces/kube-system': 'k8s', '/registry/minions/node-two': 'k8s' })],
    ['a router under another AS', calico([], { ...calicoKeysV2, ...peersV2(65000, '203.0.113.1') })],
    [
      'routers that know the pods',
      calico3({
        ...calicoKeysV3,
        [`${v3}/ippools/default-ipv4-ippool`]: pool({ ipipMode: 'Never' }),
        [`${v3}/nodes/n4`]: node(4, { ipv4Address: '203.0.113.4/24' }),
        [`${v3}/bgppeers/tor`]: bgpPeer({ peerIP: '198.18.0.1', asNumber: 65000 }),
      }),
    ],
    ['two reflectors', calico([['Mesh_', 'Global_']], { ...calicoKeysV2, ...off, ...peersV2(64512, '198.18.0.12', '198.18.0.13') })],
    ['one reflector beside the mesh', calico([], { ...calicoKeysV2, ...peersV2(64512, '198.18.0.12') })],
    [
      'a bare address for an image that looks the prefix up',
      calico3(without(calicoKeysV3, `${v3}/nodes/n1`), [['198.18.0.11/24', '198.18.0.11']]),
    ],
    [
      '192.168.0.0/16 that was wanted',
      calico3({ ...calicoKeysV3, [`${v3}/ippools/default-ipv4-ippool`]: pool({ cidr: '192.168.0.0/16' }) }),
    ],
    ['all variables by --env-file', calico([[/ {2}-e AS=.*\n/, '  --env-file /etc/calico/calico.env \\\n']])],
    ['what an earlier calico left in etcd', flannel([], [], { ...flannelKeys, ...calicoKeysV3, ...off3 })],
  ])('%s', (_what, fleet) => expect(idsIn(fleet)).toEqual([]))
})

describe('what cannot be looked for is told', () => {
  const unread = { unread: 'etcd cannot be reached through n2:\n    https://198.18.0.11:2379: refused' }

  test('etcd that cannot be read', () => {
    const { findings, notLooked } = diagnose(fleetOf([seen('flannel')], { v2: unread, v3: unread }))
    expect(findings).toEqual([expect.objectContaining({ id: 'P28' })])
    expect(notLooked.map(({ id }) => id)).toEqual(['P03', 'P15', 'P33'])
    expect(notLooked[0]!.needs).toBe('etcd, which cannot be read: etcd cannot be reached through n2: https://198.18.0.11:2379: refused')
  })

  test('a flanneld that does not start says by itself that there is no key', () => {
    const dead: Edit[] = [
      [/(Id=flannel\.service\n(?:.+\n)*?ActiveState=)active/, '$1activating'],
      [
        '\nNONCE version',
        "\nNONCE journal flannel.service\nCouldn't fetch network config: flannel config not found in etcd store. Did you create your config using etcdv3 API?\n\nNONCE version",
      ],
    ]
    const { findings } = diagnose(fleetOf([seen('flannel', dead)], { v2: unread, v3: unread, memberCount: 1 }))
    expect(findings).toEqual([
      expect.objectContaining({ id: 'P10', evidence: [expect.objectContaining({ where: 'journalctl -u flannel.service' })] }),
    ])
  })

  test('a firewall that does not answer, and a calico/node that does not run', () => {
    expect(diagnose(docker([[forward, '$1$2']])).notLooked).toEqual([
      { id: 'P09', host: 'n1', needs: 'iptables, which n1 does not answer' },
    ])
    const gone = calico([[/\nNONCE containers[^]*\nNONCE end/, '\nNONCE containers\n\nNONCE end']], {
      ...calicoKeysV2,
      ...off,
      ...peersV2(64512, '198.18.0.12', '198.18.0.13'),
    })
    expect(diagnose(gone).notLooked).toEqual([{ id: 'P13', host: 'n1', needs: 'containers that n1 does not run' }])
  })
})
