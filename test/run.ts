import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureImage } from '../lab/image.js'
import { checkMachine } from '../lab/needs.js'
import { labParts } from '../lab/parts.js'
import { NetplayError } from '../src/errors.js'
import { closingLine, namesOf, ranNothing, totalOf, type JestResult } from './run-result.js'

const projects = ['unit', 'lab', 'long'] as const
type Project = (typeof projects)[number]

/** `tsx test/run.ts PROJECT… [options of jest]`: the tests of these projects, and a closing line with the counts of all of them. */
async function main(argv: string[]): Promise<number> {
  const wanted = projects.filter(project => argv.includes(project))
  const jestOptions = argv.filter(word => !projects.includes(word as Project))
  const needsLab = wanted.some(project => project !== 'unit')
  try {
    if (needsLab) await readyLab()
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    process.stderr.write(`${error.message}\n  Next: ${error.next}\n  Tests that need none of this: npm run test:unit\n`)
    return 1
  }
  const results: JestResult[] = []
  for (const project of wanted) results.push(await jest(project, jestOptions))
  // A pattern of jest's may fit one project alone; without one, a project that ran nothing is one whose tests were lost.
  const empty = jestOptions.length > 0 ? [] : wanted.filter((_, at) => ranNothing(results[at]!))
  for (const project of empty) process.stdout.write(`failed: project ${project} has run no test\n`)
  const total = totalOf(results)
  for (const state of ['skipped', 'failed'] as const)
    for (const name of namesOf(results, state)) process.stdout.write(`${state}: ${name}\n`)
  process.stdout.write(`${closingLine(total)}\n`)
  return total.failed === 0 && total.passed > 0 && empty.length === 0 ? 0 : 1
}

/** Lab tests are never left out: what this machine lacks for them is an error, told before anything runs. What takes minutes is done and told first. */
async function readyLab(): Promise<void> {
  checkMachine()
  say('building netplay: the lab tests run what is built')
  await ended(spawn('npm', ['run', '--silent', 'build'], { stdio: 'inherit' }))
  say('parts of the lab (flanneld, cnitool …): seconds when they are cached, else one to four minutes')
  await labParts(say)
  say('images of lab hosts: seconds when they are there, else a minute each')
  await ensureImage({ docker: false, python: false }, say)
  await ensureImage({ docker: true, python: false }, say)
}

async function jest(project: Project, options: string[]): Promise<JestResult> {
  say(`${project} tests${project === 'unit' ? '' : ', on real hosts: half an hour'}`)
  const folder = await mkdtemp(join(tmpdir(), 'netplay-test-'))
  const outputFile = join(folder, 'result.json')
  try {
    const own = ['--selectProjects', project, '--json', '--outputFile', outputFile, '--passWithNoTests']
    const argv = ['jest', ...options, ...own, ...workers(project, options)]
    const env = { ...process.env, NODE_OPTIONS: '--experimental-vm-modules' }
    // With --json the result goes to standard output too; what people read is on standard error.
    await ended(spawn('npx', argv, { stdio: ['inherit', 'ignore', 'inherit'], env }), [0, 1])
    return JSON.parse(await readFile(outputFile, 'utf8')) as JestResult
  } finally {
    await rm(folder, { recursive: true })
  }
}

/**
 * Unit tests take every core. Lab tests mostly wait for their hosts, so two labs of different names stand side by side; sweeps, whose deadlines are
 * tight and hosts many, come one after another. Whoever runs them may say otherwise.
 */
const workers = (project: Project, options: readonly string[]): string[] =>
  options.some(option => option.startsWith('--maxWorkers'))
    ? []
    : [{ unit: '--maxWorkers=100%', lab: '--maxWorkers=2', long: '--runInBand' }[project]]

async function ended(child: ReturnType<typeof spawn>, expected = [0]): Promise<void> {
  const [code] = (await once(child, 'close')) as [number | null]
  if (code === null || !expected.includes(code)) throw new Error(`${child.spawnargs.slice(0, 3).join(' ')} ended with ${code}`)
}

const say = (line: string) => void process.stderr.write(`\n== ${line}\n`)

process.exitCode = await main(process.argv.slice(2))
