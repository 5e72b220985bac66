import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { load } from 'js-yaml'
import { configSchema } from '../../roles/kube-proxy/config-schema.js'
import { proxyConfig, type Fields } from '../../roles/kube-proxy/config.js'
import { paramsSchema } from '../../roles/kube-proxy/params.js'
import role from '../../roles/kube-proxy/role.js'
import { proxyUnit } from '../../roles/kube-proxy/unit.js'
import { yamlOf } from '../../roles/kube-proxy/yaml.js'
import { mistakesOf } from '../../src/playbook/schema.js'
import type { Task } from '../../src/resources/resource.js'
import { asText, bareHost, contextOf, desiredOf } from './role-context.js'

type Params = Parameters<typeof proxyConfig>[0]

/** Parameters as the schema lets them through. */
function paramsOf(given: Record<string, unknown> = {}): Params {
  const params: Record<string, unknown> = { cluster_cidr: '10.244.0.0/16', ...structuredClone(given) }
  expect(mistakesOf(paramsSchema, params, { fillDefaults: true })).toEqual([])
  return params as never
}

const mistakes = (given: Record<string, unknown>) =>
  mistakesOf(paramsSchema, { cluster_cidr: '10.244.0.0/16', ...given }, { fillDefaults: true }).map(({ path, problem }) =>
    [path.join('.'), problem].join(' '),
  )

const tasks = (given: Record<string, unknown> = {}): Task[] => role.tasks(contextOf(paramsOf({ binary: './kube-proxy', ...given })))
const unitOf = (given: Record<string, unknown> = {}) => proxyUnit(paramsOf(given), 'n1')

describe('the tasks for a bare host', () => {
  test('the configuration, then the clean-up, then the daemon, then what shows that it works', () => {
    expect(asText(tasks())).toEqual([
      'kernel-feature kernel:br_netfilter See bridged pod traffic in the firewall',
      'kernel-feature kernel:nf_conntrack Track connections',
      'sysctl sysctl:net.ipv4.ip_forward Forward packets of pods',
      'sysctl sysctl:net.bridge.bridge-nf-call-iptables Filter bridged pod traffic',
      'binary file:/usr/local/bin/kube-proxy Install kube-proxy',
      'gate version-fits kube-proxy is of a version that can do this',
      'directory file:/etc/kubernetes Folder of the configuration',
      'file file:/etc/kubernetes/kube-proxy.config Write the configuration',
      'file file:/etc/systemd/system/kube-proxy.service Write kube-proxy.service',
      'command Remove rules of the other modes',
      'systemd-unit unit:kube-proxy.service Run kube-proxy',
      'gate proxy-health kube-proxy has written its rules',
    ])
  })

  test('ipvs asks the kernel for what it needs', () => {
    expect(asText(tasks({ mode: 'ipvs' })).filter(line => line.includes('ip_vs'))).toHaveLength(4)
  })

  test('a restart is due when the program, the configuration or the kubeconfig changes', () => {
    expect(desiredOf(tasks(), 'Run kube-proxy')['inputs']).toEqual([
      '/usr/local/bin/kube-proxy',
      '/etc/kubernetes/kube-proxy.config',
      { path: '/etc/kubernetes/kube-proxy.kubeconfig', secret: true },
    ])
  })

  test('profile classic has flags and no file', () => {
    const classic = tasks({ profile: 'classic' })
    expect(asText(classic).filter(line => line.includes('kube-proxy.config') || line.includes('command'))).toEqual([])
    expect(desiredOf(classic, 'Run kube-proxy')['inputs']).toHaveLength(2)
  })

  test.each([
    ['the hostname, as kubelet has it', {}, undefined, 'worker-1'],
    ['the name that was given', { node_name: 'other' }, undefined, 'other'],
    ['the name in the inventory where the host told nothing', {}, 'n1', 'n1'],
  ])('the Node is %s', (_what, given, silent, expected) => {
    const host = silent === undefined ? bareHost(1, { hostname: 'Worker-1' }) : { ...bareHost(1), facts: undefined }
    const unit = desiredOf(role.tasks(contextOf(paramsOf(given), [host])), 'Write kube-proxy.service')['content']
    expect(unit).toContain(`--hostname-override=${expected} \\\n`)
  })
})

