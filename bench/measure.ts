import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../lab/command.js'
import { netnsArgv, type Lab } from '../lab/lab.js'

/** One program from its start to its end. */
export interface Sample {
  ms: number
  /** user and system, of the program and all processes it waited for */
  cpuMs: number
  /** of the largest process; 0 where it was not asked */
  maxRssBytes: number
  stdout: string
}

export interface MeasureOptions {
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** exit statuses that are fine; default [0] */
  codes?: number[]
}

/** A Node program in the lab's network namespace; it tells its own resource usage when it ends. */
export async function measureNode(lab: Pick<Lab, 'netns'>, argv: readonly string[], options: MeasureOptions = {}): Promise<Sample> {
  const folder = await mkdtemp(join(tmpdir(), 'netplay-bench-'))
  const usageFile = join(folder, 'usage.json')
  try {
    const env = { ...(options.env ?? process.env), NETPLAY_BENCH_USAGE: usageFile }
    const { ms, stdout } = await timed(lab, [process.execPath, '--import', usageHook, ...argv], { ...options, env })
    const usage = JSON.parse(await readFile(usageFile, 'utf8')) as NodeJS.ResourceUsage
    // Microseconds and KiB. Source: Node's process.resourceUsage().
    return { ms, cpuMs: (usage.userCPUTime + usage.systemCPUTime) / 1000, maxRssBytes: usage.maxRSS * 1024, stdout }
  } finally {
    await rm(folder, { recursive: true })
  }
}

const usageHook = `data:text/javascript,${encodeURIComponent(
  `import { writeFileSync } from 'node:fs'
process.on('exit', () => writeFileSync(process.env.NETPLAY_BENCH_USAGE, JSON.stringify(process.resourceUsage())))`,
)}`

/** Any program with its children, by bash's own clock. */
export async function measureProgram(lab: Pick<Lab, 'netns'>, argv: readonly string[], options: MeasureOptions = {}): Promise<Sample> {
  const { ms, stdout, stderr } = await timed(lab, ['bash', '-c', `TIMEFORMAT='bench %U %S'; time "$@"`, 'bash', ...argv], options)
  const [, user, system] = /bench (\S+) (\S+)\s*$/.exec(stderr) ?? []
  return { ms, cpuMs: (Number(user) + Number(system)) * 1000, maxRssBytes: 0, stdout }
}

async function timed(lab: Pick<Lab, 'netns'>, argv: readonly string[], { env, cwd, codes = [0] }: MeasureOptions) {
  const started = performance.now()
  const { code, stdout, stderr } = await run(netnsArgv(lab, argv), { env, cwd })
  const ms = performance.now() - started
  if (!codes.includes(code)) throw new Error(`${argv.join(' ')} ended with ${code}\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`)
  return { ms, stdout, stderr }
}

/** Least, middle and greatest of some numbers. */
export function spread(numbers: readonly number[]): { min: number; median: number; max: number } {
  const sorted = [...numbers].sort((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  return { min: at(0), median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, max: at(sorted.length - 1) }
}
