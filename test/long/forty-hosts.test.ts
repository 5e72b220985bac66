import { runFinished } from './run-finished.js'
import { openStory, openStoryMs, type Story } from '../e2e/story.js'

const hosts = 40
let story: Story

beforeAll(async () => {
  story = await openStory({ name: 'long-forty', hosts, etcd: { members: 3 } })
}, openStoryMs)
afterAll(() => story?.close(), 120_000)

test('forty hosts get flannel from nothing, each pings its next one, and a second run changes nothing', async () => {
  const flags = ['--output', 'json']
  const long = { timeoutMs: 900_000 }
  const first = await story.play('flannel.yml', flags, long)
  const failed = first.events.flatMap(event =>
    event.type === 'item-failed' ? [`${event.host} ${event.task}: ${JSON.stringify(event.error)}`] : [],
  )
  expect({ ...runFinished(first), failed }).toMatchObject({ exit: 0, changed: hosts, failed: [] })
  const again = await story.play('flannel.yml', flags, long)
  expect(runFinished(again)).toMatchObject({ exit: 0, changed: 0 })
}, 1_800_000)

test('a check asks each of them twice', async () => {
  const { requests } = runFinished(await story.play('flannel.yml', ['--check', '--output', 'json']))
  const counts = Object.values(requests).map(({ facts, probes }) => [facts, probes])
  expect(counts).toEqual(Array.from({ length: hosts }, () => [1, 1]))
}, 300_000)

test('one host drifts: it alone is told and put right', async () => {
  const { onHost } = await import('../../lab/lab.js')
  await onHost(
    story.lab,
    'n17',
    'sed -i s/RestartSec=5/RestartSec=9/ /etc/systemd/system/flannel.service && systemctl daemon-reload && systemctl restart flannel',
    { check: true },
  )
  const check = await story.play('flannel.yml', ['--check', '--diff'])
  expect(check.stdout).toContain('40 hosts, 39 as wanted')
  expect(check.stdout).toContain('RestartSec=9')
  expect(check.stdout).toContain('Would change: 1 host, 1 item, 1 restart. 39 hosts are as wanted.')
  expect(runFinished(await story.play('flannel.yml', ['--output', 'json']))).toMatchObject({ exit: 0, changed: 1 })
}, 300_000)
