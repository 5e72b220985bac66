import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labBgpPrograms } from '../../lab/bgp-programs.js'
import { calicoctlConfig } from '../../roles/calico/calicoctl.js'
import { undoOne, writeAll } from '../../src/apply/cluster-write.js'
import type { CalicoWrite } from '../../src/calico.js'
import { calicoResourceKind as kind, type CalicoResourceParams } from '../../src/resources/calico-resource.js'
import { openEtcd, type Etcd } from '../../src/transport/etcd.js'
import type { Session } from '../../src/transport/session.js'
import { describeWithEtcd, startEtcd, type EtcdUnderTest } from '../support/etcd.js'
import { worldOf } from '../support/kind-driver.js'
import { LoopbackSession } from '../support/loopback-session.js'

const world = worldOf()
type Wish = Pick<CalicoResourceParams, 'kind' | 'name' | 'set'> & Partial<CalicoResourceParams>

/** What calicoctl's stand-in keeps of a wish is what the kind says it will: else a second run would write again. */
const generations: [api: 'v3' | 'v2', program: string, wishes: Wish[][]][] = [
  [
    'v3',
    'calicoctl-standin',
    [
      [
        { kind: 'IPPool', name: 'pods', set: { spec: { cidr: '172.30.0.0/16', natOutgoing: true, ipipMode: 'CrossSubnet' } } },
        { kind: 'IPPool', name: 'pods', set: { spec: { natOutgoing: false, nodeSelector: "zone == 'a'" } } },
        { kind: 'IPPool', name: 'pods', set: { spec: { nodeSelector: null, disabled: true }, metadata: { labels: { by: 'netplay' } } } },
      ],
      [
        { kind: 'BGPConfiguration', name: 'default', set: { spec: { asNumber: 64567 } } },
        { kind: 'BGPConfiguration', name: 'default', set: { spec: { nodeToNodeMeshEnabled: false } } },
        { kind: 'BGPConfiguration', name: 'default', set: { spec: { nodeToNodeMeshEnabled: null } } },
      ],
      [
        { kind: 'BGPPeer', name: 'reflectors', set: { spec: { nodeSelector: 'all()', peerSelector: "route-reflector == 'true'" } } },
        { kind: 'BGPPeer', name: 'reflectors', set: null },
      ],
      [{ kind: 'FelixConfiguration', name: 'default', set: { spec: { ipipMTU: 1480, healthEnabled: true } } }],
      [
        { kind: 'Node', name: 'n1', set: { spec: { bgp: { asNumber: 64512, ipv4Address: '198.18.0.11/24' } } } },
        {
          kind: 'Node',
          name: 'n1',
          mustExist: true,
          set: { metadata: { labels: { 'route-reflector': 'true' } }, spec: { bgp: { routeReflectorClusterID: '244.0.0.1' } } },
        },
        {
          kind: 'Node',
          name: 'n1',
          set: { metadata: { labels: { 'route-reflector': null } }, spec: { bgp: { routeReflectorClusterID: null } } },
        },
      ],
    ],
  ],
  [
    'v2',
    'calicoctl-v1-standin',
    [
      [
        {
          kind: 'ipPool',
          name: '10.200.0.0/16',
          set: { spec: { ipip: { enabled: true, mode: 'cross-subnet' }, 'nat-outgoing': true } },
        },
        { kind: 'ipPool', name: '10.200.0.0/16', set: { spec: { ipip: { enabled: false } } } },
        { kind: 'ipPool', name: '10.200.0.0/16', set: null },
      ],
      [
        { kind: 'bgpPeer', name: '198.18.0.20', set: { spec: { asNumber: 64567 } } },
        { kind: 'bgpPeer', name: '198.18.0.20', set: { spec: { asNumber: 64512 } } },
      ],
      [{ kind: 'asNumber', name: 'global', set: { value: 64567 } }],
      [{ kind: 'nodeToNodeMesh', name: 'global', set: { value: 'off' } }],
    ],
  ],
]

describe.each(generations)('resources of calico on %s', (api, program, wishes) => {
  describeWithEtcd(`by the lab's ${program}`, () => {
    const session = new LoopbackSession() as unknown as Session
    let server: EtcdUnderTest
    let etcd: Etcd
    let folder = ''
    let calicoctl = { path: '', config: '' }
    beforeAll(async () => {
      const programs = await labBgpPrograms(() => undefined)
      server = await startEtcd({ api })
      folder = await mkdtemp(join(tmpdir(), 'np-calico-'))
      calicoctl = { path: join(programs, program), config: join(folder, 'calicoctl.cfg') }
      await writeFile(calicoctl.config, calicoctlConfig(server.cluster))
      etcd = await openEtcd(session, server.cluster)
    }, 300_000)
    afterAll(async () => {
      await etcd?.close()
      await server?.stop()
      await rm(folder, { recursive: true, force: true })
    })

    const look = async (desired: CalicoResourceParams) => kind.parse(await etcd.read(kind.reads(desired)), desired)

    test.each(wishes.map(chain => [`${chain[0]!.kind} ${chain[0]!.name}`, chain] as const))(
      '%s: after each write nothing is left to do, and undone in reverse order all is as before',
      async (_, chain) => {
        const states: unknown[] = []
        const undos: CalicoWrite[] = []
        for (const wish of chain) {
          const desired = { cluster: server.cluster, calicoctl, ...wish }
          const before = await look(desired)
          states.push(before)
          undos.push(...(kind.undo(desired, before, world) as CalicoWrite[]))
          expect(kind.diff(desired, before, world)).toHaveLength(1)
          expect(await writeAll(session, etcd, kind.writes(desired, before, world))).toBe('done')
          expect(kind.diff(desired, await look(desired), world)).toEqual([])
        }
        const desired = { cluster: server.cluster, calicoctl, ...chain[0]! }
        for (const undo of undos.reverse()) {
          expect(await undoOne([session], etcd, undo)).toBe('written')
          expect(await look(desired)).toEqual(states.pop())
        }
      },
      60_000,
    )
  })
})
