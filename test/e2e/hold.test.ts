import { setTimeout as sleep } from 'node:timers/promises'
import type { LabPod } from '../../lab/pod.js'
import type { RunEvent } from '../../src/events.js'
import { played } from './flannel-story.js'
import { forgetControl, holdsOn, isArmed, isReleased, lostDuring, marksOn, writeControlPlane } from './hold-story.js'
import { openStory, openStoryMs, type Ran, type Story } from './story.js'
import { until } from './until.js'

let story: Story
let pods: LabPod[]
beforeAll(async () => {
  story = await openStory({ name: 'hold', etcd: false, vars: { control_seconds: 3 } })
  pods = await writeControlPlane(story)
}, openStoryMs)
afterAll(() => story.close(), 120_000)
beforeEach(() => forgetControl(story.lab))

const onAll = (words: string) => [words, words, words]
const endOf = ({ events }: Ran) => events.find((event): event is Extract<RunEvent, { type: 'hold-ended' }> => event.type === 'hold-ended')
const minutes = 180_000

test(
  'routes go for seconds while they are held, and no packet is lost; the next run has nothing to do and arms nothing',
  async () => {
    const { result, lost, sent } = await lostDuring(story.lab, pods, () => played(story, 'control.yml'))
    expect(result.events).toContainEqual(
      expect.objectContaining({ type: 'hold-armed', hold: 'control', hosts: ['n1', 'n2', 'n3'], routes: 6 }),
    )
    expect(endOf(result)).toMatchObject({ end: 'released', routes: 6, equal: 6, differing: [] })
    expect(sent).toBeGreaterThan(1000)
    expect(lost).toBe(0)
    expect(await holdsOn(story.lab)).toEqual(onAll(isReleased))
    const again = await played(story, 'control.yml')
    expect(again.events.filter(({ type }) => type === 'item-changed' || type === 'hold-armed')).toEqual([])
  },
  minutes,
)

test(
  'without the hold the same loses packets',
  async () => {
    const { lost } = await lostDuring(story.lab, pods, () => played(story, 'control.yml', ['--no-hold']))
    expect(lost).toBeGreaterThan(20)
  },
  minutes,
)

test(
  'a check shows the hold and writes nothing',
  async () => {
    const { stdout } = await story.play('control.yml', ['--check', '--diff'])
    expect(stdout).toMatch(/\+ data path to 10\.244\.0\.0\/16 {4}held in table \d+, control +3 hosts/)
    expect(stdout).toMatch(/- data path to 10\.244\.0\.0\/16 {4}released once main is equal, control +3 hosts/)
    expect(await holdsOn(story.lab)).toEqual(onAll(isReleased))
  },
  minutes,
)

test(
  'a saved plan holds as well',
  async () => {
    expect((await story.netplay(['plan', 'control.yml', '-i', 'hosts.ini', '--out', 'window.plan'])).code).toBe(0)
    const { result, lost } = await lostDuring(story.lab, pods, () => story.netplay(['apply', 'window.plan', '--output', 'json']))
    expect(result.code).toBe(0)
    expect(endOf(result)).toMatchObject({ end: 'released', equal: 6 })
    expect(lost).toBe(0)
  },
  minutes,
)

test(
  'a host whose routes do not come back: all is put back while it is held, and no packet is lost',
  async () => {
    const { result, lost } = await lostDuring(story.lab, pods, () => played(story, 'control.yml', ['-e', 'control_lost_on=n2'], 2))
    expect(endOf(result)).toMatchObject({ end: 'undone', routes: 6, equal: 6 })
    expect(endOf(result)!.reason).toMatch(/^n2: Held routes are in main again: not within 6 s: 2 of 2 held routes are not in main/)
    expect(lost).toBe(0)
    expect(await marksOn(story.lab)).toEqual(onAll(''))
    expect(await holdsOn(story.lab)).toEqual(onAll(isReleased))
  },
  minutes,
)

test(
  'a gate that does not hold: what came before is put back, and the screen says which gate it was',
  async () => {
    const { result, lost } = await lostDuring(story.lab, pods, () => story.play('control.yml', ['-e', 'control_session=down']))
    expect(result.code).toBe(2)
    expect(result.stdout).toContain('control: what was done is put back; 6 of 6 routes equal, released')
    expect(result.stdout).toContain('Sessions with the reflector: not within 3 s: no session with the reflector')
    expect(lost).toBe(0)
    expect(await marksOn(story.lab)).toEqual(onAll(''))
    expect(await holdsOn(story.lab)).toEqual(onAll(isReleased))
  },
  minutes,
)

