import { changedBy, nothingWritten, onEachHost, played, podOnEachHost, printedOn, refusals, unreachedPairs } from './flannel-story.js'
import { openStory, openStoryMs, type Story } from './story.js'

let story: Story

// n1 and n3 are in one segment, n2 is behind the router.
beforeAll(async () => {
  story = await openStory({ name: 'fl-segments', hosts: 3, segments: 2, backend: 'host-gw' })
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const address = (name: string) => story.lab.hosts.find(host => host.name === name)!.address

test('host-gw across a router is refused on every host with the reason, and nothing is written anywhere', async () => {
  await nothingWritten(story, async () => {
    const told = refusals(await played(story, 'flannel.yml', [], 2))
    expect(Object.keys(told).sort()).toEqual(['n1', 'n2', 'n3'])
    expect(told['n1']).toContain(
      `every host is a neighbour (host-gw): n2 (${address('n2')}) is not in n1's subnet ${address('n1')}/24 on host0; host-gw cannot route across a router`,
    )
    expect(told['n2']).toContain(`n1 (${address('n1')}), n3 (${address('n3')}) are not in n2's subnet`)
    expect(told['n1']).toContain('Use backend vxlan')
  })
}, 120_000)

test('vxlan works across the router', async () => {
  await played(story, 'flannel.yml', ['-e', 'flannel_backend=vxlan'])
  expect(await unreachedPairs(story, await podOnEachHost(story))).toEqual([])
  expect(changedBy(await played(story, 'flannel.yml', ['-e', 'flannel_backend=vxlan']))).toEqual([])
}, 120_000)

test('a live switch to host-gw is refused as well, before the key is touched', async () => {
  await nothingWritten(story, () => played(story, 'flannel-backend-switch.yml', ['-e', 'flannel_backend=host-gw'], 2))
}, 60_000)

test('DirectRouting gives plain routes inside a segment and the tunnel across', async () => {
  const flags = ['-e', 'flannel_backend=vxlan', '-e', '{"flannel_direct_routing": true}']
  await played(story, 'flannel-backend-switch.yml', flags)
  const gateway = (await printedOn(story, 'n3', 'grep SUBNET /run/flannel/subnet.env')).replace(/.*=|\.1\/24/g, '')
  expect(await printedOn(story, 'n1', `ip route show ${gateway}.0/24`)).toBe(`${gateway}.0/24 via ${address('n3')} dev host0`)
  expect(await printedOn(story, 'n2', `ip route show ${gateway}.0/24`)).toMatch(/ dev flannel\.1 onlink$/)
  expect(changedBy(await played(story, 'flannel.yml', flags))).toEqual([])
  expect(await onEachHost(story, 'ip -o link show dev flannel.1 | wc -l')).toEqual(['1', '1', '1'])
}, 120_000)
