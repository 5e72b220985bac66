import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { examples } from '../../src/cli/examples.js'
import { programOf } from '../../src/cli/program.js'
import { inFolder } from '../support/playbook-folder.js'

/** Runs the command line in this process; what it prints is caught. */
async function typed(...argv: string[]) {
  const program = programOf(() => undefined)
  let [out, err] = ['', '']
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)])
    command.configureOutput({ writeOut: text => (out += text), writeErr: text => (err += text) })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return { out, err, error: undefined }
  } catch (error) {
    return { out, err, error: error as Error & { exitCode?: number } }
  }
}

test.each([
  [['site.yml', '--chek'], "error: unknown option '--chek'\n(Did you mean --check?)"],
  [['plan', 'site.yml', '--detailed-exit-code'], "error: unknown option '--detailed-exit-code'\n(Did you mean --detailed-exitcode?)"],
  [['site.yml', '-f', '0'], "option '-f, --forks <n>' argument '0' is invalid. It must be a whole number of at least 1."],
  [['site.yml', '-f', '2.5'], "argument '2.5' is invalid"],
  [['site.yml', '--output', 'yaml'], 'Allowed choices are screen, json.'],
  [['site.yml', '--become-method', 'runas'], 'Allowed choices are sudo, su, doas.'],
  [[], "error: missing required argument 'playbooks'"],
  [['apply'], "error: missing required argument 'file'"],
  [['site.yml', '-i'], "error: option '-i, --inventory <source>' argument missing"],
])('%j is bad usage and says what is meant', async (argv, text) => {
  const { err, error } = await typed(...argv)
  expect(err).toContain(text)
  expect(err).toContain('--help shows all options, with examples)')
  expect(error!.exitCode).toBe(1)
})

test('a command with a slip in it is not taken for a playbook', async () => {
  await inFolder({}, async () => {
    const { error } = await typed('aply', 'window.plan')
    expect(error!.message).toBe('there is no command and no playbook "aply"; did you mean "apply"?')
  })
})

test('help has the options of a run beside the commands, and no defaults that go without saying', async () => {
  const { out } = await typed('--help')
  for (const text of [
    'Usage: netplay <playbooks...> -i <source> [options]',
    '-C, --check',
    '-i, --inventory <source>',
    'apply [options] <file>',
    'Exit codes: 0 done',
    examples['netplay']!,
  ])
    expect(out).toContain(text)
  expect(out).not.toMatch(/default: (false|\[\])/)
  expect(out).toContain('(default: 50)')
})

test.each(Object.keys(examples).filter(name => name !== 'netplay'))(
  'netplay %s --help ends with examples that begin with it',
  async name => {
    const { out } = await typed(...name.split(' '), '--help')
    expect(out.endsWith(`${examples[name]!}\n`)).toBe(true)
    const lines = examples[name]!.trim().split('\n').slice(1)
    for (const line of lines)
      expect(line).toMatch(name === 'play' ? /^ {2}netplay (site\.yml|n1,n2) / : new RegExp(`^ {2}netplay ${name} `))
  },
)

test('every command has examples', () => {
  const names = programOf(() => undefined).commands.map(command => command.name())
  expect(names.filter(name => !(name in examples) && name !== 'lab')).toEqual([])
})

const main = resolve('src/cli/main.ts')
const run = (argv: string[], cwd: string) =>
  new Promise<{ code: number; out: string; err: string }>(done =>
    execFile(
      process.execPath,
      ['--import', 'tsx', main, ...argv],
      { cwd: resolve('.'), env: { ...process.env, NODE_OPTIONS: '', INIT_CWD: cwd } },
      (error, out, err) => done({ code: (error as { code?: number } | null)?.code ?? 0, out, err }),
    ),
  )

describe('the process', () => {
  test('exits 0 for help and version, 2 for bad usage, 1 for wrong input', async () => {
    const [help, version, usage, input, none] = await Promise.all(
      [['--help'], ['--version'], ['--chek'], ['no-such-playbook.yml', '-i', 'h,'], ['inventory', '--list']].map(argv => run(argv, '.')),
    )
    expect([help, version, usage, input, none].map(ran => ran!.code)).toEqual([0, 0, 2, 1, 1])
    expect(none).toMatchObject({ out: '', err: expect.stringContaining('ERROR no inventory was given\n') as unknown })
    expect(version!.out).toMatch(/^netplay \d+\.\d+\.\d+\n$/)
    expect(usage!.out).toBe('')
    expect(input!.err).toMatch(/^ERROR no-such-playbook\.yml: there is no such file\n {2}Next: /)
  }, 60_000)

  test('with --output json wrong input is an event too, and nothing else is on standard output', async () => {
    const { code, out, err } = await run(['no-such-playbook.yml', '-i', 'h,', '--output', 'json'], '.')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      type: 'run-failed',
      exit: 1,
      error: { message: 'no-such-playbook.yml: there is no such file' },
    })
    expect(err).toContain('ERROR no-such-playbook.yml')
  }, 60_000)
})