describe('the configuration', () => {
  test('it says no more than what is not kube-proxy’s own', () => {
    expect(yamlOf(proxyConfig(paramsOf()))).toBe(`apiVersion: "kubeproxy.config.k8s.io/v1alpha1"
kind: "KubeProxyConfiguration"
clientConnection:
  kubeconfig: "/etc/kubernetes/kube-proxy.kubeconfig"
healthzBindAddress: "0.0.0.0:10256"
metricsBindAddress: "127.0.0.1:10249"
mode: "iptables"
clusterCIDR: "10.244.0.0/16"
detectLocalMode: "ClusterCIDR"
`)
  })

  test.each<[string, Record<string, unknown>, Fields]>([
    ['two networks', { cluster_cidr: ['10.244.0.0/16', 'fd00::/56'] }, { clusterCIDR: '10.244.0.0/16,fd00::/56' }],
    ['sync times under the mode', { mode: 'nftables', min_sync_period: '2s' }, { nftables: { minSyncPeriod: '2s' } }],
    ['masquerading in ipvs stands under iptables', { mode: 'ipvs', masquerade_all: true }, { iptables: { masqueradeAll: true } }],
    ['connection tracking left alone', { conntrack: { max_per_core: 0, min: 0 } }, { conntrack: { maxPerCore: 0, min: 0 } }],
    [
      'a bridge',
      { detect_local: 'BridgeInterface', detect_local_interface: 'cni0' },
      { detectLocalMode: 'BridgeInterface', detectLocal: { bridgeInterface: 'cni0' } },
    ],
    [
      'more fields beside ours in one object',
      { min_sync_period: '2s', config: { iptables: { localhostNodePorts: false }, clientConnection: { qps: 20 } } },
      {
        iptables: { minSyncPeriod: '2s', localhostNodePorts: false },
        clientConnection: { kubeconfig: '/etc/kubernetes/kube-proxy.kubeconfig', qps: 20 },
      },
    ],
  ])('%s', (_what, given, expected) => {
    expect(proxyConfig(paramsOf(given))).toMatchObject(expected)
  })
})

describe('what kube-proxy would take in silence is refused', () => {
  test.each([
    [{ config: { iptables: { minSyncPerod: '1s' } } }, 'config.iptables.minSyncPerod ; did you mean "minSyncPeriod"?'],
    [{ config: { featuregates: {} } }, 'config.featuregates ; did you mean "featureGates"?'],
    [{ config: { mode: 'ipvs' } }, 'config.mode '],
    [{ config: { conntrack: { maxPerCore: '0' } } }, 'config.conntrack.maxPerCore must be an integer, not text'],
    [{ config: { iptables: { syncPeriod: 30 } } }, 'config.iptables.syncPeriod must be text, not a number'],
    [{ mode: 'userspace' }, 'mode must be one of "iptables", "nftables", "ipvs"'],
    [{ mode: 'IPTables' }, 'mode must be one of "iptables", "nftables", "ipvs"; did you mean "iptables"?'],
    [{ cluster_cidr: undefined }, 'cluster_cidr is missing'],
    [{ cluster_cidr: '172.30.0.0/99' }, 'cluster_cidr must be a network such as 10.244.0.0/16'],
    [{ detect_local: 'BridgeInterface' }, 'detect_local_interface is missing'],
    [{ profile: 'classic', mode: 'nftables' }, 'mode must be "iptables"'],
    [{ min_sync_period: '5' }, 'min_sync_period must match pattern'],
  ])('%j: %s', (given, expected) => {
    expect(mistakes(given).join('\n')).toContain(expected)
  })

  test('without a network where pods are told apart in another way nothing is missing', () => {
    expect(mistakes({ cluster_cidr: undefined, detect_local: 'NodeCIDR' }).filter(line => line.startsWith('cluster_cidr is'))).toEqual([])
  })
})

