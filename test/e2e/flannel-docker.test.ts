import { rebootHost } from '../../lab/lab.js'
import type { LabPod } from '../../lab/pod.js'
import { changedBy, onEachHost, pingOnce, played, podOnEachHost, printedOn, removePods, unreachedPairs } from './flannel-story.js'
import { openStory, openStoryMs, type Story } from './story.js'
import { until } from './until.js'

let story: Story
let pods: LabPod[]

beforeAll(async () => {
  story = await openStory({ name: 'fl-docker', hosts: 2, docker: true, backend: 'vxlan' })
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const drop = '-P FORWARD DROP'
const policies = () => onEachHost(story, 'iptables -S FORWARD | head -n 1')
const flannelsAccepts = () => onEachHost(story, 'iptables-save -t filter | grep -c "flanneld forward" || true')

test('docker has set FORWARD to DROP, and pods of two hosts reach each other after one run', async () => {
  expect(await onEachHost(story, 'systemctl is-active docker')).toEqual(['active', 'active'])
  expect(await policies()).toEqual([drop, drop])
  await played(story, 'flannel.yml')
  pods = await podOnEachHost(story)
  expect(await unreachedPairs(story, pods)).toEqual([])
  expect(await policies()).toEqual([drop, drop])
}, 120_000)

test('with the accepts of flanneld itself switched off it is our rule that lets them through', async () => {
  await story.setVars({ flannel_iptables_forward_rules: false })
  expect(changedBy(await played(story, 'flannel.yml'))).toEqual(
    ['n1', 'n2'].flatMap(host => [`${host} Run flanneld`, `${host} Write flannel.service`]),
  )
  // What an earlier flanneld put in stays behind until the next boot: it is taken away here, and the one that runs now does not put it back.
  await onEachHost(
    story,
    'iptables -D FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD; iptables -F FLANNEL-FWD; iptables -X FLANNEL-FWD',
  )
  expect(await flannelsAccepts()).toEqual(['0', '0'])
  expect(await unreachedPairs(story, pods)).toEqual([])
  // The same hosts without it: nothing gets through, so nothing else helped.
  await printedOn(story, 'n1', 'iptables -D FORWARD -s 10.244.0.0/16 -j ACCEPT; iptables -D FORWARD -d 10.244.0.0/16 -j ACCEPT')
  expect(await pingOnce(story, pods[0]!, pods[1]!, 56)).toContain('100% packet loss')
  expect(changedBy(await played(story, 'flannel.yml'))).toEqual([
    'n1 Accept forwarded packets from pods',
    'n1 Accept forwarded packets to pods',
  ])
  expect(await unreachedPairs(story, pods)).toEqual([])
}, 120_000)

test('a restart of docker changes nothing for pods', async () => {
  await onEachHost(story, 'systemctl restart docker')
  expect(await policies()).toEqual([drop, drop])
  expect(await flannelsAccepts()).toEqual(['0', '0'])
  expect(await unreachedPairs(story, pods)).toEqual([])
}, 60_000)

test('after a reboot forwarding, flanneld and our rules are there before anybody runs netplay', async () => {
  for (const { name } of story.lab.hosts) await rebootHost(story.lab, name)
  const units = 'systemctl is-active docker flannel netplay-forward | tr "\\n" " "; true'
  await until('all units run', async () => (await onEachHost(story, units)).every(states => states === 'active active active'), 60_000)
  expect(await onEachHost(story, 'sysctl -n net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables')).toEqual(['1\n1', '1\n1'])
  // Forwarding was on before docker started, so it left the policy alone this time: the worst is put back, to see the rule at work.
  await onEachHost(story, 'iptables -P FORWARD DROP')
  expect(await flannelsAccepts()).toEqual(['0', '0'])
  await removePods(story)
  pods = await podOnEachHost(story)
  expect(await unreachedPairs(story, pods)).toEqual([])
  expect(changedBy(await played(story, 'flannel.yml'))).toEqual([])
}, 120_000)

test('with accepts of its own flanneld needs them no less', async () => {
  await story.setVars({})
  await played(story, 'flannel.yml')
  expect((await flannelsAccepts()).map(Number).every(count => count > 0)).toBe(true)
  await onEachHost(story, 'systemctl restart docker')
  expect(await unreachedPairs(story, pods)).toEqual([])
  expect(changedBy(await played(story, 'flannel.yml'))).toEqual([])
}, 60_000)
