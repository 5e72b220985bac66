import fc from 'fast-check'
import { calicoctlConfig } from '../../roles/calico/calicoctl.js'
import { conflist } from '../../roles/calico-node/cni.js'
import { calicoEnv } from '../../roles/calico-node/env.js'
import { encapsulations, paramsSchema } from '../../roles/calico-node/params.js'
import { felixSpec, poolSpec } from '../../roles/calico-node/resources.js'
import { calicoUnit } from '../../roles/calico-node/unit.js'
import { mistakesOf } from '../../src/playbook/schema.js'

const tls = {
  caFile: '/etc/kubernetes/ssl/ca.pem',
  certFile: '/etc/kubernetes/ssl/kubernetes.pem',
  keyFile: '/etc/kubernetes/ssl/kubernetes-key.pem',
}
const cluster = { api: 'v3' as const, endpoints: ['https://198.18.0.11:2379', 'https://198.18.0.12:2379'], ...tls }
const paramsWith = (given: Record<string, unknown>) => {
  const params = { pod_cidr: '10.200.0.0/16', ...given }
  expect(mistakesOf(paramsSchema, params, { fillDefaults: true })).toEqual([])
  return params as never
}

test.each([
  ['ipip-cross-subnet', 'CrossSubnet', 'Never'],
  ['ipip-always', 'Always', 'Never'],
  ['vxlan-cross-subnet', 'Never', 'CrossSubnet'],
  ['vxlan-always', 'Never', 'Always'],
  ['none', 'Never', 'Never'],
])('%s is ipipMode %s and vxlanMode %s', (encapsulation, ipipMode, vxlanMode) =>
  expect(poolSpec(paramsWith({ encapsulation }))).toEqual({ cidr: '10.200.0.0/16', blockSize: 26, ipipMode, vxlanMode, natOutgoing: true }),
)

test('an MTU is told to Felix for the device that carries it, and what the admin says comes last', () => {
  expect(felixSpec(paramsWith({ mtu: 1400, encapsulation: 'vxlan-always' }))).toEqual({ vxlanMTU: 1400 })
  expect(felixSpec(paramsWith({ mtu: 1400, felix: { ipipMTU: 1300, logSeverityScreen: 'Warning' } }))).toEqual({
    ipipMTU: 1300,
    logSeverityScreen: 'Warning',
  })
  expect(felixSpec(paramsWith({}))).toEqual({})
})

const env = { profile: 'current' as const, cluster, nodeName: 'n1', address: '198.18.0.11/24', encapsulation: 'none', uplink: 'bond0.7' }
const linesOf = (text: string) =>
  new Map(
    text
      .trimEnd()
      .split('\n')
      .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

test('the environment has every name that the container reads, the address with its prefix, and makes no pool by itself', () => {
  const lines = linesOf(calicoEnv(env))
  expect(lines.get('IP')).toBe('198.18.0.11/24')
  expect(lines.get('NO_DEFAULT_POOLS')).toBe('true')
  expect(lines.get('ETCD_CA_CERT_FILE')).toBe(tls.caFile)
  expect(lines.has('ETCD_CA_FILE')).toBe(false)
  expect(lines.get('ETCD_ENDPOINTS')).toBe('https://198.18.0.11:2379,https://198.18.0.12:2379')
  expect(lines.get('FELIX_MTUIFACEPATTERN')).toBe('^bond0\\.7$')
  expect(linesOf(calicoEnv({ ...env, encapsulation: 'vxlan-always' })).get('CALICO_NETWORKING_BACKEND')).toBe('vxlan')
  expect(linesOf(calicoEnv({ ...env, profile: 'classic' })).get('CALICO_LIBNETWORK_ENABLED')).toBe('false')
})

const unit = {
  profile: 'current' as const,
  image: 'docker.io/calico/node:v3.31.7',
  cluster,
  runtime: { name: 'docker' as const, unit: 'docker.service' as const },
}

test('the unit passes the whole environment on, mounts the folder of the certificates, and comes back whenever the container ends', () => {
  const text = calicoUnit(unit)
  for (const line of [
    'Requires=docker.service',
    'Restart=always',
    'ExecStartPre=-/usr/bin/docker rm -f calico-node',
    '  --env-file=/etc/calico/calico.env \\',
    '  /etc/kubernetes/ssl:/etc/kubernetes/ssl:ro \\',
    '  /var/lib/calico:/var/lib/calico \\',
  ])
    expect(text.split('\n')).toContain(line)
  expect(text).not.toContain('/run/docker/plugins')
})

test.each([
  ['nerdctl', 'ExecStart=/usr/bin/env \\\n  nerdctl \\\n  run \\\n  --net=host'],
  [
    'ctr',
    'ExecStart=/usr/bin/env \\\n  ctr \\\n  run \\\n  --rm \\\n  --net-host \\\n  --privileged \\\n  --env-file=/etc/calico/calico.env',
  ],
] as const)('without docker it runs through %s', (name, start) => {
  const text = calicoUnit({ ...unit, runtime: { name, unit: 'containerd.service' } })
  expect(text).toContain(start)
  expect(text).toContain('Requires=containerd.service')
  expect(text).not.toContain('docker.service')
})

test('calicoctl is told its datastore in its own version', () => {
  expect(JSON.parse(calicoctlConfig(cluster))).toMatchObject({
    apiVersion: 'projectcalico.org/v3',
    kind: 'CalicoAPIConfig',
    spec: { datastoreType: 'etcdv3', etcdCACertFile: tls.caFile },
  })
  expect(JSON.parse(calicoctlConfig({ ...cluster, api: 'v2' }))).toMatchObject({
    apiVersion: 'v1',
    kind: 'calicoApiConfig',
    spec: { datastoreType: 'etcdv2' },
  })
})

const host = fc.string({ unit: fc.constantFrom(...'abc019-.'), minLength: 1, maxLength: 12 })
test('whatever the parameters, every artefact parses, and every endpoint in it has scheme and port', () =>
  fc.assert(
    fc.property(
      fc.record({
        encapsulation: fc.constantFrom(...encapsulations),
        mtu: fc.option(fc.integer({ min: 1280, max: 9000 }), { nil: undefined }),
        cni_kubeconfig: fc.option(
          fc.string({ unit: 'grapheme' }).map(text => `/${text}`),
          { nil: undefined },
        ),
      }),
      fc.array(host, { minLength: 1, maxLength: 3 }),
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.constantFrom('current' as const, 'classic' as const),
      ({ mtu, cni_kubeconfig, encapsulation }, hosts, nodeName, profile) => {
        const endpoints = hosts.map(name => `https://${name}:2379`)
        const params = { ...(paramsWith({ encapsulation }) as object), profile, mtu, cni_kubeconfig } as never
        const { plugins } = JSON.parse(conflist(params, { ...cluster, endpoints }, nodeName)) as { plugins: Record<string, string>[] }
        expect(plugins[0]).toMatchObject({ nodename: nodeName, etcd_endpoints: endpoints.join(',') })
        for (const endpoint of plugins[0]!['etcd_endpoints']!.split(',')) expect(endpoint).toMatch(/^https:\/\/.+:2379$/)
        expect((JSON.parse(calicoctlConfig({ ...cluster, endpoints })) as { spec: { etcdEndpoints: string } }).spec.etcdEndpoints).toBe(
          endpoints.join(','),
        )
      },
    ),
  ))
