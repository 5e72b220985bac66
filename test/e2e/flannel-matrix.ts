import { join } from 'node:path'
import { processOf } from '../../lab/demo-actions.js'
import { listEtcdKeys } from '../../lab/etcd-keys.js'
import { differences, lookAtLab, lookAtRest } from '../../lab/look.js'
import { stopHost } from '../../lab/lab.js'
import { removePod, type LabPod } from '../../lab/pod.js'
import { expectNoneLost, pingedDuring } from './calico-story.js'
import { setLeaving } from './decommission-story.js'
import { changedBy, onEachHost, pingOnce, played, podOnEachHost, printedOn, refusals, unreachedPairs } from './flannel-story.js'
import { openStory, openStoryMs, packageRoot, type Story, type StoryOptions } from './story.js'
import { until } from './until.js'

export type FlannelCase = Required<Pick<StoryOptions, 'profile' | 'backend'>>

/** From clean hosts to one that has left: the whole life of flannel in these combinations. */
export const describeFlannel = (cases: readonly FlannelCase[]) =>
  describe.each(cases)('flannel of profile $profile with backend $backend', tellLife)

function tellLife({ profile, backend }: FlannelCase): void {
  const mtu = backend === 'vxlan' ? 1450 : 1500
  let story: Story
  let pods: LabPod[]

  beforeAll(async () => {
    story = await openStory({ name: 'fl-matrix', hosts: 3, profile, backend })
  }, openStoryMs)
  afterAll(() => story?.close(), 60_000)

  test('from nothing to pods that reach each other with full-size packets', async () => {
    expect(await onEachHost(story, 'ls /etc/cni/net.d /usr/local/bin/flanneld 2>/dev/null | wc -l')).toEqual(['0', '0', '0'])
    const before = await lookAtRest(story.lab)
    const { code, stdout } = await story.play('flannel.yml', ['--check', '--diff'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`"Type": "${backend}"`) as unknown })
    expect(stdout).toMatch(/Would start: .*flannel\.service on 3.* Nothing was written\./)
    expect(differences(before, await lookAtLab(story.lab))).toEqual([])
    await played(story, 'flannel.yml')
    pods = await podOnEachHost(story)
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

  test('a unit file that somebody edited shows as these lines and is put right, with the restart, on that host alone', async () => {
    const started = await processOf(story.lab, 'n2', 'flannel.service')
    await printedOn(
      story,
      'n2',
      "sed -i 's/^RestartSec=.*/RestartSec=77/' /etc/systemd/system/flannel.service; systemctl daemon-reload; systemctl restart flannel",
    )
    const { stdout } = await story.play('flannel.yml', ['--check', '--diff'])
    const changed = stdout.split('\n').filter(line => /^ +[+−-] /.test(line))
    expect(changed).toHaveLength(2)
    expect(changed.join('\n')).toMatch(/[−-] RestartSec=77\n.*\+ RestartSec=\d+$/)
    expect(stdout).toContain('Would change: 1 host')
    expect(new Set(changedBy(await played(story, 'flannel.yml')).map(change => change.split(' ')[0]))).toEqual(new Set(['n2']))
    expect(await processOf(story.lab, 'n2', 'flannel.service')).not.toBe(started)
    expect(changedBy(await played(story, 'flannel.yml'))).toEqual([])
  }, 60_000)

  /** What flannel has on a host: pods make links of their own. */
  const looks = () =>
    onEachHost(
      story,
      `ls /etc/cni/net.d /etc/systemd/system | grep -E 'flannel|netplay' || :; systemctl is-active flannel netplay-forward | grep -v inactive
      { iptables -S; iptables -t nat -S; } | grep -E '10[.]244|FLANNEL|flanneld'; ip -4 route show root 10.244.0.0/16 | grep -v cni0 | sed 's/ *$//'`,
    )
  const leases = async () =>
    (await listEtcdKeys(story.lab, '/coreos.com/network/subnets'))
      .map(({ value }) => (JSON.parse(value) as { PublicIP: string }).PublicIP)
      .sort()

  // A host that is alive leaves in one half of the cases, and one that is dead in the other: both profiles and both backends see both.
  const isAlive = (profile === 'current') === (backend === 'vxlan')
  if (isAlive)
    test('a host leaves: refused while pods run there, then gone from etcd and the other hosts, whose pods lose nothing', async () => {
      const [before, [n1, n2, n3]] = [await looks(), pods as [LabPod, LabPod, LabPod]]
      await setLeaving(story, { leaving: ['n3'] })
      expect(refusals(await played(story, 'decommission.yml', [], 2))['n3']).toMatch(/a pod runs on n3: \S+/)
      expect(await looks()).toEqual(before)

      await removePod(story.lab, 'n3', n3.name)
      const { report, result } = await pingedDuring(story, [n1, n2], () => played(story, 'decommission.yml'))
      expectNoneLost(report, 2)
      expect(changedBy(result).filter(change => !change.startsWith('n3 '))).toEqual([])
      expect(await leases()).toEqual(['198.18.0.11', '198.18.0.12'])
      const after = await looks()
      for (const i of [0, 1]) expect(before[i]!.split('\n').filter(line => !after[i]!.split('\n').includes(line))).toHaveLength(1)
      expect(after[2]).toBe('')
      expect(changedBy(await played(story, 'decommission.yml'))).toEqual([])

      if (backend === 'host-gw') return
      const [started] = result.events
      const back = await story.netplay(['rollback', started?.type === 'run-started' ? started.run : '', '-i', 'hosts.ini'])
      expect({ code: back.code, said: back.stdout + back.stderr }).toEqual({ code: 0, said: expect.any(String) as unknown })
      await until('every host has its routes again', async () => JSON.stringify(await looks()) === JSON.stringify(before), 20_000)
      expect(changedBy(await played(story, 'flannel.yml'))).toEqual([])
    }, 120_000)

  if (!isAlive)
    test('a host that is dead leaves through the others, and not while somebody has its address', async () => {
      await setLeaving(story, { leaving: ['n3'] }, { n3: 'its board is broken until 2999-12-31' })
      expect(refusals(await played(story, 'decommission.yml', [], 2))['n1']).toContain(
        'n3 is declared away, and somebody answers at its address 198.18.0.13',
      )
      await stopHost(story.lab, 'n3')
      expect(await leases()).toHaveLength(3)
      const { report, result } = await pingedDuring(story, pods.slice(0, 2), () => played(story, 'decommission.yml'))
      expectNoneLost(report, 2)
      expect(changedBy(result)).toEqual(['n1 Give back the lease of n3'])
      expect(await leases()).toEqual(['198.18.0.11', '198.18.0.12'])
      expect(changedBy(await played(story, 'decommission.yml'))).toEqual([])
    }, 120_000)
}
