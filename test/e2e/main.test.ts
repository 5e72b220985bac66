import { jest } from '@jest/globals'
import { onHost } from '../../lab/lab.js'
import { pingFullSize, podOnEachHost } from '../../lab/pod-ping.js'
import type { RunEvent } from '../../src/events.js'
import { plantedAspects, plantEverywhere, takeBackEverywhere } from '../../lab/planted-writes.js'
import { aspectsOf, differences, lookAtLab, lookAtRest, type Look } from '../../lab/look.js'
import { openStory, openStoryMs, type Ran, type Story } from './story.js'

const json = ['--output', 'json']
const hosts = ['n1', 'n2', 'n3']
const unitFile = '/etc/systemd/system/flannel.service'
let story: Story
/** Before anything was done. */
let fresh: Look
let planned: string[]

jest.setTimeout(180_000)
beforeAll(async () => {
  story = await openStory({ name: 'e2e-main' })
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

type Of<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>
const eventsOf = <Type extends RunEvent['type']>({ events }: Ran, type: Type) =>
  events.filter((event): event is Of<Type> => event.type === type)
const finished = (ran: Ran) => eventsOf(ran, 'run-finished')[0]!
const changedOn = (ran: Ran) => hosts.map(host => finished(ran).recap[host]!.changed)
const thing = ({ host, key }: { host: string; key: string }) => `${host} ${key}`

/** A play that must end well: what it said otherwise is the failure's message. */
async function played(flags: string[], playbook = 'flannel.yml', input?: string): Promise<Ran> {
  const ran = await story.play(playbook, flags, input === undefined ? {} : { input })
  if (ran.code !== 0) throw new Error(`netplay ended with ${ran.code}\n${ran.stdout}\n${ran.stderr}`)
  return ran
}

describe('the comparison of hosts before and after', () => {
  test('sees nothing where nothing was written, and one planted write in each place', async () => {
    const before = await lookAtRest(story.lab)
    const told = await plantEverywhere(story.lab)
    const seen = differences(before, await lookAtLab(story.lab))
    await takeBackEverywhere(story.lab)
    expect(seen).toEqual(expect.arrayContaining(told))
    expect(aspectsOf(told)).toEqual(plantedAspects)
    expect(seen.filter(line => !/^(n2|etcd) /.test(line))).toEqual([])
  })
})

describe('a check of fresh hosts', () => {
  beforeAll(async () => {
    fresh = await lookAtRest(story.lab)
  })

  test('shows everything that would be done and writes nothing', async () => {
    const { stdout } = await played(['--check', '--diff'])
    expect(stdout).toMatch(/^Would change: 3 hosts, \d+ items\. Would start: netplay-forward\.service on 3, flannel\.service on 3\./m)
    expect(stdout).toMatch(/^ +\+ ExecStart=\/usr\/local\/bin\/flanneld/m)
    expect(stdout).toContain('Nothing was written.')
    expect(differences(fresh, await lookAtLab(story.lab))).toEqual([])
  })

  const sudo = ['--become', '--become-password-file', 'sudo-password']
  test.each([
    ['root, who needs no sudo', 'root', [], undefined],
    ['a user whose sudo wants a password, from a file', 'ops', sudo, undefined],
    ['a user whose sudo wants a password, asked for', 'ops', ['-b', '-K'], 'lab-sudo-pw\n'],
    ['a user whose sudo wants none', 'auto', ['-b'], undefined],
  ] as const)('costs each host two request frames and writes nothing: as %s', async (_, user, flags, input) => {
    await story.write('sudo-password', 'lab-sudo-pw\n')
    await story.setUser(user)
    const ran = await played(['--check', ...json, ...flags], 'flannel.yml', input)
    await story.setUser('root')
    // etcd is read once a run, through one host: that is the request beside the two.
    expect(finished(ran).requests).toEqual({
      n1: { facts: 1, probes: 1, etcd: 1 },
      n2: { facts: 1, probes: 1 },
      n3: { facts: 1, probes: 1 },
    })
    expect(differences(fresh, await lookAtLab(story.lab))).toEqual([])
    planned = eventsOf(ran, 'item-planned')
      .filter(({ action }) => action !== 'none')
      .map(thing)
  })

  test.each([1, 300])('costs each host two request frames for %i tasks', async count => {
    await story.write('roles/many/role.ts', manyTasks)
    await story.write('many.yml', `- hosts: nodes\n  roles:\n    - role: many\n      count: ${count}\n`)
    const ran = await played(['--check', ...json], 'many.yml')
    expect(eventsOf(ran, 'item-planned')).toHaveLength(3 * count)
    expect(Object.values(finished(ran).requests)).toEqual(hosts.map(() => ({ facts: 1, probes: 1 })))
  })
})

describe('an apply', () => {
  test('makes exactly the changes that the check showed', async () => {
    const ran = await played(json)
    expect(eventsOf(ran, 'item-changed').map(thing).sort()).toEqual([...planned].sort())
  })

  test('gives pods that reach each other across hosts, with packets that fill the MTU and may not be split', async () => {
    const pods = await podOnEachHost(story.lab)
    expect(pods.map(({ mtu }) => mtu)).toEqual([1450, 1450, 1450])
    const pings = await pingFullSize(story.lab, pods)
    expect(pings).toHaveLength(6)
    expect(pings.filter(({ answered }) => !answered)).toEqual([])
    // One byte more is refused: the pings above were not split on their way.
    for (const { answered, said } of await pingFullSize(story.lab, pods, 1)) {
      expect(answered).toBe(false)
      expect(said).toBeTruthy()
    }
  })

  test('done again changes nothing, and a check says so and writes nothing', async () => {
    expect(changedOn(await played(json))).toEqual([0, 0, 0])
    const before = await lookAtRest(story.lab)
    const { stdout } = await played(['--check', '--diff'])
    expect(stdout).toContain('No changes. 3 hosts are as wanted.')
    expect(differences(before, await lookAtLab(story.lab))).toEqual([])
  })
})

describe("a host's unit file that was edited by hand", () => {
  const started = async () =>
    Promise.all(
      hosts.map(
        async host => (await onHost(story.lab, host, 'systemctl show -p InvocationID --value flannel.service', { check: true })).stdout,
      ),
    )
  const unitText = async () => (await onHost(story.lab, 'n2', `cat ${unitFile}`, { check: true })).stdout

  const edit = `sed -i -e 's/10258/10259/' ${unitFile} && systemctl daemon-reload`

  test('is shown as a diff of those lines, and is put right with the restart, there and nowhere else', async () => {
    const wanted = await unitText()
    await onHost(story.lab, 'n2', `${edit} && systemctl restart flannel.service`, { check: true })
    const before = await started()

    const { stdout } = await played(['--check', '--diff'])
    expect(diffLines(stdout)).toEqual(['-   -healthz-port=10259', '+   -healthz-port=10258'])
    expect(stdout).toMatch(/^ {2}~ file \/etc\/systemd\/system\/flannel\.service .*n2$/m)
    expect(stdout).toMatch(/^ {2}↻ unit flannel\.service .*n2$/m)
    expect(stdout).not.toMatch(/^ {2}[~+↻-] .*n[13]/m)

    expect(changedOn(await played(json))).toEqual([0, 2, 0])
    expect(await unitText()).toBe(wanted)
    expect((await started()).map((id, index) => id !== before[index])).toEqual([false, true, false])
    expect(changedOn(await played(['--check', ...json]))).toEqual([0, 0, 0])
  })

  test('is put right without a restart where the process never saw the edit', async () => {
    const before = await started()
    await onHost(story.lab, 'n2', edit, { check: true })
    const ran = await played(json)
    expect(eventsOf(ran, 'item-changed').map(thing)).toContain(`n2 file:${unitFile}`)
    expect(await started()).toEqual(before)
    expect(changedOn(await played(['--check', ...json]))).toEqual([0, 0, 0])
  })
})

/** Lines of a diff without its head and its context. */
const diffLines = (screen: string) =>
  screen
    .split('\n')
    .map(line => /^ {4,}([+−-]) (.*)$/.exec(line))
    .flatMap(match => (match ? [`${match[1] === '+' ? '+' : '-'} ${match[2]}`] : []))

/** A role of the user's own: as many files as the play says. */
const manyTasks = `import { defineRole, file } from 'netplay'

export default defineRole({
  name: 'many',
  description: 'Files, as many as asked for.',
  params: { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'], additionalProperties: false },
  tasks: ({ params }) =>
    Array.from({ length: params.count }, (_, i) => file(\`Write file \${i}\`, { path: \`/etc/many-\${i}\`, content: String(i) })),
})
`
