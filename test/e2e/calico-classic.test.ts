import { listEtcdKeys } from '../../lab/etcd-keys.js'
import { differences, lookAtLab, lookAtRest } from '../../lab/look.js'
import { removePod, type LabPod } from '../../lab/pod.js'
import { blockRoutesOn, expectNoneLost, openCalico, pingedDuring, sessions, sessionsOn, type CalicoStory } from './calico-story.js'
import { setLeaving } from './decommission-story.js'
import { changedBy, played, podsOn, printedOn, refusals, unreachedPairs } from './flannel-story.js'
import { openStoryMs } from './story.js'
import { until } from './until.js'

/** calico of 2017 on etcd's v2 keys. What stands in for its images: lab/parts/README.md; its route reflectors: test/long. */
const nodes = ['n1', 'n2', 'n3', 'n4']
let story: CalicoStory
let pods: LabPod[]

beforeAll(async () => {
  story = await openCalico({ name: 'calico-classic', profile: 'classic' })
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const mesh = Object.fromEntries(nodes.map(node => [node, sessions('Mesh', ...nodes.filter(other => other !== node))]))

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
  expect(await sessionsOn(story)).toEqual(mesh)
  for (const host of nodes) expect(await blockRoutesOn(story, host)).toBe('3\n1')
  pods = await podsOn(story, nodes)
  expect(await unreachedPairs(story, pods)).toEqual([])
  expect(changedBy(await played(story, 'calico.yml'))).toEqual([])
}, 180_000)

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
