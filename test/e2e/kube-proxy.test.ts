import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { onHost } from '../../lab/lab.js'
import type { LabPod } from '../../lab/pod.js'
import { changedBy, onEachHost, played, printedOn, refusals } from './flannel-story.js'
import { allAnswer, openProxyStory, untouched } from './kube-proxy-story.js'
import { openStoryMs, type Story } from './story.js'

let story: Story
let pods: LabPod[]

beforeAll(async () => {
  ;({ story, pods } = await openProxyStory('kube-proxy'))
}, openStoryMs + 600_000)
afterAll(() => story?.close(), 60_000)

const onAll = (title: string) => ['n1', 'n2', 'n3'].map(host => `${host} ${title}`)
const modes = () => onEachHost(story, 'curl -s 127.0.0.1:10249/proxyMode')
const starts = () => onEachHost(story, 'systemctl show -P InvocationID kube-proxy.service')
const chains = () => onEachHost(story, 'iptables-save | sed -n "s/^:\\(KUBE-[A-Z]*\\).*/\\1/p" | sort -u')

const withVars = async <T>(vars: Record<string, unknown>, body: () => Promise<T>): Promise<T> => {
  await story.setVars(vars)
  return body().finally(() => story.setVars({}))
}

const refused: [what: string, vars: Record<string, unknown>, reason: string][] = [
  ['one Node for all', { kube_proxy_node_name: 'nosuch' }, 'n3 and n1 would both be Node nosuch'],
  ['limits that this host cannot set', { kube_proxy_conntrack: {} }, 'nf_conntrack_max cannot be written'],
  ['a kubeconfig that is not there', { kube_proxy_kubeconfig: '/etc/kubernetes/other.kubeconfig' }, 'other.kubeconfig is not on the host'],
  ['a port that somebody has', { kube_proxy_healthz_port: 22 }, 'TCP port 22 is taken by sshd'],
  ['a mode that this host cannot do', { kube_proxy_mode: 'ipvs' }, 'no ipvsadm, which mode ipvs needs'],
]

describe('on clean hosts', () => {
  test('what is wrong is refused before anything is written, and a check writes nothing', async () => {
    await untouched(story, async () => {
      await misspelt()
      await unknownNode()
      for (const [, vars, reason] of refused) {
        const told = refusals(await withVars(vars, () => played(story, 'kube-proxy.yml', [], 2)))
        expect(Object.keys(told).sort()).toEqual(['n1', 'n2', 'n3'])
        expect(told['n3']).toContain(reason)
      }
      const { stdout } = await story.play('kube-proxy.yml', ['--check', '--diff'])
      expect(stdout).toContain('+ file /etc/kubernetes/kube-proxy.config')
      expect(stdout).toContain('clusterCIDR: "10.244.0.0/16"')
      expect(stdout).toContain('+ unit kube-proxy.service')
    })
  }, 180_000)

  /** kube-proxy itself would wait for it for ever, without a word. */
  async function unknownNode() {
    const file = await story.write('host_vars/n3.yml', 'kube_proxy_node_name: nosuch\n')
    const told = refusals(await played(story, 'kube-proxy.yml', [], 2))
    expect(Object.keys(told)).toEqual(['n3'])
    expect(told['n3']).toContain('knows no Node nosuch')
    await rm(file)
  }

  /** Refused offline, with its place: kube-proxy itself would take it in silence. */
  async function misspelt() {
    await withVars({ kube_proxy_config: { iptables: { minSyncPerod: '2s' } } }, async () => {
      const { code, stderr } = await story.play('kube-proxy.yml')
      const lines = (await readFile(join(story.folder, 'group_vars/all.yml'), 'utf8')).split('\n')
      const line = lines.findIndex(text => text.includes('minSyncPerod'))
      expect(code).toBe(1)
      expect(stderr).toContain(`all.yml:${line + 1}:${lines[line]!.indexOf('"minSyncPerod') + 1}: `)
      expect(stderr).toContain('has no key "iptables.minSyncPerod"; did you mean "minSyncPeriod"?')
    })
  }
})

test('mode iptables: a pod reaches the pods of all hosts by the address of a Service', async () => {
  await played(story, 'kube-proxy.yml')
  expect(await modes()).toEqual(['iptables', 'iptables', 'iptables'])
  for (const pod of pods) expect(await allAnswer(story, pod)).toEqual(['n1', 'n2', 'n3'])
}, 120_000)

