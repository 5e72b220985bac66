import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labBgpPrograms } from '../../lab/bgp-programs.js'
import { describeWithEtcd, startEtcd, type EtcdUnderTest } from '../support/etcd.js'
import { parseRecording, type Recorded } from './calicoctl-recording.js'

/**
 * Every command of the recording against a real etcd, in its order, with the stand-in as calicoctl: standard output, standard
 * error and exit status have to be those of the real one. Only uids, revisions and times may differ.
 */
describeWithEtcd("the lab's calicoctl says what the real one was recorded to say", () => {
  let etcd: EtcdUnderTest
  let folder = ''

  beforeAll(async () => {
    const programs = await labBgpPrograms(() => undefined)
    etcd = await startEtcd()
    folder = await mkdtemp(join(tmpdir(), 'np-calicoctl-'))
    await layOut(folder, etcd, join(programs, 'calicoctl-standin'))
    await seed(etcd)
  }, 300_000)

  afterAll(async () => {
    await etcd?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('command by command', async () => {
    const recording = parseRecording(await readFile(new URL('../fixtures/calico/calicoctl-v3.31.txt', import.meta.url), 'utf8'))
    expect(recording).toHaveLength(47)
    for (const recorded of recording) expect(await replay(folder, recorded.command)).toEqual(normalised(recorded))
  })

  async function replay(at: string, command: string): Promise<Recorded> {
    // Files of the recorded host lie in the test's folder; half a minute is longer than it takes to see that it hangs.
    const local = command
      .replaceAll('/etc/calico/calicoctl.cfg', `${at}/calicoctl.cfg`)
      .replaceAll('/tmp/c;', `${at}/c;`)
      .replaceAll('/tmp/c ', `${at}/c `)
      .replace('timeout 30', 'timeout 2')
    const child = spawn('sh', ['-c', local], { env: { ...process.env, PATH: `${at}/bin:${process.env.PATH}`, CFG: `${at}/calicoctl.cfg` } })
    const [stdout, stderr, code] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      once(child, 'close').then(([status]) => status as number),
    ])
    return normalised({ command, stdout: stdout.replaceAll(`${at}/ssl`, '/etc/kubernetes/ssl'), stderr, code })
  }
})

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

/** The wrapper gives calicoctl the file that a host has at its default place, as long as that file is there. */
const wrapper = (program: string) => `#!/bin/sh
for word do case $word in --config*) exec ${program} "$@" ;; esac; done
[ -e "$CFG" ] || exec ${program} "$@"
verb=$1; shift
exec ${program} "$verb" "--config=$CFG" "$@"
`

async function layOut(folder: string, { cluster, endpoints }: EtcdUnderTest, program: string): Promise<void> {
  await mkdir(join(folder, 'bin'))
  await mkdir(join(folder, 'ssl'))
  await writeFile(join(folder, 'bin', 'calicoctl'), wrapper(program), { mode: 0o755 })
  const files = { etcdKeyFile: 'kubernetes-key.pem', etcdCertFile: 'kubernetes.pem', etcdCACertFile: 'ca.pem' }
  const from = { etcdKeyFile: cluster.keyFile!, etcdCertFile: cluster.certFile!, etcdCACertFile: cluster.caFile! }
  for (const [field, name] of Object.entries(files)) await symlink(from[field as keyof typeof from], join(folder, 'ssl', name))
  const paths = Object.fromEntries(Object.entries(files).map(([field, name]) => [field, join(folder, 'ssl', name)]))
  const spec = { datastoreType: 'etcdv3', etcdEndpoints: endpoints.join(','), ...paths }
  await writeFile(
    join(folder, 'calicoctl.cfg'),
    JSON.stringify({ apiVersion: 'projectcalico.org/v3', kind: 'CalicoAPIConfig', metadata: {}, spec }),
  )
}

/** What the recorded cluster had when the recording began: made by calico/node, with a pod on every host. */
async function seed(etcd: EtcdUnderTest): Promise<void> {
  const put = (path: string, value: unknown) => etcd.ctl('put', `/calico/${path}`, JSON.stringify(value))
  const resource = (kind: string, name: string, spec: unknown, more = {}) => ({
    ...{ kind, apiVersion: 'projectcalico.org/v3' },
    metadata: { name, uid: '0cb63749-d2a8-4d1b-b9f5-bce51f49092a', creationTimestamp: '2026-11-22T20:21:03Z' },
    ...{ spec, ...more },
  })
  const resources = 'resources/v3/projectcalico.org'
  const guid = { clusterGUID: 'c846e767d97c4bcf86a89e3d9fc79213', datastoreReady: true }
  await put(`${resources}/clusterinformations/default`, resource('ClusterInformation', 'default', guid))
  await put(`${resources}/ippools/default-ipv4-ippool`, resource('IPPool', 'default-ipv4-ippool', recordedPool))
  await put(`${resources}/felixconfigurations/default`, resource('FelixConfiguration', 'default', recordedFelix))
  for (const [number, block] of ['40.128', '217.0', '98.0', '223.192'].entries()) {
    const name = `n${number + 1}`
    const address = `198.18.0.1${number + 1}`
    const spec = { bgp: { asNumber: 64512, ipv4Address: `${address}/24` }, interfaces: [{ name: 'host0', addresses: [address] }] }
    await put(`${resources}/nodes/${name}`, resource('Node', name, spec, { status: {} }))
    await put(`ipam/v2/assignment/ipv4/block/172.30.${block}-26`, {
      ...{ cidr: `172.30.${block}/26`, affinity: `host:${name}`, deleted: false },
      allocations: Array.from({ length: 64 }, (_, ordinal) => (ordinal === 0 ? 0 : null)),
      unallocated: Array.from({ length: 63 }, (_, ordinal) => ordinal + 1),
    })
  }
}

const recordedPool = {
  ...{ cidr: '172.30.0.0/16', vxlanMode: 'Never', ipipMode: 'Never', natOutgoing: true, blockSize: 26, nodeSelector: 'all()' },
  ...{ allowedUses: ['Workload', 'Tunnel'], assignmentMode: 'Automatic' },
}

const recordedFelix = {
  ...{ logSeverityScreen: 'Info', reportingInterval: '0s', bpfLogLevel: '', bpfConnectTimeLoadBalancing: 'TCP' },
  ...{ bpfHostNetworkedNATWithoutCTLB: 'Enabled', floatingIPs: 'Disabled' },
}

/** What differs from cluster to cluster is put out of sight. */
function normalised({ command, stdout, stderr, code }: Recorded): Recorded {
  const plain = (text: string) =>
    text
      .replace(/("?uid"?: "?)[0-9a-f-]{36}/g, '$1UID')
      .replace(/("?resourceVersion"?: ")\d+/g, '$1REVISION')
      .replace(/("?creationTimestamp"?: ")[^"]+/g, '$1TIME')
  return { command, stdout: plain(stdout), stderr: plain(stderr), code }
}
