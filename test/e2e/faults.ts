import { join } from 'node:path'
import { onHost, type Lab } from '../../lab/lab.js'
import { segmentsOf, type Segment } from '../../src/apply/stage.js'
import { isChange, type Plan } from '../../src/plan/plan.js'
import { packageRoot, type Ran, type Story } from './story.js'

/** The moment right before one step of a plan, or after the last step of a program. */
export interface Boundary {
  /** as the fault file names it: `s2.n1.5.0`, `s2.n1.5.end` */
  point: string
  host: string
  key: string
  /** the step's own text; none after the last */
  step?: string
}

export const shipped = (playbook: string): string => join(packageRoot, 'playbooks', playbook)

/** Every moment between two steps of what a playbook would do now, in order. @param playbook path, or a name in the story's folder */
export async function boundariesOf(story: Story, playbook: string, flags: readonly string[] = []): Promise<Boundary[]> {
  const made = await story.netplay(['plan', playbook, '-i', 'hosts.ini', '--out', 'boundaries.plan', ...flags])
  if (made.code !== 0) throw new Error(made.stdout + made.stderr)
  const plan = JSON.parse((await story.netplay(['show', '--json', 'boundaries.plan'])).stdout) as Plan
  return plan.stages.flatMap(({ hosts, work }) => hosts.flatMap(host => segmentsOf(work[host]!).flatMap(each => pointsOf(host, each))))
}

function pointsOf(host: string, segment: Segment): Boundary[] {
  const changing = segment.type === 'program' ? segment.items.filter(isChange) : []
  return [
    ...changing.flatMap(({ id, key, steps }) => steps.map((step, i) => ({ point: `${id}.${i}`, host, key, step }))),
    ...changing.slice(-1).map(({ id, key }) => ({ point: `${id}.end`, host, key })),
  ]
}

/** The next program that comes to one of these points is killed there, as by `kill -9`; after the run the faults are gone. One a host. */
export async function dyingAt(lab: Lab, at: readonly Pick<Boundary, 'host' | 'point'>[], run: () => Promise<Ran>): Promise<Ran> {
  const plant = ({ host, point }: Pick<Boundary, 'host' | 'point'>) =>
    onHost(lab, host, `mkdir -p -m 0700 /run/netplay; echo ${point} >/run/netplay/fault`, { check: true })
  await Promise.all(at.map(plant))
  try {
    return await run()
  } finally {
    await Promise.all(at.map(({ host }) => onHost(lab, host, 'rm -f /run/netplay/fault', { check: true })))
  }
}

/** The name that a run gave itself; of a run with `--output json`. */
export function runOf({ events, stdout, stderr }: Ran): string {
  const begun = events.find(event => event.type === 'run-started')
  if (begun === undefined) throw new Error(`the run did not begin: ${stdout}${stderr}`)
  return begun.run
}

/** How a host ended in a run. */
export function endOf({ events, stdout, stderr }: Ran, host: string): string {
  const finished = events.find(event => event.type === 'run-finished')
  if (finished === undefined) throw new Error(`the run did not finish: ${stdout}${stderr}`)
  return finished.ends[host] ?? 'not in it'
}
