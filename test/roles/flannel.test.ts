import { spawnSync } from 'node:child_process'
import { etcdCluster } from '../../roles/etcd-cluster.js'
import seed from '../../roles/etcd-seed/role.js'
import { conflist } from '../../roles/flannel/cni.js'
import { flannelConfig } from '../../roles/flannel/config.js'
import flannel from '../../roles/flannel/role.js'
import { flannelUnit } from '../../roles/flannel/unit.js'
import type { Seen, Task } from '../../src/resources/resource.js'
import { asText, bareHost, contextOf, desiredOf, flannelParams } from './role-context.js'

const withFlanneld = (given: Record<string, unknown> = {}) =>
  flannelParams({ flanneld: './flanneld', cni_host_dir: '/usr/lib/cni', ...given })
const tasks = (given: Record<string, unknown> = {}, part?: string): Task[] => flannel.tasks(contextOf(withFlanneld(given), undefined, part))

const unitText = (of: readonly Task[]) => desiredOf(of, 'Write flannel.service')['content'] as string

describe('the tasks for a bare host', () => {
  test('vxlan: forwarding first, the CNI configuration last', () => {
    expect(asText(tasks())).toEqual([
      'kernel-feature kernel:br_netfilter See bridged pod traffic in the firewall',
      'sysctl sysctl:net.ipv4.ip_forward Forward packets of pods',
      'sysctl sysctl:net.bridge.bridge-nf-call-iptables Filter bridged pod traffic',
      'directory file:/usr/local/sbin Folder of our scripts',
      'file file:/usr/local/sbin/netplay-forward Script that accepts forwarded pod traffic',
      'file file:/etc/systemd/system/netplay-forward.service Unit that accepts forwarded pod traffic',
      'systemd-unit unit:netplay-forward.service Accept forwarded pod traffic',
      'firewall-rule firewall:4/filter/FORWARD/-s 10.244.0.0/16 -j ACCEPT Accept forwarded packets from pods',
      'firewall-rule firewall:4/filter/FORWARD/-d 10.244.0.0/16 -j ACCEPT Accept forwarded packets to pods',
      'kernel-feature kernel:vxlan Tunnel pod traffic',
      'binary file:/usr/local/bin/flanneld Install flanneld',
      'gate profile-fits flanneld is of the profile',
      'file file:/etc/systemd/system/flannel.service Write flannel.service',
      'command Bring up flannel.1 before its peers send to it',
      'systemd-unit unit:flannel.service Run flanneld',
      'awaited-file awaited:/run/flannel/subnet.env Subnet of this host',
      'gate own-lease Lease of this host in etcd',
      'command Drop the routes that stood behind',
      'directory file:/opt/cni/bin Folder of CNI plugins',
      ...['flannel', 'bridge', 'host-local', 'loopback', 'portmap'].map(
        name => `symlink file:/opt/cni/bin/${name} Link the CNI plugin ${name}`,
      ),
      'directory file:/etc/cni/net.d Folder of CNI configuration',
      'file file:/etc/cni/net.d/10-flannel.conflist Write the CNI configuration',
    ])
  })

  test('host-gw needs no tunnel, and removes the one of before', () => {
    const [vxlan, hostGw] = [asText(tasks()), asText(tasks({ backend: 'host-gw' }))]
    expect(vxlan.filter(line => !hostGw.includes(line))).toEqual([
      'kernel-feature kernel:vxlan Tunnel pod traffic',
      'command Bring up flannel.1 before its peers send to it',
      'command Drop the routes that stood behind',
    ])
    expect(hostGw.filter(line => !vxlan.includes(line))).toEqual([
      'command Keep the routes over flannel.1 behind those that flanneld puts in their place',
      'command Remove flannel.1, which no route uses any more',
    ])
  })

  test('the parts of a change of the backend are what it needs and no more', () => {
    expect(asText(tasks({}, 'forward'))).toEqual(asText(tasks()).slice(0, 9))
    expect(asText(tasks({}, 'daemon'))).toEqual(asText(tasks()).slice(9, 17))
    expect(asText(tasks({ backend: 'host-gw' }, 'leftovers'))).toEqual(['command Remove flannel.1, which no route uses any more'])
  })

  test('a restart is due when the binary, a certificate or the key in etcd changes', () => {
    expect(desiredOf(tasks(), 'Run flanneld')['inputs']).toMatchObject([
      '/usr/local/bin/flanneld',
      '/etc/kubernetes/ssl/ca.pem',
      '/etc/kubernetes/ssl/kubernetes.pem',
      { path: '/etc/kubernetes/ssl/kubernetes-key.pem', secret: true },
      { etcd: 'etcd3:/coreos.com/network/config', required: true },
    ])
  })

  test('profile classic reads the key of the v2 store', () => {
    expect(JSON.stringify(desiredOf(tasks({ profile: 'classic' }), 'Run flanneld'))).toContain('"etcd":"etcd2:/coreos.com/network/config"')
  })

  test('flannel is ordered before the container runtime that is there, and bound to none', () => {
    const content = (docker: 'absent' | 'running') => unitText(flannel.tasks(contextOf(withFlanneld(), [bareHost(1, { docker })])))
    expect(content('running')).toContain('\nBefore=docker.service\n')
    expect(content('absent')).not.toContain('docker')
    expect(content('running')).not.toMatch(/RequiredBy|Requires=/)
  })
})

