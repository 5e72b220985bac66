import { changedBy, played, podOnEachHost, printedOn, unreachedPairs } from '../e2e/flannel-story.js'
import { openStory, openStoryMs, type Story } from '../e2e/story.js'

let story: Story

beforeAll(async () => {
  story = await openStory({ name: 'fl-gates', hosts: 3, backend: 'vxlan' })
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

/** What stopped a run, in its words. */
async function stoppedBy(): Promise<string> {
  const { events } = await played(story, 'flannel.yml', [], 2)
  return events.flatMap(event => (event.type === 'item-failed' ? [`${event.error.message}\n${event.error.next}`] : [])).join('\n')
}

test('a firewall that takes the tunnel is told by the gate, with the two hosts, and without it the run goes on', async () => {
  const dropped = 'INPUT -i host0 -p udp --dport 8472 -j DROP'
  await printedOn(story, 'n2', `iptables -I ${dropped}`)
  const words = await stoppedBy()
  await printedOn(story, 'n2', `iptables -D ${dropped}`)
  expect(words).toMatch(/pod on n[13] → pod on n2: no answer/)
  expect(words).toMatch(/FORWARD .* and the UDP port between these two hosts/)
  await played(story, 'flannel.yml')
  expect(await unreachedPairs(story, await podOnEachHost(story))).toEqual([])
}, 300_000)

test('a link on the way that swallows full-size packets is told by the gate, and what is below it', async () => {
  await printedOn(story, 'n3', 'systemctl stop flannel')
  const swallowed = `OUTPUT -o host0 -p udp --dport 8472 -m length --length 1000:65535 -j DROP`
  await printedOn(story, 'n1', `iptables -I ${swallowed}`)
  const words = await stoppedBy()
  await printedOn(story, 'n1', `iptables -D ${swallowed}`)
  expect(words).toMatch(/pod on n1 → pod on n\d: no answer to 1422 bytes with DF, 56 bytes answered/)
  await played(story, 'flannel.yml')
  expect(changedBy(await played(story, 'flannel.yml'))).toEqual([])
}, 300_000)