test('a second run changes nothing, and restarts nothing', async () => {
  const before = await starts()
  expect(changedBy(await played(story, 'kube-proxy.yml'))).toEqual([])
  expect(await starts()).toEqual(before)
}, 60_000)

test('a changed configuration restarts it, and is in force', async () => {
  await story.setVars({ kube_proxy_min_sync_period: '2s' })
  expect(changedBy(await played(story, 'kube-proxy.yml'))).toEqual([...onAll('Run kube-proxy'), ...onAll('Write the configuration')].sort())
  const said = await onEachHost(story, 'journalctl -u kube-proxy.service -o cat | grep "sync params" | tail -n 1')
  for (const line of said) expect(line).toContain('minSyncPeriod="2s"')
}, 120_000)

test('mode nftables: no rule of iptables is left but the chain that kubelet has as well, and pods reach the Service', async () => {
  await story.setVars({ kube_proxy_mode: 'nftables' })
  await played(story, 'kube-proxy.yml')
  expect(await modes()).toEqual(['nftables', 'nftables', 'nftables'])
  expect(await chains()).toEqual(['KUBE-FIREWALL', 'KUBE-FIREWALL', 'KUBE-FIREWALL'])
  for (const pod of pods) expect(await allAnswer(story, pod)).toEqual(['n1', 'n2', 'n3'])
  expect((await story.netplay(['verify', 'kube-proxy.yml', '-i', 'hosts.ini'].map(shipped))).code).toBe(0)
}, 120_000)

test('back to iptables: no table of nftables is left', async () => {
  await story.setVars({})
  await played(story, 'kube-proxy.yml')
  expect(await modes()).toEqual(['iptables', 'iptables', 'iptables'])
  expect(await onEachHost(story, 'nft list tables | grep kube-proxy || echo none')).toEqual(['none', 'none', 'none'])
  expect(await allAnswer(story, pods[0]!)).toEqual(['n1', 'n2', 'n3'])
}, 120_000)

test('rules of another mode that somebody left are told by verify, and taken away by a run', async () => {
  await printedOn(story, 'n2', 'nft add table ip kube-proxy')
  const { code, stdout } = await story.netplay(['verify', 'kube-proxy.yml', '-i', 'hosts.ini'].map(shipped))
  expect(code).not.toBe(0)
  expect(stdout).toContain('rules of mode nftables are on this host beside those of iptables')
  expect(changedBy(await played(story, 'kube-proxy.yml'))).toEqual(['n2 Remove rules of the other modes'])
  expect(await printedOn(story, 'n2', 'systemctl is-active kube-proxy.service')).toBe('active')
  expect(await allAnswer(story, pods[1]!)).toEqual(['n1', 'n2', 'n3'])
}, 120_000)

test('a daemon that was stopped is told by verify', async () => {
  await onHost(story.lab, 'n3', 'systemctl stop kube-proxy.service', { check: true })
  const { code, stdout } = await story.netplay(['verify', 'kube-proxy.yml', '-i', 'hosts.ini'].map(shipped))
  expect(code).not.toBe(0)
  expect(stdout).toContain('kube-proxy.service is inactive')
  expect(changedBy(await played(story, 'kube-proxy.yml'))).toEqual(['n3 Run kube-proxy'])
}, 120_000)

test('profile classic: the same by flags alone', async () => {
  await story.setVars({ kube_proxy_profile: 'classic' })
  await played(story, 'kube-proxy.yml')
  expect(await printedOn(story, 'n1', "tr '\\0' ' ' < /proc/$(systemctl show -P MainPID kube-proxy.service)/cmdline")).toContain(
    '--cluster-cidr=10.244.0.0/16 --proxy-mode=iptables',
  )
  for (const pod of pods) expect(await allAnswer(story, pod)).toEqual(['n1', 'n2', 'n3'])
  expect(changedBy(await played(story, 'kube-proxy.yml'))).toEqual([])
}, 120_000)

/** `verify` takes a path: the shipped playbook's. */
function shipped(word: string): string {
  return word === 'kube-proxy.yml' ? join(import.meta.dirname, '../../playbooks', word) : word
}
