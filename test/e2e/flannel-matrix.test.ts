import { join } from 'node:path'
import { listEtcdKeys } from '../../lab/etcd-keys.js'
import { changedBy, onEachHost, pingOnce, played, podOnEachHost, printedOn, unreachedPairs } from './flannel-story.js'
import { openStory, openStoryMs, packageRoot, type Story } from './story.js'

const cases = (['current', 'classic'] as const).flatMap(profile => (['host-gw', 'vxlan'] as const).map(backend => ({ profile, backend })))

describe.each(cases)('flannel of profile $profile with backend $backend', ({ profile, backend }) => {
  const mtu = backend === 'vxlan' ? 1450 : 1500
  let story: Story

  beforeAll(async () => {
    story = await openStory({ name: 'fl-matrix', hosts: 3, profile, backend })
  }, openStoryMs)
  afterAll(() => story?.close(), 60_000)

  test('from nothing to pods that reach each other with full-size packets', async () => {
    expect(await onEachHost(story, 'ls /etc/cni/net.d /usr/local/bin/flanneld 2>/dev/null | wc -l')).toEqual(['0', '0', '0'])
    await played(story, 'flannel.yml')
    const pods = await podOnEachHost(story)
    expect(pods.map(pod => pod.mtu)).toEqual([mtu, mtu, mtu])
    expect(await unreachedPairs(story, pods)).toEqual([])
    expect(await pingOnce(story, pods[0]!, pods[1]!, mtu - 27)).toContain(`mtu=${mtu}`)
  }, 120_000)

  test('the key and the leases are in the store that this flanneld reads, and in no other', async () => {
    const keys = await listEtcdKeys(story.lab, '/coreos.com')
    expect(new Set(keys.map(({ api }) => api))).toEqual(new Set([profile === 'classic' ? 2 : 3]))
    const [config, ...leases] = keys
    expect(JSON.parse(config!.value)).toEqual({ Network: '10.244.0.0/16', SubnetLen: 24, Backend: { Type: backend } })
    expect(leases.map(({ value }) => (JSON.parse(value) as { BackendType: string }).BackendType)).toEqual([backend, backend, backend])
    expect(await printedOn(story, 'n1', '/usr/local/bin/flanneld -version 2>&1')).toMatch(
      profile === 'classic' ? /^v0\.17\.0-standin$/ : /^v0\.28\.10$/,
    )
  })

  test('every host has a route to the pods of both others, of the right kind', async () => {
    const via =
      backend === 'vxlan'
        ? /^10\.244\.\d+\.0\/24 via 10\.244\.\d+\.0 dev flannel\.1 onlink$/
        : /^10\.244\.\d+\.0\/24 via 198\.18\.0\.1[1-3] dev host0$/
    for (const routes of await onEachHost(story, 'ip route | grep "^10[.]244.* via" | sed "s/ *$//"')) {
      expect(routes.split('\n')).toHaveLength(2)
      for (const route of routes.split('\n')) expect(route).toMatch(via)
    }
  })

  test('a second run changes nothing, and verify says that all is well', async () => {
    expect(changedBy(await played(story, 'flannel.yml'))).toEqual([])
    const verified = await story.netplay(['verify', join(packageRoot, 'playbooks/flannel.yml'), '-i', 'hosts.ini', '--output', 'json'])
    expect({ code: verified.code, failed: verified.events.filter(event => event.type === 'check-judged' && !event.holds) }).toEqual({
      code: 0,
      failed: [],
    })
  }, 60_000)
})
