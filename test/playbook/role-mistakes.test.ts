import { InputError } from '../../src/errors.js'
import { loadSite } from '../support/playbook-folder.js'

const ini = 'n1 ansible_host=198.18.0.11\nn2 ansible_host=198.18.0.12\n\n[nodes]\nn1\nn2\n\n[etcd]\nn1\n\n[route_reflectors]\nn1\nn2\n'
const all = { calico_pod_cidr: '10.200.0.0/16' }

/** What loading says: where, and what; `undefined`: nothing. */
async function told(role: string, vars: Record<string, unknown>, inventory = ini): Promise<string | undefined> {
  const files = {
    'hosts.ini': inventory,
    'group_vars/all.yml': Object.entries(vars)
      .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
      .join(''),
  }
  try {
    await loadSite(`- hosts: nodes\n  roles:\n    - ${role}\n`, { files })
    return undefined
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return error.message
  }
}

test.each<[string, string, Record<string, unknown>, string | undefined, RegExp | undefined]>([
  ['what fits', 'calico-node', all, undefined, undefined],
  [
    'pods and services overlap',
    'calico-node',
    { ...all, calico_service_cidr: '10.200.128.0/17' },
    undefined,
    /^group_vars\/all\.yml:1:\d+: .*pods \(10\.200\.0\.0\/16\) and services \(10\.200\.128\.0\/17\) overlap/,
  ],
  [
    'pods and hosts overlap',
    'calico-node',
    { calico_pod_cidr: '198.18.0.0/16' },
    undefined,
    /^group_vars\/all\.yml:1:\d+: .*n1 has the address 198\.18\.0\.11, which is in/,
  ],
  ['a network with bits behind its prefix', 'calico-node', { calico_pod_cidr: '10.200.1.0/16' }, undefined, /write 10\.200\.0\.0\/16/],
  [
    'a block larger than the pool',
    'calico-node',
    { calico_pod_cidr: '10.200.0.0/25', calico_block_size: 24 },
    undefined,
    /^group_vars\/all\.yml:2:\d+: .*a block of \/24 is larger/,
  ],
  ['fewer blocks than hosts', 'calico-node', { calico_pod_cidr: '10.200.0.0/26' }, undefined, /has 1 blocks of \/26 for 2 hosts/],
  [
    'a block size that is none',
    'calico-node',
    { ...all, calico_block_size: 19 },
    undefined,
    /^group_vars\/all\.yml:2:\d+: .*calico_block_size/,
  ],
  [
    'vxlan in 2017',
    'calico-node',
    { ...all, calico_profile: 'classic', calico_encapsulation: 'vxlan-always' },
    undefined,
    /knows no vxlan/,
  ],
  ['two nodes of one name', 'calico-node', all, ini.replace('.12', '.12 calico_node_name=n1'), /one node, n1/],
  ['two hosts of one address', 'calico-node', all, ini.replace('.12', '.11'), /n1 and n2 have one address, 198\.18\.0\.11/],
  [
    'a cluster ID that is no dotted quad',
    'route-reflector/announce',
    { ...all, route_reflector_cluster_id: '1' },
    undefined,
    /^group_vars\/all\.yml:2:\d+: .*route_reflector_cluster_id.* must be/,
  ],
  [
    'no reflector',
    'route-reflector/announce',
    all,
    ini.replace(/\n\[route_reflectors\][^]*/, ''),
    /no host is in group "route_reflectors"/,
  ],
  [
    'an MTU that the network below does not carry',
    'calico-node',
    { ...all, calico_mtu: 1490, calico_underlay_mtu: 1500 },
    undefined,
    /^group_vars\/all\.yml:2:\d+: .*mtu 1490 does not fit: 1500 less 20 for ipip-cross-subnet is 1480/,
  ],
  ['an MTU that just fits', 'calico-node', { ...all, calico_mtu: 1480, calico_underlay_mtu: 1500 }, undefined, undefined],
  [
    'services and hosts overlap',
    'calico-node',
    { ...all, calico_service_cidr: '198.18.0.0/20', calico_underlay_network: '198.18.0.0/24' },
    undefined,
    /^group_vars\/all\.yml:2:\d+: .*services \(198\.18\.0\.0\/20\) and hosts \(198\.18\.0\.0\/24\) overlap/,
  ],
  [
    'nodes in two subnets without encapsulation',
    'calico-node',
    { ...all, calico_encapsulation: 'none', calico_underlay_network: '198.18.0.0/24' },
    ini.replace('198.18.0.12', '198.18.1.12'),
    /^group_vars\/all\.yml:2:\d+: .*n2 \(198\.18\.1\.12\) is not in 198\.18\.0\.0\/24: encapsulation none cannot route across a router/,
  ],
  [
    'host-gw hosts in two subnets',
    'flannel',
    { flannel_network: '10.244.0.0/16', flannel_backend: 'host-gw', flannel_underlay_network: '198.18.0.0/24' },
    ini.replace('198.18.0.12', '198.18.1.12'),
    /^group_vars\/all\.yml:2:\d+: .*n2 \(198\.18\.1\.12\) is not in 198\.18\.0\.0\/24: host-gw cannot route across a router/,
  ],
  [
    'flannel hosts of one address',
    'flannel',
    { flannel_network: '10.244.0.0/16' },
    ini.replace('.12', '.11'),
    /n1 and n2 have one address, 198\.18\.0\.11/,
  ],
  [
    'flannel with pods in the hosts’ network',
    'flannel',
    { flannel_network: '198.18.0.0/16', flannel_underlay_network: '198.18.4.0/22' },
    undefined,
    /^group_vars\/all\.yml:1:\d+: .*pods \(198\.18\.0\.0\/16\) and hosts \(198\.18\.4\.0\/22\) overlap/,
  ],
  [
    'flannel with pods and hosts overlapping',
    'flannel',
    { flannel_network: '198.18.0.0/16' },
    undefined,
    /^group_vars\/all\.yml:1:\d+: .*198\.18\.0\.11/,
  ],
])('%s is told offline, where it was written', async (_what, role, vars, inventory, expected) => {
  const message = await told(role, vars, inventory)
  if (expected === undefined) expect(message).toBeUndefined()
  else expect(message).toMatch(expected)
})

test('an even number of etcd members, and a lone reflector, are odd and may be', async () => {
  const files = {
    'hosts.ini': ini.replace('[etcd]\nn1\n', '[etcd]\nn1\nn2\n').replace(/reflectors\]\nn1\nn2/, 'reflectors]\nn1'),
    'group_vars/all.yml': 'calico_pod_cidr: 10.200.0.0/16\n',
  }
  const { warnings } = await loadSite('- hosts: nodes\n  roles:\n    - calico-node\n    - route-reflector/announce\n', { files })
  expect(warnings).toEqual([
    'site.yml:3:7: role "calico-node": etcd has 2 members, an even number: it bears no more losses than 1',
    'site.yml:4:7: role "route-reflector": there is one reflector: when it is down, no node learns a route',
  ])
})
