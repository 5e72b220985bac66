import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { leaveHost, takeHost } from '../../src/apply/begin.js'
import { BeginFailedError, LockedError } from '../../src/apply/errors.js'
import { lockHost } from '../../src/apply/lock.js'
import type { Plan } from '../../src/plan/plan.js'
import { openTestHost, planHost, untilUnlocked, type TestHost } from './test-host.js'

let host: TestHost
beforeEach(async () => {
  host = await openTestHost()
})
afterEach(() => host.close())

const plan = { id: '0c8f7f6e-0000-4000-8000-000000000001' } as Plan

describe('the lock of a host', () => {
  test('is taken by one session and refused to another, which is told who has it and which process that is', async () => {
    await lockHost(host.session, `ann@ops1 runs it's "site.yml" $(date)`)
    const { stdout } = await host.session.request('echo $PPID', { purpose: 'test' })
    const refused = await lockHost(await host.connect(), 'bob').catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(LockedError)
    expect(refused).toMatchObject({
      code: 'LOCKED',
      host: 'h1',
      words: `ann@ops1 runs it's "site.yml" $(date); its shell on this host is process ${stdout.toString().trim()}`,
    })
  })

  test('is kept through requests of the session that has it, and goes with that session', async () => {
    const other = await host.connect()
    await lockHost(host.session, 'ann')
    for (let i = 0; i < 3; i++) await host.session.request('true', { purpose: 'test' })
    await expect(lockHost(other, 'bob')).rejects.toThrow(LockedError)
    await host.session.close()
    await untilUnlocked(other)
    await lockHost(other, 'bob')
  })

  test('goes when the process that it names is ended, where nothing runs under it', async () => {
    const other = await host.connect()
    await lockHost(host.session, 'ann')
    const refused = (await lockHost(other, 'bob').catch((error: unknown) => error)) as LockedError
    process.kill(Number(/process (\d+)$/.exec(refused.words)![1]), 'SIGKILL')
    await untilUnlocked(other)
    await lockHost(other, 'bob')
  })

  test('after a refusal the same session may try again', async () => {
    const other = await host.connect()
    await lockHost(host.session, 'ann')
    await expect(lockHost(other, 'bob')).rejects.toThrow(LockedError)
    expect((await other.request('echo still here', { purpose: 'test' })).stdout.toString()).toBe('still here\n')
  })
})

describe('a host that cannot be taken', () => {
  test('for want of flock is told what to install, and its session goes on', async () => {
    // Everything that this machine has but flock.
    const folder = await mkdtemp(join(tmpdir(), 'netplay-no-flock-'))
    const programs = [...(await readdir('/bin')), ...(await readdir('/usr/bin'))].filter(name => name !== 'flock')
    await mkdir(join(folder, 'bin'))
    for (const name of new Set(programs)) await symlink(join('/usr/bin', name), join(folder, 'bin', name)).catch(() => undefined)
    const bare = await openTestHost({ env: { PATH: join(folder, 'bin') } })
    // The shell adds /usr/sbin and /sbin to its path: there is no flock in them.
    const error = await lockHost(bare.session, 'ann').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(BeginFailedError)
    expect(error).toMatchObject({ message: 'h1 has no flock', next: expect.stringContaining('util-linux') })
    await bare.session.request('true', { purpose: 'test' })
    await bare.close()
    await rm(folder, { recursive: true })
  })

  test('for want of room is told in the words of the host, and its session goes on', async () => {
    await host.write('lib', 'a file where the folder should be')
    const error = await lockHost(host.session, 'ann').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(BeginFailedError)
    expect((error as BeginFailedError).words).toMatch(/mkdir.*lib/)
    await host.session.request('true', { purpose: 'test' })
  })
})

describe('taking and leaving a host', () => {
  test('remembers the plan there, and runs what records the state before; a text that fails there is no matter', async () => {
    const adopt = [`echo first >>${host.folder}/adopted`, 'exit 3', `echo second >>${host.folder}/adopted`]
    await takeHost({ plan, owner: 'ann' }, host.session, planHost([], { adopt }))
    expect(host.has(`lib/applied/${plan.id}`)).toBe(true)
    expect(await host.read('adopted')).toBe('first\nsecond\n')
  })

  test('removes the contents that were brought, also those of a killed run, and the file that stopped the run', async () => {
    await takeHost({ plan, owner: 'ann' }, host.session, planHost([]))
    await host.write('lib/slots/abc', 'content')
    await host.write('run/stop-run-1', '')
    await leaveHost(host.session, 'run-1')
    expect([host.has('lib/slots'), host.has('run/stop-run-1')]).toEqual([false, false])

    await host.session.close()
    await host.write('lib/slots/abc', 'content')
    await leaveHost(await host.connect(), 'run-2')
    expect(host.has('lib/slots')).toBe(false)
  })

  test('removes what a killed run left before the host was booted anew', async () => {
    await host.write('lib/slots/abc', 'content')
    expect(host.has('run')).toBe(false)
    await leaveHost(host.session, 'run-2')
    expect(host.has('lib/slots')).toBe(false)
  })

  test('removes nothing of a run that is under way', async () => {
    await takeHost({ plan, owner: 'ann' }, host.session, planHost([]))
    await host.write('lib/slots/abc', 'content')
    await leaveHost(await host.connect(), 'run-2')
    expect(host.has('lib/slots/abc')).toBe(true)
  })
})
