import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listEtcdKeys } from '../../lab/etcd-keys.js'
import type { LabPod } from '../../lab/pod.js'
import { expectNoneLost, openCalico, pingedDuring, sessions, sessionsOn, type CalicoStory } from '../e2e/calico-story.js'
import { played, podsOn, printedOn } from '../e2e/flannel-story.js'
import { openStoryMs, packageRoot } from '../e2e/story.js'

const nodes = ['n1', 'n2', 'n3', 'n4']
let story: CalicoStory
let pods: LabPod[]

beforeAll(async () => {
  story = await openCalico({ name: 'classic-faults', hosts: 6, profile: 'classic' })
  await played(story, 'calico.yml')
  pods = await podsOn(story, nodes)
  await story.setReflectors(['n5', 'n6'])
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const processOf = (host: string) => printedOn(story, host, 'systemctl show calico.service -p InvocationID --value')

async function isMesh() {
  const all = await sessionsOn(story)
  for (const node of nodes) expect(all[node]).toEqual(sessions('Mesh', ...nodes.filter(other => other !== node)))
  expect((await listEtcdKeys(story.lab, '/calico/bgp/v1')).filter(({ key }) => /\/(rr_v4|peer_v4)\/./.test(key))).toEqual([])
  for (const host of ['n5', 'n6'])
    expect(await printedOn(story, host, 'systemctl is-active calico-rr.service || :; docker ps -q; ls /etc/systemd/system')).not.toMatch(
      /^active|calico-rr/m,
    )
}

test('a reflector that no node reaches: all is put back with no packet lost, and the report names the session', async () => {
  const rules = (verb: string) => printedOn(story, 'n6', `for c in INPUT OUTPUT; do iptables ${verb} $c -p tcp --dport 179 -j DROP; done`)
  await rules('-I')
  const { report, result } = await pingedDuring(story, pods, () =>
    story.play('calico-route-reflectors.yml', ['-e', 'route_reflector_session_seconds=15']),
  )
  await rules('-D')
  expect({ code: result.code, said: result.stdout }).toMatchObject({ code: 2 })
  expect(result.stdout).toContain('the reflector has no established session with n1 (198.18.0.11)')
  expectNoneLost(report)
  await isMesh()
}, 300_000)

/** Runs the change with a play of these tasks put in before the one of that name, under the same hold. */
async function changeWith(name: string, before: string, tasks: string): Promise<string> {
  const shipped = await readFile(join(packageRoot, 'playbooks/calico-route-reflectors.yml'), 'utf8')
  const play = `- name: ${name}\n  hosts: nodes\n  hold: { name: reflectors, timeout: 15m }\n  roles:\n    - ${name}\n\n`
  await story.write(
    `${name}.yml`,
    shipped.replace(`- name: ${before}`, text => play + text),
  )
  await story.write(
    `roles/${name}/role.ts`,
    `import { check, command, defineRole, gate, sh } from 'netplay'
const never = { kind: 'never', scope: 'host' as const, probe: () => sh\`:\`, verdict: () => ({ holds: false as const, reason: 'it never does' }) }
export default defineRole({
  name: '${name}',
  params: { type: 'object', properties: {}, additionalProperties: false },
  checkKinds: [never],
  tasks: ({ host }) => [${tasks}],
})
`,
  )
  return `${name}.yml`
}

test('something fails after the mesh has gone: it comes back, with no packet lost', async () => {
  const playbook = await changeWith(
    'too-late',
    'reflectors that are none any more',
    `gate(check('Never', never, { of: host.name }), { timeoutMs: 1_000 })`,
  )
  const { report, result } = await pingedDuring(story, pods, () => story.play(playbook))
  expect({ code: result.code, said: result.stdout }).toMatchObject({ code: 2 })
  expectNoneLost(report)
  await isMesh()
}, 300_000)

test('confd of one node hangs when the mesh goes: that node is restarted and no other, with no packet lost', async () => {
  const playbook = await changeWith(
    'hangs',
    'no sessions between plain nodes any more',
    `...(host.name === 'n2' ? [command('confd hangs', { run: 'pkill -STOP confd; : > /run/hangs', done: 'test -e /run/hangs' })] : [])`,
  )
  const before = await Promise.all(nodes.map(processOf))
  const { report } = await pingedDuring(story, pods, () => played(story, playbook))
  const after = await Promise.all(nodes.map(processOf))
  expect(nodes.filter((_node, i) => before[i] !== after[i])).toEqual(['n2'])
  expectNoneLost(report)
  const all = await sessionsOn(story)
  for (const node of nodes) expect(all[node]).toEqual(sessions('Global', 'n5', 'n6'))
}, 300_000)
