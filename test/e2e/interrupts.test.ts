import { jest } from '@jest/globals'
import { endOf } from './faults.js'
import { leftoversOf } from './host-before.js'
import { follow } from './running.js'
import { forgetSlow, isLocked, lockGoes, slowBegun, slowDone, stepBegins, writeSlowRole } from './slow-role.js'
import { openStory, openStoryMs, type Story } from './story.js'

let story: Story

jest.setTimeout(60_000)
beforeAll(async () => {
  story = await openStory({ name: 'e2e-interrupts', hosts: 2, etcd: false })
  await writeSlowRole(story)
}, openStoryMs)
afterAll(() => story?.close(), 60_000)
beforeEach(() => forgetSlow(story.lab))

test('Ctrl-C once: the steps under way end, no others begin, the screen says where everything stands, and the next run does the rest', async () => {
  const run = follow(story.start('slow.yml'))
  for (const host of ['n1', 'n2']) await stepBegins(story.lab, host, 1)
  run.child.kill('SIGINT')
  const { code, stdout, ms } = await run.ended
  expect(code).toBe(99)
  expect(ms).toBeGreaterThan(2000)
  expect(stdout).toContain('Interrupted: steps under way are finished, no others are begun. Once more cuts.')
  expect(stdout).toMatch(/^n1 \| slow \| Slow step 1 \| changed/m)
  expect(stdout).toMatch(/^STOPPED n1 n2 {2}not finished, because others failed or the run was interrupted; nothing is half done there\./m)
  expect(stdout).toMatch(/^n1 +: ok=2 +changed=1 .*failed=0/m)
  for (const host of ['n1', 'n2']) {
    expect([await slowDone(story.lab, host), await slowBegun(story.lab, host)]).toEqual(['1', '1'])
    expect(await isLocked(story.lab, host)).toBe(false)
    expect(await leftoversOf(story.lab, host)).toEqual([])
  }
  expect((await story.play('slow.yml')).code).toBe(0)
  expect(await slowDone(story.lab, 'n1')).toBe('1 2 3')
})

test('with --output json an interrupted run tells each host as stopped', async () => {
  const run = follow(story.start('slow.yml', ['--output', 'json']))
  await stepBegins(story.lab, 'n1', 2)
  run.child.kill('SIGINT')
  const ran = await run.ended
  expect([ran.code, endOf(ran, 'n1')]).toEqual([99, 'stopped'])
  expect(ran.events.filter(({ type }) => type === 'interrupted')).toHaveLength(1)
  expect(await slowDone(story.lab, 'n1')).toBe('1 2')
})

test('Ctrl-C twice cuts: netplay ends at once, the step under way ends by itself on the host and none follows', async () => {
  const run = follow(story.start('slow.yml'))
  await stepBegins(story.lab, 'n1', 1)
  run.child.kill('SIGINT')
  await new Promise(resolve => setTimeout(resolve, 200))
  run.child.kill('SIGINT')
  const { code, stdout } = await run.ended
  expect(code).toBe(99)
  expect(await slowDone(story.lab, 'n1')).toBe('')
  expect(stdout).toContain('Cut.')
  await lockGoes(story.lab, 'n1')
  expect([await slowDone(story.lab, 'n1'), await slowBegun(story.lab, 'n1')]).toEqual(['1', '1'])
})
