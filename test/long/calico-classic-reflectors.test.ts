import { listEtcdKeys } from '../../lab/etcd-keys.js'
import type { LabPod } from '../../lab/pod.js'
import { expectNoneLost, openCalico, pingedDuring, sessions, sessionsOn, type CalicoStory } from '../e2e/calico-story.js'
import { changedBy, played, podsOn, printedOn } from '../e2e/flannel-story.js'
import { openStoryMs } from '../e2e/story.js'

/** calico of 2017 on etcd's v2 keys: four nodes, and hosts of their own for route reflectors. What stands in for its images: lab/parts/README.md. */
const nodes = ['n1', 'n2', 'n3', 'n4']
let story: CalicoStory
let pods: LabPod[]

beforeAll(async () => {
  story = await openCalico({ name: 'classic-rr', hosts: 7, profile: 'classic' })
  await played(story, 'calico.yml')
  pods = await podsOn(story, nodes)
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