describe('the unit', () => {
  test('current: always restarted, since kube-proxy ends when its file is written in place', () => {
    expect(unitOf()).toContain(
      'ExecStart=/usr/local/bin/kube-proxy \\\n  --config=/etc/kubernetes/kube-proxy.config \\\n  --hostname-override=n1 \\\n  --v=2\nRestart=always\n',
    )
  })

  test('classic: with the network of pods, which the unit of 2017 lacked', () => {
    const unit = unitOf({ profile: 'classic', min_sync_period: '2s', conntrack: { max_per_core: 0 } })
    expect(unit).toContain(
      '  --cluster-cidr=10.244.0.0/16 \\\n  --proxy-mode=iptables \\\n  --iptables-min-sync-period=2s \\\n  --conntrack-max-per-core=0',
    )
    expect(unit).toContain('Restart=on-failure')
    expect(unit).not.toContain('--config')
  })
})

const duration = fc.oneof(
  fc.constantFrom('0', '1s', '250ms', '1h30m', '1.5s'),
  fc.nat(1000).map(seconds => `${seconds}s`),
)
const flag = fc.boolean()
const hostile = fc.string({ unit: 'binary', maxLength: 20 }).filter(text => !/\p{Surrogate}/u.test(text))

/** Whatever the schema lets through, hostile text where text may be. */
const anyParams = fc.record(
  {
    mode: fc.constantFrom('iptables', 'nftables', 'ipvs'),
    cluster_cidr: fc.oneof(fc.constant('10.244.0.0/16'), fc.constant(['10.0.0.0/8', 'fd00::/56'])),
    node_name: fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,20}[a-z0-9])?$/),
    kubeconfig: fc.stringMatching(/^\/[^\s]{1,20}$/),
    sync_period: duration,
    min_sync_period: duration,
    masquerade_all: flag,
    healthz_port: fc.integer({ min: 1, max: 65535 }),
    conntrack: fc.record({ max_per_core: fc.nat(), min: fc.nat(), tcp_established_timeout: duration }, { requiredKeys: [] }),
    config: fc.record(
      {
        showHiddenMetricsForVersion: hostile,
        featureGates: fc.dictionary(hostile, flag, { noNullPrototype: true }),
        clientConnection: fc.record({ contentType: hostile, qps: fc.float({ min: 0, max: 1000, noNaN: true }) }, { requiredKeys: [] }),
        nodePortAddresses: fc.array(fc.constantFrom('primary', '10.0.0.0/8'), { maxLength: 3 }),
        logging: fc.record({
          vmodule: fc.array(fc.record({ filePattern: hostile, verbosity: fc.nat(9) }), { maxLength: 2 }),
        }),
        iptables: fc.record({ localhostNodePorts: flag, masqueradeBit: fc.integer({ min: 0, max: 31 }) }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['cluster_cidr'] },
)

test('whatever the parameters, the file is YAML of exactly this configuration, and the schema takes it', () => {
  fc.assert(
    fc.property(anyParams, given => {
      const config = proxyConfig(paramsOf(given))
      expect(load(yamlOf(config))).toEqual(config)
      expect(mistakesOf(configSchema as never, config)).toEqual([])
    }),
    { numRuns: 300 },
  )
})

test.each(['current', 'classic'])(
  'whatever the parameters, the unit of profile %s is lines of known keys and flags, with nothing of systemd’s left in them',
  profile => {
    fc.assert(
      fc.property(anyParams, ({ config, mode, ...given }) => {
        const params = paramsOf(profile === 'classic' ? { ...given, profile } : { ...given, config, mode })
        const lines = proxyUnit(params, given.node_name ?? 'n1').split('\n')
        for (const line of lines)
          expect(line).toMatch(/^$|^\[(Unit|Service|Install)\]$|^[A-Z][A-Za-z]+=[^\n]+$|^  "?--[a-z-]+(=(%%|\$\$|[^%$])*)?"?( \\)?$/)
        expect(lines.filter(line => line.startsWith('ExecStart='))).toHaveLength(1)
      }),
      { numRuns: 200 },
    )
  },
)

test('the clean-up and its question are shell', () => {
  for (const mode of ['iptables', 'nftables', 'ipvs']) {
    const { run, done } = desiredOf(tasks({ mode }), 'Remove rules of the other modes') as { run: string; done: string }
    for (const text of [run, done]) expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' }).stderr).toBe('')
  }
})
