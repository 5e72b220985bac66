import { join } from 'node:path'
import { labBgpParts } from '../../lab/bgp-parts.js'
import { removePod, type LabPod } from '../../lab/pod.js'
import { blockRoutesOn, calicoVars } from './calico-story.js'
import { setLeaving } from './decommission-story.js'
import { changedBy, played, podOnEachHost, printedOn, refusals, unreachedPairs } from './flannel-story.js'
import { openStory, openStoryMs, packageRoot, type Story } from './story.js'
import { until } from './until.js'

/** n1 has docker, n2 has containerd and its ctr alone. */
let story: Story
let pods: LabPod[]

beforeAll(async () => {
  story = await openStory({ name: 'calico-ctr', hosts: 2, docker: true, vars: calicoVars(await labBgpParts()) })
  await printedOn(story, 'n2', 'systemctl disable --now docker.service docker.socket 2>&1; rm /usr/bin/docker')
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const birdcl = 'birdcl -s /var/run/calico/bird.ctl show protocols'
const sessionOn = {
  n1: `docker exec calico-node ${birdcl} | grep -c '^Mesh_198_18_0_12 .*Established'`,
  n2: `ctr tasks exec --exec-id test calico-node ${birdcl} | grep -c '^Mesh_198_18_0_11 .*Established'`,
}
const containersOnN2 = () => printedOn(story, 'n2', 'ctr tasks ls -q; ctr containers ls -q; ctr snapshots ls | grep -c calico-node || :')
const inContainer = (command: string) => printedOn(story, 'n2', `ctr tasks exec --exec-id test calico-node ${command}`)
const hasSession = (host: keyof typeof sessionOn) => async () => (await printedOn(story, host, `${sessionOn[host]} || :`)) === '1'

/** A reflector that somebody started by hand. */
const loose = `
image=$(ctr images ls -q | grep calico-node-standin)
ctr images tag "$image" docker.io/netplay-lab/routereflector-standin:v0.4.0 >/dev/null
ctr run --detach docker.io/netplay-lab/routereflector-standin:v0.4.0 loose /bin/sleep 600`
const mesh = (on: boolean) =>
  `printf '{"apiVersion":"projectcalico.org/v3","kind":"BGPConfiguration","metadata":{"name":"default"},"spec":{"asNumber":64512,"nodeToNodeMeshEnabled":${on}}}' | calicoctl apply -f -`

test('a host on which ctr could not run the container is refused before anything is written', async () => {
  const refused = refusals(await played(story, 'calico.yml', ['--check'], 2))
  expect(Object.keys(refused)).toEqual(['n2'])
  expect(refused['n2']).toContain("ctr runs no container in the host's network while /etc/resolv.conf is missing")
  await printedOn(story, 'n2', ': >/etc/resolv.conf')
}, 60_000)

test('calico runs through docker and through ctr, each where it is what the host has, in one mesh', async () => {
  await played(story, 'calico.yml')
  expect(await containersOnN2()).toBe('calico-node\ncalico-node\n1')
  for (const host of ['n1', 'n2'] as const) expect(await hasSession(host)()).toBe(true)
  for (const host of ['n1', 'n2']) expect(await blockRoutesOn(story, host)).toBe('1\n1')
  pods = await podOnEachHost(story)
  expect(await unreachedPairs(story, pods)).toEqual([])
  expect(changedBy(await played(story, 'calico.yml'))).toEqual([])
}, 120_000)

test('verify asks the container of ctr, and doctor sees it', async () => {
  const verified = await story.netplay(['verify', join(packageRoot, 'playbooks/calico.yml'), '-i', 'hosts.ini'])
  expect([verified.code, verified.stdout + verified.stderr]).toEqual([0, expect.stringContaining('1 sessions')])
  await printedOn(story, 'n2', loose)
  const { events } = await story.netplay(['doctor', '-i', 'hosts.ini', '--output', 'json'])
  await printedOn(story, 'n2', 'ctr tasks delete --force loose >/dev/null; ctr containers delete loose')
  const found = events.flatMap(event =>
    event.type === 'cause-found' ? [[event.id, event.host, event.evidence.map(({ where }) => where)]] : [],
  )
  expect(found).toEqual([['P25', 'n2', ['ctr containers info loose']]])
}, 60_000)

test('a mesh that was turned off is looked for in the container of ctr', async () => {
  await printedOn(story, 'n1', mesh(false))
  await until('the sessions are gone', async () => !(await hasSession('n2')()))
  const { events } = await story.netplay(['doctor', '-i', 'hosts.ini', '--output', 'json'])
  await printedOn(story, 'n1', mesh(true))
  expect(events.flatMap(event => (event.type === 'cause-found' ? [event.id] : []))).toEqual(['P05'])
  expect(events.find(({ type }) => type === 'causes-judged')).toMatchObject({ notLooked: [] })
  await until('the session is back', hasSession('n2'))
}, 60_000)

test('what the process was not started with is a restart', async () => {
  await printedOn(story, 'n2', 'echo BY_HAND=1 >>/etc/calico/calico.env; systemctl restart calico')
  await until('the container has the new variable', async () => (await inContainer('env').catch(() => '')).includes('BY_HAND=1'))
  expect(changedBy(await played(story, 'calico.yml'))).toEqual(['n2 Run calico/node', 'n2 Write calico.env'])
  expect(await inContainer('env')).not.toContain('BY_HAND')
  expect(await hasSession('n2')()).toBe(true)
}, 60_000)

test('killed, it comes back by itself; stopped, no container is left; after a boot, which empties /run, it starts', async () => {
  // The tests before this one have started it about as often as systemd allows in a minute.
  await printedOn(story, 'n2', 'systemctl reset-failed calico; systemctl kill --kill-who=main --signal=KILL calico')
  await until(
    'the session is back',
    async () => (await printedOn(story, 'n2', 'systemctl show -p NRestarts --value calico')) === '1' && (await hasSession('n2')()),
  )
  await printedOn(story, 'n2', 'systemctl stop calico')
  expect(await containersOnN2()).toBe('0')
  await printedOn(story, 'n2', 'rm -r /run/calico /run/nodeagent /run/xtables.lock; systemctl start calico')
  await until('the session is back', hasSession('n2'))
  expect(changedBy(await played(story, 'calico.yml'))).toEqual([])
}, 60_000)

test('the node leaves, and nothing of it is left to ctr; rolled back, it is there again', async () => {
  await setLeaving(story, { calico: ['n1', 'n2'], leaving: ['n2'] })
  await removePod(story.lab, 'n2', pods.find(({ host }) => host === 'n2')!.name)
  const [started] = (await played(story, 'decommission.yml')).events
  expect(await containersOnN2()).toBe('0')
  const back = await story.netplay(['rollback', started?.type === 'run-started' ? started.run : '', '-i', 'hosts.ini'])
  expect([back.code, back.stdout + back.stderr]).toEqual([0, expect.any(String)])
  await until('the session is back', hasSession('n2'))
}, 90_000)
