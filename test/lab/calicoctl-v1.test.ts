import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labBgpPrograms } from '../../lab/bgp-programs.js'
import { run } from '../../lab/command.js'
import { describeWithEtcd, startEtcd, type EtcdUnderTest } from '../support/etcd.js'

/** The keys are those of calico 2.x; its words were not recorded, so they are not looked at beyond what went wrong. */
describeWithEtcd("the lab's calicoctl of the classic generation", () => {
  let etcd: EtcdUnderTest
  let folder = ''
  let programs = ''

  beforeAll(async () => {
    programs = await labBgpPrograms(() => undefined)
    etcd = await startEtcd()
    folder = await mkdtemp(join(tmpdir(), 'np-calicoctl-v1-'))
    const { keyFile, certFile, caFile } = etcd.cluster
    const spec = { etcdEndpoints: etcd.endpoints.join(','), etcdKeyFile: keyFile, etcdCertFile: certFile, etcdCACertFile: caFile }
    await writeFile(join(folder, 'v1.cfg'), JSON.stringify({ apiVersion: 'v1', kind: 'calicoApiConfig', metadata: {}, spec }))
  }, 300_000)

  afterAll(async () => {
    await etcd?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const calicoctl = (argv: string[], input?: unknown, program = 'calicoctl-v1-standin') =>
    run([join(programs, program), argv[0]!, `--config=${join(folder, 'v1.cfg')}`, ...argv.slice(1)], {
      ...(input === undefined ? {} : { input: JSON.stringify(input) }),
    })
  const valueOf = async (key: string) => JSON.parse(await etcd.ctl2('get', `/calico/${key}`)) as unknown

  test('a pool lies under its address in the v2 store', async () => {
    const spec = { ipip: { enabled: true, mode: 'cross-subnet' }, 'nat-outgoing': true }
    const applied = await calicoctl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'ipPool', metadata: { cidr: '10.200.0.0/16' }, spec })
    expect(applied).toMatchObject({ code: 0, stdout: "Successfully applied 1 'ipPool' resource(s)\n" })
    expect(await valueOf('v1/ipam/v4/pool/10.200.0.0-16')).toEqual({
      ...{ cidr: '10.200.0.0/16', ipip: 'tunl0', ipip_mode: 'cross-subnet', masquerade: true, ipam: true, disabled: false },
    })
    expect(JSON.parse((await calicoctl(['get', 'ipPool', '-o', 'json'])).stdout)).toEqual([
      { kind: 'ipPool', apiVersion: 'v1', metadata: { cidr: '10.200.0.0/16' }, spec },
    ])
  })

  test('a global peer is created once, shown, and deleted', async () => {
    const peer = { apiVersion: 'v1', kind: 'bgpPeer', metadata: { peerIP: '192.0.2.9', scope: 'global' }, spec: { asNumber: 64512 } }
    expect((await calicoctl(['create', '-f', '-'], peer)).code).toBe(0)
    expect(await valueOf('bgp/v1/global/peer_v4/192.0.2.9')).toEqual({ ip: '192.0.2.9', as_num: '64512' })
    expect(await calicoctl(['create', '-f', '-'], peer)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('already exists') as string,
    })
    expect(JSON.parse((await calicoctl(['get', 'bgpPeer', '-o', 'json'])).stdout)).toEqual([peer])
    expect((await calicoctl(['delete', '-f', '-'], peer)).code).toBe(0)
    expect(await calicoctl(['delete', '-f', '-'], peer)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not exist') as string,
    })
  })

  test('the mesh and the AS number are settings', async () => {
    const shown = async (name: string) => (await calicoctl(['config', 'get', name])).stdout.trim()
    expect([await shown('nodeToNodeMesh'), await shown('asNumber')]).toEqual(['on', '64512'])
    expect((await calicoctl(['config', 'set', 'nodeToNodeMesh', 'off'])).code).toBe(0)
    expect((await calicoctl(['config', 'set', 'asNumber', '64567'])).code).toBe(0)
    expect([await shown('nodeToNodeMesh'), await shown('asNumber')]).toEqual(['off', '64567'])
    expect(await valueOf('bgp/v1/global/node_mesh')).toEqual({ enabled: false })
    expect((await calicoctl(['config', 'set', 'nodeToNodeMesh', 'maybe'])).code).toBe(1)
  })

  test('lost indentation is refused, and so is a resource of v3', async () => {
    const flat = { apiVersion: 'v1', kind: 'ipPool', cidr: '10.200.0.0/16' }
    expect(await calicoctl(['apply', '-f', '-'], flat)).toMatchObject({ code: 1, stderr: expect.stringContaining(': cidr') as string })
    const current = { apiVersion: 'projectcalico.org/v3', kind: 'IPPool', metadata: {}, spec: {} }
    expect((await calicoctl(['apply', '-f', '-'], current)).code).toBe(1)
  })

  test("calicoctl of v3 refuses this generation's configuration", async () => {
    expect(await calicoctl(['get', 'nodes'], undefined, 'calicoctl-standin')).toMatchObject({
      code: 1,
      stdout: "Failed to create Calico API client: invalid config file: unknown APIVersion 'v1'\n",
    })
  })
})