test(
  'a gate that only stops: what came before stays, nothing comes after it, and the exit code is not 0',
  async () => {
    const result = await played(story, 'control.yml', ['-e', 'control_session=stops'], 2)
    expect(endOf(result)).toMatchObject({ end: 'kept', equal: 6 })
    expect(await marksOn(story.lab)).toEqual(onAll('withdrawn'))
    expect(await holdsOn(story.lab)).toEqual(onAll(isReleased))
  },
  minutes,
)

test(
  'Ctrl-C once: all is put back while it is held',
  async () => {
    const { lost } = await lostDuring(story.lab, pods, async () => {
      const child = story.start('control.yml', ['-e', 'control_seconds=5'])
      await until('routes are withdrawn', async () => (await marksOn(story.lab)).every(marks => marks.includes('withdrawn')))
      await sleep(1500)
      child.kill('SIGINT')
      expect(await new Promise(resolve => child.on('exit', resolve))).toBe(99)
    })
    expect(lost).toBe(0)
    expect(await marksOn(story.lab)).toEqual(onAll(''))
    expect(await holdsOn(story.lab)).toEqual(onAll(isReleased))
  },
  minutes,
)

const killedWhileHeld = async (playbook: string) => {
  const child = story.start(playbook, ['-e', 'control_seconds=4'])
  await until('routes are withdrawn', async () => (await marksOn(story.lab)).every(marks => marks.includes('withdrawn')))
  child.kill('SIGKILL')
  for (const words of await holdsOn(story.lab)) expect(words).toMatch(isArmed)
}

test(
  'killed while it is held: a run right after it arms anew, finishes and releases, with no packet lost',
  async () => {
    const { result, lost } = await lostDuring(story.lab, pods, async () => {
      await killedWhileHeld('control.yml')
      await sleep(5000)
      return played(story, 'control.yml')
    })
    expect(endOf(result)).toMatchObject({ end: 'released', equal: 6 })
    expect(lost).toBe(0)
    expect(await holdsOn(story.lab)).toEqual(onAll(isReleased))
  },
  minutes,
)

test(
  'killed and left: the timers release by themselves, and the next run says what main lacked then',
  async () => {
    await killedWhileHeld('short.yml')
    await until(
      'the timers release',
      async () => (await holdsOn(story.lab)).every(words => words.startsWith('rule 0 held 0 folder no')),
      30_000,
    )
    const next = await played(story, 'short.yml')
    expect(next.events).toContainEqual(
      expect.objectContaining({
        type: 'warning',
        message: expect.stringMatching(/^n1: an earlier run left hold control to its timer, which released it at /),
      }),
    )
    expect(await holdsOn(story.lab)).toEqual(onAll(isReleased))
  },
  minutes,
)

test(
  '--limit that leaves a host out is refused before any host is asked, and runs with --no-hold',
  async () => {
    const refused = await story.play('control.yml', ['--limit', 'n1'])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/control\.yml:3:9: --limit leaves n2, n3 out of hold "control"/)
    expect((await played(story, 'control.yml', ['--limit', 'n1', '--no-hold'])).code).toBe(0)
  },
  minutes,
)

test(
  'a host that the inventory declares away is not asked, held or worked on, and the recap tells it; one without a day is refused',
  async () => {
    await story.write('host_vars/n3.yml', 'netplay_absent: RMA 4711\n')
    const refused = await story.play('control.yml', ['--check'])
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/host_vars\/n3\.yml:1:17: netplay_absent of n3 does not say until when/),
    ])
    await story.write('host_vars/n3.yml', 'netplay_absent: RMA 4711 until 2999-12-01\n')
    const { code, stdout } = await story.play('control.yml')
    expect(code).toBe(0)
    expect(stdout).toContain('control: data path held on 2 hosts, 4 routes, released by itself at ')
    expect(stdout).toContain('ABSENT n3  RMA 4711 until 2999-12-01')
    expect(stdout).not.toMatch(/^n3 /m)
    expect(await marksOn(story.lab)).toEqual(['announced withdrawn', 'announced withdrawn', ''])
  },
  minutes,
)
