import { listEtcdKeys } from '../../lab/etcd-keys.js'
import { differences, lookAtLab, lookAtRest } from '../../lab/look.js'
import { removePod, type LabPod } from '../../lab/pod.js'
import { blockRoutesOn, expectNoneLost, openCalico, pingedDuring, sessions, sessionsOn, type CalicoStory } from './calico-story.js'
import { setLeaving } from './decommission-story.js'
import { changedBy, played, podsOn, printedOn, refusals, unreachedPairs } from './flannel-story.js'
import { openStoryMs } from './story.js'
import { until } from './until.js'

/** calico of 2017 on etcd's v2 keys: four nodes, and hosts of their own for route reflectors. What stands in for its images: lab/parts/README.md. */
const nodes = ['n1', 'n2', 'n3', 'n4']
let story: CalicoStory
let pods: LabPod[]

beforeAll(async () => {
  story = await openCalico({ name: 'calico-classic', hosts: 7, profile: 'classic' })
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const nodeSessions = async () => {
  const all = await sessionsOn(story)
  return Object.fromEntries(nodes.map(name => [name, all[name]]))
}
const each = (wanted: (node: string) => string[]) => Object.fromEntries(nodes.map(node => [node, wanted(node)]))
const mesh = each(node => sessions('Mesh', ...nodes.filter(other => other !== node)))
const by = (...reflectors: string[]) => each(() => sessions('Global', ...reflectors))

async function reflectedBy(...reflectors: string[]) {
  await story.setReflectors(reflectors)
  const { report, result } = await pingedDuring(story, pods, () => played(story, 'calico-route-reflectors.yml'))
  expectNoneLost(report)
  expect(await nodeSessions()).toEqual(by(...reflectors))
  return result
}

const expectNoReflector = async (host: string) =>
  expect(await printedOn(story, host, 'systemctl is-active calico-rr.service || :; docker ps -aq; ls /etc/calico')).toBe(
    'inactive\ncalicoctl.cfg',
  )

test('a check on clean hosts shows everything and writes nothing', async () => {
  const before = await lookAtRest(story.lab)
  const { code, stdout } = await story.play('calico.yml', ['--check', '--diff'])
  expect({ code, stdout }).toMatchObject({ code: 0 })
  for (const shown of ['calico ipPool 172.30.0.0/16', 'IP=198.18.0.11/24', 'Would start: calico.service on 4. Nothing was written.'])
    expect(stdout).toContain(shown)
  expect(differences(before, await lookAtLab(story.lab))).toEqual([])
}, 120_000)

test('from nothing to a full mesh with routes to every block, and pods that reach each other', async () => {
  await played(story, 'calico.yml')
  expect(await nodeSessions()).toEqual(mesh)
  for (const host of nodes) expect(await blockRoutesOn(story, host)).toBe('3\n1')
  pods = await podsOn(story, nodes)
  expect(await unreachedPairs(story, pods)).toEqual([])
  expect(changedBy(await played(story, 'calico.yml'))).toEqual([])
}, 180_000)

test('from the full mesh to two reflectors of their own, a third one, and two again: no packet is lost', async () => {
  await reflectedBy('n5', 'n6')
  await reflectedBy('n5', 'n6', 'n7')
  await reflectedBy('n5', 'n6')
  await expectNoReflector('n7')
  expect(changedBy(await played(story, 'calico-route-reflectors.yml'))).toEqual([])
}, 300_000)

test('back to the full mesh: no packet is lost, and nothing is left of the reflectors', async () => {
  const { report } = await pingedDuring(story, pods, () => played(story, 'calico-full-mesh.yml'))
  expectNoneLost(report)
  expect(await nodeSessions()).toEqual(mesh)
  for (const host of ['n5', 'n6']) await expectNoReflector(host)
  expect((await listEtcdKeys(story.lab, '/calico/bgp/v1')).filter(({ key }) => /\/(rr_v4|peer_v4)\/./.test(key))).toEqual([])
  expect(changedBy(await played(story, 'calico-full-mesh.yml'))).toEqual([])
}, 120_000)

test('a node leaves: refused while pods run there, then nothing knows it any more, and the pods of the others lose nothing; rolled back, it is there again', async () => {
  await setLeaving(story, { nodes, etcd: ['n1', 'n2', 'n3'], calico: nodes, leaving: ['n4'] })
  expect(refusals(await played(story, 'decommission.yml', [], 2))['n4']).toMatch(/a pod runs on n4: \S+/)
  const [leaving, stay] = [pods.find(({ host }) => host === 'n4')!, pods.filter(({ host }) => host !== 'n4')]
  await removePod(story.lab, 'n4', leaving.name)
  const { report, result } = await pingedDuring(story, stay, () => played(story, 'decommission.yml'))
  expectNoneLost(report, 6)
  expect((await listEtcdKeys(story.lab, '/calico/')).filter(({ key, value }) => `${key} ${value}`.includes('n4'))).toEqual([])
  for (const host of ['n1', 'n2', 'n3']) expect(await blockRoutesOn(story, host)).toBe('2\n1')
  expect((await sessionsOn(story))['n3']).toEqual(sessions('Mesh', 'n1', 'n2'))
  expect(await printedOn(story, 'n4', 'ip -4 route show root 172.30.0.0/16; docker ps -aq; systemctl is-active calico || :')).toBe(
    'inactive',
  )
  expect(changedBy(await played(story, 'decommission.yml'))).toEqual([])

  const [started] = result.events
  const back = await story.netplay(['rollback', started?.type === 'run-started' ? started.run : '', '-i', 'hosts.ini'])
  expect([back.code, back.stdout + back.stderr]).toEqual([0, expect.any(String)])
  await until('n3 has a session with it', async () => (await sessionsOn(story))['n3']!.includes('Mesh_198_18_0_14'), 30_000)
  expect(changedBy(await played(story, 'calico.yml'))).toEqual([])
}, 240_000)
