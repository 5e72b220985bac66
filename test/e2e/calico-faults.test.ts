import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startHost, stopHost } from '../../lab/lab.js'
import type { LabPod } from '../../lab/pod.js'
import { expectNoneLost, openCalico, pingedDuring, sessions, sessionsOn, type CalicoStory } from './calico-story.js'
import { onEachHost, played, podOnEachHost, printedOn } from './flannel-story.js'
import { openStoryMs, packageRoot } from './story.js'
import { until } from './until.js'

let story: CalicoStory
let pods: LabPod[]

beforeAll(async () => {
  story = await openCalico({ name: 'calico-faults' })
  await played(story, 'calico.yml')
  pods = await podOnEachHost(story)
  const shipped = await readFile(join(packageRoot, 'playbooks/calico-route-reflectors.yml'), 'utf8')
  await story.write('short-hold.yml', shipped.replaceAll('timeout: 15m', 'timeout: 25s'))
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const heldRules = () => onEachHost(story, 'ip rule show | grep -c "to 172[.]30" || true')
const isMesh = async () => expect((await sessionsOn(story))['n3']).toEqual(sessions('Mesh', 'n1', 'n2', 'n4'))

test('netplay is killed while the path is held: the hosts let go by themselves, no packet is lost, and a rerun finishes', async () => {
  const { report } = await pingedDuring(story, pods, async () => {
    const child = story.start('short-hold.yml', ['--output', 'json'])
    await new Promise<void>(done => {
      let said = ''
      child.stdout!.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (/"item-changed".*This node reflects/.test(said)) done()
      })
    })
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(await heldRules()).toEqual(['1', '1', '1', '1'])
    await until('the timers of the hosts have let go', async () => (await heldRules()).every(count => count === '0'), 60_000)
    await played(story, 'calico-route-reflectors.yml')
  })
  expectNoneLost(report)
  expect((await sessionsOn(story))['n3']).toEqual(sessions('Node', 'n1', 'n2'))
  await played(story, 'calico-full-mesh.yml')
  await isMesh()
}, 300_000)

test('a reflector whose sessions never come up: all is put back with no packet lost, and the report names the session', async () => {
  // Whatever would be a session of a reflector on n2 cannot be made; those of the mesh can.
  await printedOn(
    story,
    'n2',
    `cat > /root/deaf <<'DEAF'
rule='-p tcp --dport 179 -m conntrack --ctstate NEW -j DROP'
while :; do
  if docker exec calico-node birdcl -s /var/run/calico/bird.ctl show protocols | grep -q ' *Node_.*_13 \\| *Node_.*_14 '; then
    iptables -C INPUT $rule 2>/dev/null || { iptables -I INPUT $rule; iptables -I OUTPUT $rule; }
  else
    iptables -C INPUT $rule 2>/dev/null && { iptables -D INPUT $rule; iptables -D OUTPUT $rule; }
  fi
  sleep 0.1
done
DEAF
    systemd-run -q --unit=deaf sh /root/deaf`,
  )
  const { report, result } = await pingedDuring(story, pods, () =>
    story.play('calico-route-reflectors.yml', ['-e', 'route_reflector_session_seconds=15']),
  )
  await printedOn(story, 'n2', 'systemctl stop deaf; iptables -F INPUT; iptables -F OUTPUT')
  expect(result.code).toBe(2)
  expect(result.stdout).toMatch(/reflector n2: session Node_198_18_0_1\d with n\d \(198\.18\.0\.1\d\) is not established/)
  expect(result.stdout).toMatch(/put back|undone/)
  expectNoneLost(report)
  await isMesh()
  expect(await heldRules()).toEqual(['0', '0', '0', '0'])
}, 300_000)

test('a node that is down stops the change before the mesh goes, and declared away it does not', async () => {
  await stopHost(story.lab, 'n4')
  const alive = pods.filter(({ host }) => host !== 'n4')
  const { report, result } = await pingedDuring(story, alive, () => story.play('calico-route-reflectors.yml'))
  expect(result.code).not.toBe(0)
  expect(result.stdout).toContain('n4 did not answer: nobody can see that it has a session with every reflector')
  expectNoneLost(report, 6)
  const stopped = (await sessionsOf(['n3']))[0]!
  expect(stopped).toEqual(expect.arrayContaining(sessions('Node', 'n1', 'n2')))
  expect(await printedOn(story, 'n3', 'ip rule show | grep -c "to 172[.]30" || true')).toBe('0')

  await story.setReflectors(['n1', 'n2'], { n4: 'netplay_absent="board is being replaced until 2999-12-31"' })
  const away = await story.play('calico-route-reflectors.yml')
  expect({ code: away.code, said: away.stdout }).toMatchObject({ code: 0 })
  expect(away.stdout).toContain('board is being replaced until 2999-12-31')
  expect((await sessionsOf(['n3']))[0]).toEqual(sessions('Node', 'n1', 'n2'))
  await startHost(story.lab, 'n4')
}, 400_000)

async function sessionsOf(names: string[]): Promise<string[][]> {
  const lab = { ...story.lab, hosts: story.lab.hosts.filter(({ name }) => names.includes(name)) }
  const found = await sessionsOn({ ...story, lab })
  return names.map(name => found[name]!)
}
