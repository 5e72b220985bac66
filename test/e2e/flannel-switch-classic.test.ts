import { startPing } from '../../lab/ping.js'
import { formatPingReport } from '../../lab/ping-report.js'
import type { LabPod } from '../../lab/pod.js'
import { changedBy, onEachHost, played, podOnEachHost } from './flannel-story.js'
import { openStory, openStoryMs, type Story } from './story.js'

let story: Story
let pods: LabPod[]

// The stand-in looks for other hosts' leases once a second: a host hears late that another one has changed.
beforeAll(async () => {
  story = await openStory({ name: 'fl-classic', hosts: 3, docker: true, backend: 'host-gw', profile: 'classic' })
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

test('profile classic runs pods over host-gw on docker hosts whose policy is DROP', async () => {
  expect(await onEachHost(story, 'iptables -S FORWARD | head -n 1')).toEqual(Array(3).fill('-P FORWARD DROP'))
  await played(story, 'flannel.yml')
  pods = await podOnEachHost(story)
}, 120_000)

test.each(['vxlan', 'host-gw'])(
  'switched to %s on the v2 API, under running pods, it loses no packet',
  async backend => {
    const flags = ['-e', `flannel_backend=${backend}`]
    const ping = await startPing(story.lab, { pods })
    await played(story, 'flannel-backend-switch.yml', flags)
    const report = await ping.stop()
    expect(report.pairs).toHaveLength(6)
    expect(report.sent).toBeGreaterThan(0.5 * 6 * (report.durationMs / report.intervalMs))
    if (report.lost > 0) throw new Error(formatPingReport(report))
    expect(await onEachHost(story, 'ip -o link show flannel.1 2>/dev/null | wc -l')).toEqual(Array(3).fill(backend === 'vxlan' ? '1' : '0'))
    expect(changedBy(await played(story, 'flannel-backend-switch.yml', flags))).toEqual([])
  },
  120_000,
)
