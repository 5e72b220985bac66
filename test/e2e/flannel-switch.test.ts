import { setTimeout as delay } from 'node:timers/promises'
import { listEtcdKeys } from '../../lab/etcd-keys.js'
import { formatPingReport, type PingReport } from '../../lab/ping-report.js'
import { startPing } from '../../lab/ping.js'
import { labPod, type LabPod } from '../../lab/pod.js'
import { changedBy, onEachHost, pingOnce, played, podOnEachHost, printedOn, removePods, unreachedPairs } from './flannel-story.js'
import { openStory, openStoryMs, type Ran, type Story } from './story.js'

let story: Story
let pods: LabPod[]

beforeAll(async () => {
  story = await openStory({ name: 'fl-switch', hosts: 4, docker: true, backend: 'host-gw' })
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const switchTo = (backend: string, flags: string[] = []) =>
  played(story, 'flannel-backend-switch.yml', ['-e', `flannel_backend=${backend}`, ...flags])

/** What the pods lose while something is done, and for a second after. */
async function pingedDuring<T>(body: () => Promise<T>): Promise<{ report: PingReport; result: T }> {
  const ping = await startPing(story.lab, { pods })
  await delay(500)
  const result = await body().finally(() => delay(1000))
  return { report: await ping.stop(), result }
}

const expectNoneLost = (report: PingReport) => {
  expect(report.pairs).toHaveLength(12)
  // 12 pairs, 100 a second: a prober that did not run would be seen here.
  expect(report.sent).toBeGreaterThan(0.5 * 12 * (report.durationMs / report.intervalMs))
  if (report.lost > 0) throw new Error(formatPingReport(report))
}

const backendsOfLeases = async () =>
  (await listEtcdKeys(story.lab, '/coreos.com/network/subnets')).map(
    ({ value }) => (JSON.parse(value) as { BackendType: string }).BackendType,
  )

/** Every host has the last stage's gates behind it, the pings among all four among them. */
const gatedAtTheEnd = ({ events }: Ran) =>
  events
    .flatMap(event => (event.type === 'item-ok' && event.item.startsWith('s7.') && event.key === 'gate:pod-pings' ? [event.host] : []))
    .sort()

test('four docker hosts whose policy is DROP run pods over host-gw', async () => {
  expect(await onEachHost(story, 'iptables -S FORWARD | head -n 1')).toEqual(Array(4).fill('-P FORWARD DROP'))
  await played(story, 'flannel.yml')
  pods = await podOnEachHost(story)
  expect(pods.map(({ mtu }) => mtu)).toEqual([1500, 1500, 1500, 1500])
  expect(await unreachedPairs(story, pods)).toEqual([])
}, 120_000)

test('without our rules a restart of flanneld loses packets: what the switch must not', async () => {
  await onEachHost(
    story,
    `systemctl disable -q --now netplay-forward; rm /etc/systemd/system/netplay-forward.service; systemctl daemon-reload
     iptables -D FORWARD -s 10.244.0.0/16 -j ACCEPT; iptables -D FORWARD -d 10.244.0.0/16 -j ACCEPT`,
  )
  const { report } = await pingedDuring(() => printedOn(story, 'n2', 'systemctl restart flannel'))
  expect(report.lost).toBeGreaterThan(0)
}, 60_000)

test('host-gw to vxlan under running pods loses no packet', async () => {
  const { report, result } = await pingedDuring(() => switchTo('vxlan'))
  expectNoneLost(report)
  expect(changedBy(result).filter(change => change.startsWith('n4 '))).toEqual([
    'n4 Accept forwarded packets from pods',
    'n4 Accept forwarded packets to pods',
    'n4 Accept forwarded pod traffic',
    'n4 Bring up flannel.1 before its peers send to it',
    'n4 Run flanneld',
    'n4 Unit that accepts forwarded pod traffic',
  ])
  expect(gatedAtTheEnd(result)).toEqual(['n1', 'n2', 'n3', 'n4'])
  expect(await backendsOfLeases()).toEqual(['vxlan', 'vxlan', 'vxlan', 'vxlan'])
  expect(await onEachHost(story, 'ip route show dev flannel.1 | wc -l; ip route | grep -c "via 198[.]18[.]0[.]1[1-9]" || true')).toEqual(
    Array(4).fill('3\n0'),
  )
  expect(changedBy(await switchTo('vxlan'))).toEqual([])
  expect(changedBy(await played(story, 'flannel.yml', ['-e', 'flannel_backend=vxlan']))).toEqual([])
}, 120_000)

test('pods made before keep their MTU, and are told that the way is narrower; new ones have the new MTU', async () => {
  const [first, second] = pods as [LabPod, LabPod]
  expect(await pingOnce(story, first, second, 1472)).toMatch(/mtu ?= ?1450/)
  expect(await pingOnce(story, first, second, 1422)).toBe('received')
  const made = await labPod(story.lab, 'n3')
  expect(made.mtu).toBe(1450)
  expect(
    await unreachedPairs(
      story,
      [first, made].map(pod => ({ ...pod, mtu: 1450 })),
    ),
  ).toEqual([])
}, 60_000)

test('vxlan to host-gw under running pods loses no packet, and the tunnel is gone', async () => {
  const { report, result } = await pingedDuring(() => switchTo('host-gw'))
  expectNoneLost(report)
  expect(changedBy(result).filter(change => change.startsWith('n4 '))).toEqual([
    'n4 Keep the routes over flannel.1 behind those that flanneld puts in their place',
    'n4 Remove flannel.1, which no route uses any more',
    'n4 Run flanneld',
  ])
  expect(gatedAtTheEnd(result)).toEqual(['n1', 'n2', 'n3', 'n4'])
  expect(await backendsOfLeases()).toEqual(['host-gw', 'host-gw', 'host-gw', 'host-gw'])
  expect(await onEachHost(story, 'ip -o link show flannel.1 2>/dev/null | wc -l; ip route | grep -c metric || true')).toEqual(
    Array(4).fill('0\n0'),
  )
  expect(changedBy(await switchTo('host-gw'))).toEqual([])
  expect(changedBy(await played(story, 'flannel.yml'))).toEqual([])
  // n3 has the pod that was made for the tunnel: its bridge keeps that MTU as long as the pod lives, and the gates above took that into account.
  expect(
    await unreachedPairs(
      story,
      pods.map(pod => ({ ...pod, mtu: 1450 })),
    ),
  ).toEqual([])
  await removePods(story)
  const fresh = await podOnEachHost(story)
  expect(fresh.map(({ mtu }) => mtu)).toEqual([1500, 1500, 1500, 1500])
  expect(await unreachedPairs(story, fresh)).toEqual([])
}, 120_000)
