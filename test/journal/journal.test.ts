import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '../../src/errors.js'
import { appliedIn, claimPlan } from '../../src/journal/applied.js'
import { openJournal, stateDir } from '../../src/journal/journal.js'
import { loadRun } from '../../src/journal/kept-run.js'

let folder: string
const before = process.env['NETPLAY_STATE_DIR']
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netplay-journal-'))
  process.env['NETPLAY_STATE_DIR'] = folder
})
afterEach(async () => {
  if (before === undefined) delete process.env['NETPLAY_STATE_DIR']
  else process.env['NETPLAY_STATE_DIR'] = before
  await rm(folder, { recursive: true })
})

const began = (item: string) => ({
  type: 'item-started' as const,
  host: 'n1',
  item,
  role: 'r',
  task: 't',
  key: 'k',
  action: 'create' as const,
})

test('what netplay remembers lies where the environment says, else where such things belong', () => {
  expect(stateDir({ NETPLAY_STATE_DIR: '/a', XDG_STATE_HOME: '/b' })).toBe('/a')
  expect(stateDir({ XDG_STATE_HOME: '/b' })).toBe('/b/netplay')
  expect(stateDir({})).toMatch(/\/\.local\/state\/netplay$/)
})

test('each event is a line on disk when it was told, and the files are their owner’s alone', async () => {
  const journal = openJournal('run-1')
  await journal.emit(began('s1.n1.1'))
  expect(JSON.parse(await readFile(journal.file, 'utf8'))).toEqual({ at: expect.stringMatching(/^\d{4}-.*Z$/), ...began('s1.n1.1') })
  journal.keepPlan({ id: 'p' })
  journal.close()
  const files = await readdir(join(folder, 'runs'))
  expect(files.sort()).toEqual(['run-1.jsonl', 'run-1.plan.json'])
  for (const file of files) expect((await stat(join(folder, 'runs', file))).mode & 0o777).toBe(0o600)
})

describe('a run that is over', () => {
  test('is known by its plan and by what it began, also when its last line is half there', async () => {
    const journal = openJournal('run-1')
    journal.keepPlan({ id: 'p' })
    await journal.emit(began('s1.n1.1'))
    await journal.emit(began('s1.n1.2'))
    journal.close()
    await appendFile(journal.file, '{"at":"2026-11-22T14:0')
    expect(loadRun('run-1')).toEqual({ plan: { id: 'p' }, begun: new Set(['s1.n1.1', 's1.n1.2']) })
  })

  test('that ended before it had a plan wrote nothing', async () => {
    openJournal('run-1').close()
    expect(() => loadRun('run-1')).toThrow('run run-1 ended before it had a plan, so it wrote nothing')
  })

  test('that is not there is told with those that are, the last ones', () => {
    for (const run of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const journal = openJournal(run)
      journal.keepPlan({})
      journal.close()
    }
    const error = (() => {
      try {
        return loadRun('z')
      } catch (caught) {
        return caught
      }
    })()
    expect(error).toBeInstanceOf(InputError)
    expect((error as InputError).next).toBe('Name one of these: b, c, d, e, f.')
  })

  test('has a name, not a path', () => {
    openJournal('run-1').close()
    expect(() => loadRun('../runs/run-1')).toThrow('there is no run')
  })
})

test('a plan is one run’s to apply', () => {
  expect(appliedIn('p')).toBeUndefined()
  expect([claimPlan('p', 'run-1'), claimPlan('p', 'run-2')]).toEqual([true, false])
  expect(appliedIn('p')).toBe('run-1')
  expect(appliedIn('q')).toBeUndefined()
})
