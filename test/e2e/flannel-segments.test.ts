import { join } from 'node:path'
import { changedBy, nothingWritten, onEachHost, played, podOnEachHost, printedOn, refusals, unreachedPairs } from './flannel-story.js'
import { openStory, openStoryMs, packageRoot, type Story } from './story.js'

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

const vxlan = ['-e', 'flannel_backend=vxlan']
test('vxlan works across the router', async () => {
  await played(story, 'flannel.yml', vxlan)
  expect(await unreachedPairs(story, await podOnEachHost(story))).toEqual([])
  expect(changedBy(await played(story, 'flannel.yml', vxlan))).toEqual([])
}, 120_000)

test('verify shows whom each pod reaches, and what a link on the way swallows', async () => {
  const verify = (...words: string[]) =>
    story.netplay(['verify', join(packageRoot, 'playbooks/flannel.yml'), '-i', 'hosts.ini', ...vxlan, ...words])
  const well = await verify()
  expect({ code: well.code, stdout: well.stdout }).toEqual({ code: 0, stdout: expect.stringContaining('  n2  ✔ ✔  –    ✔ ✔\n') as unknown })
  const swallowed = '-o host0 -p udp --dport 8472 -m length --length 1000:65535 -j DROP'
  await printedOn(story, 'n1', `iptables -I OUTPUT -d ${address('n3')} ${swallowed}`)
  const ill = await verify()
  await printedOn(story, 'n1', `iptables -D OUTPUT -d ${address('n3')} ${swallowed}`)
  expect(ill.stdout).toContain(`pods  n1   n2   n3   small / full-size with DF
  n1  –    ✔ ✔  ✔ ✖
  n2  ✔ ✔  –    ✔ ✔
  n3  ✔ ✖  ✔ ✔  –
`)
  expect(ill.stdout).toMatch(/^✖ n1 .*pod on n1 → pod on n3: no answer to 1422 bytes with DF, 56 bytes answered/m)
  expect(ill.code).toBe(2)
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
