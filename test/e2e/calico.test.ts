import { differences, lookAtLab, lookAtRest } from '../../lab/look.js'
import { listEtcdKeys } from '../../lab/etcd-keys.js'
import { removePod, type LabPod } from '../../lab/pod.js'
import {
  blockRoutesOn,
  expectNoneLost,
  mostLost,
  openCalico,
  pingedDuring,
  sessions,
  sessionsOn,
  type CalicoStory,
} from './calico-story.js'
import { setLeaving } from './decommission-story.js'
import { changedBy, onEachHost, played, podOnEachHost, printedOn, refusals, unreachedPairs } from './flannel-story.js'
import { openStoryMs, type Ran } from './story.js'
import { until } from './until.js'

let story: CalicoStory
let pods: LabPod[]
let left: Ran

beforeAll(async () => {
  story = await openCalico({ name: 'calico' })
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const mesh = {
  n1: sessions('Mesh', 'n2', 'n3', 'n4'),
  n2: sessions('Mesh', 'n1', 'n3', 'n4'),
  n3: sessions('Mesh', 'n1', 'n2', 'n4'),
  n4: sessions('Mesh', 'n1', 'n2', 'n3'),
}
const reflected = {
  n1: sessions('Node', 'n2', 'n3', 'n4'),
  n2: sessions('Node', 'n1', 'n3', 'n4'),
  n3: sessions('Node', 'n1', 'n2'),
  n4: sessions('Node', 'n1', 'n2'),
}

test('a check on clean hosts shows everything and writes nothing', async () => {
  const before = await lookAtRest(story.lab)
  const { code, stdout } = await story.play('calico.yml', ['--check', '--diff'])
  expect({ code, stdout }).toMatchObject({ code: 0 })
  for (const shown of [
    'calico IPPool default-ipv4-ippool',
    'image netplay-lab/calico-node-standin',
    'IP=198.18.0.11/24',
    'unit calico.service',
  ])
    expect(stdout).toContain(shown)
  expect(stdout).toContain('Would start: calico.service on 4. Nothing was written.')
  expect(differences(before, await lookAtLab(story.lab))).toEqual([])
}, 120_000)

test('from nothing to a full mesh with routes to every block, and pods that reach each other', async () => {
  await played(story, 'calico.yml')
  expect(await sessionsOn(story)).toEqual(mesh)
  for (const host of ['n1', 'n2', 'n3', 'n4']) expect(await blockRoutesOn(story, host)).toBe('3\n1')
  expect(await onEachHost(story, 'iptables -S FORWARD | head -n 1')).toEqual(Array(4).fill('-P FORWARD DROP'))
  pods = await podOnEachHost(story)
  expect(await unreachedPairs(story, pods)).toEqual([])
  expect(changedBy(await played(story, 'calico.yml'))).toEqual([])
}, 180_000)

test('from the full mesh to two reflectors with pods on them: no packet is lost', async () => {
  const { report, result } = await pingedDuring(story, pods, () => played(story, 'calico-route-reflectors.yml'))
  expectNoneLost(report)
  expect(changedBy(result).filter(change => change.startsWith('n1 '))).toEqual([
    'n1 Every node looks for reflectors',
    'n1 Hold the data path',
    'n1 No sessions between plain nodes',
    'n1 Release the data path',
    'n1 This node reflects',
  ])
  expect(await sessionsOn(story)).toEqual(reflected)
  expect(changedBy(await played(story, 'calico-route-reflectors.yml'))).toEqual([])
  expect(changedBy(await played(story, 'calico.yml'))).toEqual([])
}, 180_000)

test('a third reflector comes and goes: no packet is lost', async () => {
  await story.setReflectors(['n1', 'n2', 'n3'])
  const added = await pingedDuring(story, pods, () => played(story, 'calico-route-reflectors.yml'))
  expectNoneLost(added.report)
  expect((await sessionsOn(story))['n4']).toEqual(sessions('Node', 'n1', 'n2', 'n3'))
  await story.setReflectors(['n1', 'n2'])
  const taken = await pingedDuring(story, pods, () => played(story, 'calico-route-reflectors.yml'))
  expectNoneLost(taken.report)
  expect(await sessionsOn(story)).toEqual(reflected)
}, 240_000)

test('back to the full mesh: no packet is lost', async () => {
  const { report } = await pingedDuring(story, pods, () => played(story, 'calico-full-mesh.yml'))
  expectNoneLost(report)
  expect(await sessionsOn(story)).toEqual(mesh)
}, 120_000)

test('without the hold the same change loses packets: what it is for', async () => {
  const { report } = await pingedDuring(story, pods, () => played(story, 'calico-route-reflectors.yml', ['--no-hold']))
  expect(mostLost(report)).toBeGreaterThanOrEqual(20)
}, 120_000)

/** Of n4 alone, as an admin has made it. */
const peerOfN4 = {
  ...{ apiVersion: 'projectcalico.org/v3', kind: 'BGPPeer', metadata: { name: 'top-of-rack' } },
  spec: { node: 'n4', peerIP: '198.18.0.99', asNumber: 64999 },
}

test('a node leaves: refused while pods run there, then nothing knows it any more, and the pods of the others lose nothing', async () => {
  const groups = { etcd: ['n1', 'n2', 'n3'], calico: ['n1', 'n2', 'n3', 'n4'], route_reflectors: ['n1', 'n2'], leaving: ['n4'] }
  await setLeaving(story, groups)
  expect(refusals(await played(story, 'decommission.yml', [], 2))['n4']).toMatch(/a pod runs on n4: \S+/)
  const [leaving, stay] = [pods.find(({ host }) => host === 'n4')!, pods.filter(({ host }) => host !== 'n4')]
  await removePod(story.lab, 'n4', leaving.name)
  await printedOn(story, 'n4', `printf %s '${JSON.stringify(peerOfN4)}' | calicoctl apply -f -`)
  const { report, result } = await pingedDuring(story, stay, () => played(story, 'decommission.yml'))
  left = result
  expectNoneLost(report, 6)
  expect(changedBy(result).filter(change => !change.startsWith('n4 '))).toEqual([])
  expect(JSON.stringify(result.events.filter(({ type }) => type === 'warning'))).toContain('BGPPeer top-of-rack')
  expect((await listEtcdKeys(story.lab, '/calico/')).filter(({ key, value }) => `${key} ${value}`.includes('n4'))).toEqual([])
  for (const host of ['n1', 'n2', 'n3']) expect(await blockRoutesOn(story, host)).toBe('2\n1')
  expect((await sessionsOn(story))['n3']).toEqual(sessions('Node', 'n1', 'n2'))
  expect(
    await printedOn(
      story,
      'n4',
      'ip -4 route show root 172.30.0.0/16; docker ps -aq; ls /etc/cni/net.d /etc/systemd/system | grep calico || :; systemctl is-active calico || :',
    ),
  ).toBe('inactive')
  expect(changedBy(await played(story, 'decommission.yml'))).toEqual([])
}, 180_000)

test('rolled back, the node is there again', async () => {
  const [started] = left.events
  const back = await story.netplay(['rollback', started?.type === 'run-started' ? started.run : '', '-i', 'hosts.ini'])
  expect([back.code, back.stdout + back.stderr]).toEqual([0, expect.any(String)])
  await until('n3 has a route to its block', async () => (await blockRoutesOn(story, 'n3')) === '3\n1', 30_000)
  expect(changedBy(await played(story, 'calico.yml'))).toEqual([])
}, 120_000)
