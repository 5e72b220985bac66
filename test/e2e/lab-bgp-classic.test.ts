import { labBgpParts } from '../../lab/bgp-parts.js'
import { etcdctl } from '../../lab/etcd-keys.js'
import { labEtcd } from '../../lab/etcd.js'
import { labDown, labUp, onHost, type Lab } from '../../lab/lab.js'
import { labPod, onPod } from '../../lab/pod.js'
import { calicoctl, installCalico, sessionsOf, startReflector } from './lab-bgp-by-hand.js'
import { until } from './until.js'

/** The classic generation: calico 2.x on etcd v2 on three hosts, and a route reflector's container on a fourth. */
const name = `test-bgp-classic${process.env.NETPLAY_LAB_SUFFIX ?? ''}`
const minutes = 60_000
const nodes = ['n1', 'n2', 'n3']
const reflector = '198.18.0.14'
let lab: Lab

beforeAll(async () => {
  const parts = await labBgpParts()
  await labDown(name)
  lab = await labUp({ name, hosts: 4, docker: true })
  await labEtcd(lab)
  await installCalico(lab, parts, 'classic', lab.hosts.slice(0, 3))
  await startReflector(lab, parts, lab.hosts[3]!, '1.0.0.2')
}, 20 * minutes)

afterAll(() => labDown(name), minutes)

const established = async (host: string) => {
  const sessions = await sessionsOf(lab, host)
  return sessions.map(each => `${each.name} ${each.info}`).sort()
}

const untilEach = (what: string, wanted: (host: string) => string[]) =>
  until(
    what,
    async () => {
      for (const host of nodes) if ((await established(host)).join() !== wanted(host).sort().join()) return false
      return true
    },
    90_000,
  )

const meshOf = (host: string) => nodes.filter(each => each !== host).map(each => `Mesh_198_18_0_1${each.slice(1)} Established`)
const global = 'Global_198_18_0_14 Established'
const blockRoutes = async (host: string) => (await onHost(lab, host, "ip route | grep -c 'via .* proto bird'")).stdout.trim()

test(
  'hosts mesh by the keys of etcd v2, and their pods reach each other',
  async () => {
    await untilEach('a full mesh', meshOf)
    const [from, to] = [await labPod(lab, 'n1'), await labPod(lab, 'n2')]
    await until('a route', async () => (await blockRoutes('n1')) === '2')
    expect((await onPod(lab, from, `ping -c 1 -W 2 ${to.address}`)).code).toBe(0)
    const top = (await onHost(lab, 'n1', 'docker top calico-node')).stdout
    for (const daemon of ['calico-felix', 'confd', '/usr/sbin/bird -R']) expect(top).toContain(daemon)
  },
  3 * minutes,
)

test(
  'a global peer brings the reflector in beside the mesh; without the mesh it reflects every route',
  async () => {
    const peer = { apiVersion: 'v1', kind: 'bgpPeer', metadata: { peerIP: reflector, scope: 'global' }, spec: { asNumber: 64512 } }
    await calicoctl(lab, 'n1', ['apply', '-f', '-'], peer)
    await untilEach('the reflector beside the mesh', host => [...meshOf(host), global])
    await calicoctl(lab, 'n1', ['config', 'set', 'nodeToNodeMesh', 'off'])
    await untilEach('the reflector alone', () => [global])
    for (const host of nodes) await until(`routes on ${host}`, async () => (await blockRoutes(host)) === '2')
    expect((await onHost(lab, 'n4', 'docker exec calico-rr birdcl show protocols | grep -c Established')).stdout.trim()).toBe('3')
  },
  3 * minutes,
)

test(
  "a peer's number that is not the hosts' own brings no session: BIRD on the reflector refuses such a client",
  async () => {
    const peer = { apiVersion: 'v1', kind: 'bgpPeer', metadata: { peerIP: reflector, scope: 'global' }, spec: { asNumber: 64567 } }
    await calicoctl(lab, 'n1', ['apply', '-f', '-'], peer)
    expect(await etcdctl(lab, ['get', `/calico/bgp/v1/global/peer_v4/${reflector}`], { api: 2 })).toContain('64567')
    const log = async () => (await onHost(lab, 'n4', 'docker logs calico-rr 2>&1')).stdout
    await until('BIRD refuses', async () => (await log()).includes('Only internal neighbor can be RR client'), 30_000)
    await until('no session', async () => !(await established('n1')).includes(global), 60_000)
  },
  3 * minutes,
)
