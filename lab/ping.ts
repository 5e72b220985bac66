import type { ChildProcess } from 'node:child_process'
import { ended, start } from './command.js'
import { LabCommandError, LabError } from './errors.js'
import type { Lab } from './model.js'
import { labParts } from './parts.js'
import { makePingReport, podLabel, type PingReport, type TargetReport } from './ping-report.js'
import { listPods, podNetns, type LabPod } from './pod.js'

export interface PingOptions {
  /** Time between two requests of a pair; default 10. */
  intervalMs?: number
  /** A request not answered by then is lost; default 2000. */
  timeoutMs?: number
  /** Default all pods that run. */
  pods?: LabPod[]
}

export interface RunningPing {
  pods: LabPod[]
  /** Since all probers were at it. */
  elapsedMs(): number
  /** Stop asking, wait for the last answers (at most `timeoutMs`), and tell. */
  stop(): Promise<PingReport>
}

/**
 * Ping between all ordered pairs of pods, from inside their network namespaces: one prober a pod (lab/parts/podping), all
 * of them at it when this resolves. They end by themselves if this process dies.
 * @throws {LabError} fewer than two pods run, or a prober cannot be started
 */
export async function startPing(lab: Lab, { intervalMs = 10, timeoutMs = 2000, pods }: PingOptions = {}): Promise<RunningPing> {
  const chosen = pods ?? (await listPods(lab)).filter(({ state }) => state === 'running')
  if (chosen.length < 2) {
    throw new LabError(
      `Ping needs two pods, and ${chosen.length === 1 ? 'one runs' : 'none runs'}`,
      'Make them: netplay lab pod HOST, on two hosts.',
    )
  }
  const { podping } = await labParts()
  const probers = await Promise.all(
    chosen.map(async pod => {
      const targets = chosen.filter(other => other !== pod).map(({ address }) => address)
      const argv = [podping, '-interval', `${intervalMs}ms`, '-timeout', `${timeoutMs}ms`, ...targets]
      // Ahead of the hosts' own work: a prober that waits for its turn sends nothing, and sees nothing.
      return startProber(['nice', '-n', '-10', 'nsenter', `--net=${await podNetns(lab, pod)}`, '--', ...argv], podLabel(pod))
    }),
  )
  try {
    await Promise.all(probers.map(({ ready }) => ready))
  } catch (error) {
    for (const { child } of probers) child.kill()
    throw error
  }
  const startedAt = Date.now()
  const elapsedMs = () => Date.now() - startedAt
  const stop = async () => {
    const durationMs = elapsedMs()
    for (const { child } of probers) child.stdin!.end()
    const told = await Promise.all(probers.map(({ report }) => report))
    return makePingReport(chosen, told, { intervalMs, timeoutMs, durationMs })
  }
  return { pods: chosen, elapsedMs, stop }
}

interface Prober {
  child: ChildProcess
  ready: Promise<void>
  report: Promise<TargetReport[]>
}

// podping says "ready" with its first requests, and its report in one line of JSON at the end.
function startProber(argv: string[], label: string): Prober {
  const child = start(argv, 'pipe')
  child.stdin!.on('error', () => undefined)
  let stdout = ''
  let stderr = ''
  const ready = new Promise<void>(resolve => {
    child.stdout!.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      if (stdout.includes('ready\n')) resolve()
    })
  })
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const report = ended(child, argv).then(code => {
    if (code !== 0) throw new LabCommandError(`podping in ${label}`, { stdout, stderr, code })
    return JSON.parse(stdout.replace('ready\n', '')) as TargetReport[]
  })
  // One that ends before it is ready has failed; whoever waits for either promise hears of it.
  report.catch(() => undefined)
  return { child, ready: Promise.race([ready, report.then(() => undefined)]), report }
}
