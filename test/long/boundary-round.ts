import { boundariesOf, dyingAt, endOf, runOf, type Boundary } from '../e2e/faults.js'
import { differences, leftoversOf, liveOf, startsOf, treeOf } from '../e2e/host-before.js'
import type { Ran, Story } from '../e2e/story.js'

/** What went other than promised; empty: all held. */
export type Complaints = string[]

const json = ['--output', 'json']
const units = ['flannel.service', 'netplay-forward.service']

/** A host as it is to be again. */
export interface Before {
  tree: Map<string, string>
  live: string
}

export const lookAtAll = async ({ lab }: Pick<Story, 'lab'>, hosts: readonly string[]): Promise<Map<string, Before>> =>
  new Map(
    await Promise.all(
      hosts.map(async name => {
        const host = lab.hosts.find(candidate => candidate.name === name)!
        return [name, { tree: await treeOf(lab, host), live: await liveOf(lab, name) }] as const
      }),
    ),
  )

/** The boundaries of one host, which stands for all: nodes have the same work. */
export const boundariesOn = async (story: Story, playbook: string, host: string): Promise<Boundary[]> =>
  (await boundariesOf(story, playbook)).filter(boundary => boundary.host === host)

/** One boundary for each of these hosts: the same points but for their names. */
export const spread = (boundaries: readonly Boundary[], hosts: readonly string[]): Boundary[] =>
  boundaries.map(({ host, point, ...rest }, i) => ({ ...rest, host: hosts[i]!, point: point.replace(`.${host}.`, `.${hosts[i]!}.`) }))

/** Runs of one playbook that die at these boundaries, one a host, and what is found to be other than promised. */
export class Round {
  readonly complaints: Complaints = []

  /** @param before what an undo has to come to */
  constructor(
    readonly story: Story,
    readonly playbook: string,
    readonly boundaries: readonly Boundary[],
    private readonly before: ReadonlyMap<string, Before>,
  ) {}

  get hosts(): string[] {
    return this.boundaries.map(({ host }) => host)
  }

  expect(what: string, found: unknown, wanted: unknown): void {
    if (JSON.stringify(found) !== JSON.stringify(wanted)) this.complaints.push(`${what}: ${JSON.stringify(found)}`)
  }

  play(flags: readonly string[] = []): Promise<Ran> {
    return this.story.play(this.playbook, [...json, '-l', ['n1', ...this.hosts].join(), ...flags])
  }

  /** As `play`, and it must end well. */
  async converge(what: string): Promise<Ran> {
    const ran = await this.play()
    this.expect(`${what} ends with`, ran.code, 0)
    return ran
  }

  async dying(what: string): Promise<Ran> {
    const ran = await dyingAt(this.story.lab, this.boundaries, () => this.play())
    for (const { host, point } of this.boundaries) this.expect(`${point}: ${what} ends`, endOf(ran, host), 'unknown')
    this.expect(`${what} ends with`, ran.code, 2)
    return ran
  }

  async rollback(run: Ran): Promise<void> {
    const undone = await this.story.netplay(['rollback', runOf(run), ...json])
    this.expect('a rollback ends with', undone.code, 0)
  }

  /** Every byte and every setting is as before. */
  async asBefore(when: string): Promise<void> {
    const now = await lookAtAll(this.story, this.hosts)
    for (const { host, point } of this.boundaries) {
      const [was, is] = [this.before.get(host)!, now.get(host)!]
      this.expect(`${point}: ${when} these files differ`, differences(was.tree, is.tree), [])
      this.expect(`${point}: ${when} settings are`, is.live, was.live)
    }
  }

  async nothingToDo(when: string): Promise<void> {
    const { events } = await this.play(['--check'])
    const items = events.flatMap(event => (event.type === 'plan-made' ? [event.items] : []))
    this.expect(`a check ${when} finds`, items, [0])
  }

  async nothingLeft(): Promise<void> {
    for (const { host, point } of this.boundaries) this.expect(`${point}: left over`, await leftoversOf(this.story.lab, host), [])
  }

  /** How often each unit was started on each host since it booted; systemd's own restarts count too. */
  starts(): Promise<number[][]> {
    return Promise.all(this.hosts.map(host => Promise.all(units.map(unit => startsOf(this.story.lab, host, unit)))))
  }

  /** @param wanted flanneld, then the unit of our rules */
  expectStarts(before: number[][], after: number[][], wanted: number[]): void {
    for (const [i, { point }] of this.boundaries.entries())
      this.expect(`${point}: starts of its daemons`, startsBetween(before[i]!, after[i]!), wanted)
  }
}

export const startsBetween = (before: readonly number[], after: readonly number[]): number[] =>
  after.map((count, unit) => count - before[unit]!)