describe('flannel.service', () => {
  const input = {
    cluster: {
      api: 'v3' as const,
      endpoints: ['https://10.0.0.1:2379', 'https://10.0.0.2:2379'],
      caFile: '/p/ca.pem',
      certFile: '/p/c.pem',
      keyFile: '/p/k.pem',
    },
    ...{
      etcdPrefix: '/coreos.com/network',
      address: '10.0.0.1',
      ipMasq: true,
      iptablesForwardRules: true,
      healthzPort: 10258,
      runtimes: [],
    },
  }

  test('profile current', () => {
    expect(flannelUnit({ ...input, profile: 'current' })).toBe(`[Unit]
Description=flannel
After=network.target network-online.target
Wants=network-online.target

[Service]
Type=notify
ExecStart=/usr/local/bin/flanneld \\
  -etcd-endpoints=https://10.0.0.1:2379,https://10.0.0.2:2379 \\
  -etcd-prefix=/coreos.com/network \\
  -etcd-cafile=/p/ca.pem \\
  -etcd-certfile=/p/c.pem \\
  -etcd-keyfile=/p/k.pem \\
  -iface=10.0.0.1 \\
  -ip-masq \\
  -healthz-ip=127.0.0.1 \\
  -healthz-port=10258
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`)
  })

  test('profile classic has no flag that a daemon of 2017 may not know', () => {
    const unit = unitText(tasks({ profile: 'classic' }))
    const flags = [...unit.matchAll(/ -([a-z-]+)/g)].map(([, flag]) => flag)
    expect(flags).toEqual(['etcd-endpoints', 'etcd-prefix', 'etcd-cafile', 'etcd-certfile', 'etcd-keyfile', 'iface', 'ip-masq'])
    expect(unit).toContain('Description=Flanneld overlay address etcd agent\n')
  })

  test('an etcd without TLS gets no certificates, and accepts of its own can be switched off', () => {
    const unit = flannelUnit({
      ...input,
      profile: 'current',
      cluster: { api: 'v3', endpoints: ['http://10.0.0.1:2379'] },
      iptablesForwardRules: false,
      ipMasq: false,
    })
    expect(unit).not.toMatch(/cafile|certfile|keyfile|ip-masq/)
    expect(unit).toContain('-iptables-forward-rules=false')
  })

  test('what systemd would read in a value stays as it is', () => {
    expect(flannelUnit({ ...input, profile: 'current', etcdPrefix: '/a b%h$HOME"' })).toContain('"-etcd-prefix=/a b%%h$$HOME\\""')
  })
})

test('the CNI configuration is whole JSON with the plugins in order', () => {
  expect(JSON.parse(conflist())).toEqual({
    name: 'cbr0',
    cniVersion: '0.3.1',
    plugins: [
      { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  })
})

test.each([
  [{ backend: 'host-gw' }, { Type: 'host-gw' }],
  [{ backend: 'vxlan' }, { Type: 'vxlan' }],
  [
    { backend: 'vxlan', vni: 7, port: 4789, direct_routing: true },
    { Type: 'vxlan', VNI: 7, Port: 4789, DirectRouting: true },
  ],
])('the configuration in etcd for %j always names its backend', (given, Backend) => {
  expect(flannelConfig(flannelParams(given))).toEqual({ Network: '10.244.0.0/16', SubnetLen: 24, Backend })
})

describe('etcd-seed', () => {
  const desired = (given: Record<string, unknown>) =>
    desiredOf(seed.tasks(contextOf(flannelParams(given))), 'Seed the configuration of flannel')

  test('stops at another value, unless it migrates the backend, and then that alone', () => {
    expect(desired({})).not.toHaveProperty('ifDifferent')
    expect(desired({ migrate: 'backend' })).toMatchObject({ ifDifferent: 'write', mayChange: ['/Backend'] })
    expect(desired({})['differentHint']).toContain('playbooks/flannel-backend-switch.yml')
  })

  test('the members are those of group etcd, or those that are named', () => {
    expect(etcdCluster(contextOf(flannelParams()))).toMatchObject({ api: 'v3', endpoints: ['https://198.18.0.11:2379'] })
    expect(etcdCluster(contextOf(flannelParams({ profile: 'classic' })))).toMatchObject({ api: 'v2' })
    expect(etcdCluster(contextOf(flannelParams({ etcd_endpoints: ['http://10.0.0.9:2379'] })))).toEqual({
      api: 'v3',
      endpoints: ['http://10.0.0.9:2379'],
    })
  })
})

const scriptsOf = ({ run, done, undo }: Record<string, string>) => [run, done, undo]

test('every text that the role sends is POSIX shell', () => {
  const seen: Seen = { host: 'n1', hosts: ['n1', 'n2'], setups: { n1: '10.244.1.2 1450', n2: '10.244.2.2 1450' }, etcd: [] }
  const texts = (['host-gw', 'vxlan'] as const).flatMap(backend => {
    const context = contextOf(withFlanneld({ backend }), undefined, 'daemon')
    const checks = [...flannel.preconditions!(context), ...flannel.checks!(context)]
    return [
      ...checks.flatMap(({ kind, params }) => [
        kind.probe?.(params as never, seen),
        kind.setup?.(params as never),
        kind.teardown?.(params as never),
      ]),
      ...[...tasks({ backend }), ...tasks({ backend }, 'leftovers')].flatMap(task =>
        task.type === 'resource' && task.kind.kind === 'command' ? scriptsOf(task.desired as Record<string, string>) : [],
      ),
    ].filter(text => text !== undefined)
  })
  expect(texts.length).toBeGreaterThan(30)
  for (const text of texts) expect(spawnSync('sh', ['-n'], { input: String(text) })).toMatchObject({ status: 0 })
})
