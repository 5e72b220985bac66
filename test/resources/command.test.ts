import { command, commandKind as kind } from '../../src/resources/command.js'
import { Driver, shellOf, worldOf } from '../support/kind-driver.js'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

describe.each([['dash'], ['bash'], ['busybox', 'sh']])('a command, by %s', (...argv) => {
  const folder = mkdtempSync(join(tmpdir(), 'np-command-'))
  const driver = new Driver(shellOf(...argv), join(folder, 'store'))
  const log = join(folder, 'log')
  beforeEach(() => writeFileSync(log, ''))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('runs once, and says by its own test that it is done', async () => {
    const task = command('count', {
      run: `echo once >>${log}; : >${folder}/mark`,
      done: `test -e ${folder}/mark`,
      undo: `rm ${folder}/mark`,
    })
    const plan = await driver.plan([task])
    await driver.apply(plan)
    await driver.apply(plan)
    expect(readFileSync(log, 'utf8')).toBe('once\n')
    await driver.undo(plan)
    expect(await driver.observe(task)).toMatchObject({ done: false })
  })

  test('that ends well without being done is a failure, and so is one that fails', async () => {
    const attempt = async (run: string) => driver.apply(await driver.plan([command('x', { run, done: 'false' })]))
    await expect(attempt('true')).rejects.toThrow(/its own test says that it is not done/)
    await expect(attempt('echo words >&2; false; true')).rejects.toThrow(/words/)
    await expect(attempt('exit 7')).rejects.toThrow(/status 7/)
  })

  test('whose texts exit, read their input, or are no shell, disturbs nothing around it', async () => {
    const answers = await driver.observeAll(
      ['exit 0', 'exit 3', 'cat; false', "echo 'unclosed", '(', 'kill -9 $$', 'echo done yes'].map(done =>
        command('x', { run: 'true', done }),
      ),
    )
    expect(answers.map(answer => (answer as { done: boolean }).done)).toEqual([true, false, false, false, false, false, true])
  })

  test('without an undo says that it stays', async () => {
    const plan = await driver.plan([command('x', { run: `: >${folder}/stays`, done: `test -e ${folder}/stays` })])
    await driver.apply(plan)
    await expect(driver.undo(plan)).rejects.toThrow(/nothing is known that takes back command:[0-9a-f]{12}/)
  })
})

test('is told by what it shows, else by its text', () => {
  const state = { done: false, command: { run: 'r', done: 'd' } }
  expect(kind.diff({ run: 'r', done: 'd', shows: 'make the set' }, state, worldOf())[0]!.after).toBe('make the set')
  expect(kind.diff({ run: 'r', done: 'd' }, state, worldOf())[0]!.after).toBe('r')
})
