import { onHost } from '../../lab/lab.js'
import { boundariesOf, dyingAt, endOf, runOf, type Boundary } from './faults.js'
import { differences, leftoversOf, liveOf, startsOf, treeOf } from './host-before.js'
import { openStory, type Ran, type Story } from './story.js'

/** What went other than promised; empty: all held. */
export type Complaints = string[]

const json = ['--output', 'json']
const units = ['flannel.service', 'netplay-forward.service']
const playbook = 'all-at-once.yml'

export interface BoundaryStory {
  story: Story
  /** of the first node, which stands for all: `at` gives them for another */
  boundaries: Boundary[]
  nodes: string[]
  /** What is promised of these boundaries, one a node. @returns what did not hold */
  tell(boundaries: readonly Boundary[]): Promise<Complaints>
}

/** etcd on n1, and as many nodes beside it as boundaries are told at once: each dies at one of its own. */
export async function openBoundaries(name: string, nodeCount: number): Promise<BoundaryStory> {
  const story = await openStory({ name, hosts: nodeCount + 1 })
  const nodes = story.lab.hosts.slice(1).map(host => host.name)
  await story.write(playbook, `- hosts: n1\n  roles: [etcd-seed]\n- hosts: 'nodes:!n1'\n  roles: [flannel]\n`)
  const all = await boundariesOf(story, playbook)
  const fresh = await lookAtAll(story, nodes)
  return {
    story,
    nodes,
    boundaries: all.filter(({ host }) => host === nodes[0]),
    tell: boundaries =>
      new Round(
        story,
        boundaries.map((boundary, i) => onHostOf(boundary, nodes[i]!)),
        fresh,
      ).tell(),
  }
}

/** Nodes have the same work, so the same points but for their names. */
const onHostOf = ({ host, point, ...rest }: Boundary, other: string): Boundary => ({
  ...rest,
  host: other,
  point: point.replace(`.${host}.`, `.${other}.`),
})

interface Before {
  tree: Map<string, string>
  live: string
}

const lookAtAll = async ({ lab }: Story, hosts: readonly string[]): Promise<Map<string, Before>> =>
  new Map(
    await Promise.all(
      hosts.map(async name => {
        const host = lab.hosts.find(candidate => candidate.name === name)!
        return [name, { tree: await treeOf(lab, host), live: await liveOf(lab, name) }] as const
      }),
    ),
  )

/**
 * All that is promised of a boundary, on fresh hosts. The first run dies there and is rolled back: every byte is as before. Another run dies
 * there and the same command is run again: it converges, with one start of each daemon in all, and a check finds nothing to do. Both are rolled
 * back, the last one first: every byte is as before again, for the next round.
 */
class Round {
  private readonly complaints: Complaints = []

  constructor(
    private readonly story: Story,
    private readonly boundaries: readonly Boundary[],
    private readonly fresh: ReadonlyMap<string, Before>,
  ) {}

  async tell(): Promise<Complaints> {
    await this.forgetLeases()
    await this.rollback(await this.dying('the run that dies'))
    await this.asFresh('after undo')

    await this.forgetLeases()
    const before = await this.starts()
    const second = await this.dying('the second run that dies')
    const third = await this.play([])
    this.expect('the next run ends with', third.code, 0)
    const starts = await this.starts()
    for (const [i, { point }] of this.boundaries.entries())
      this.expect(
        `${point}: starts of its daemons`,
        starts[i]!.map((count, unit) => count - before[i]![unit]!),
        units.map(() => 1),
      )
    await this.nothingLeft()
    const check = await this.play(['--check'])
    this.expect(
      'a check after it finds',
      check.events.flatMap(event => (event.type === 'plan-made' ? event.items : [])),
      [0],
    )

    await this.rollback(third)
    await this.rollback(second)
    await this.asFresh('after both were undone')
    await this.nothingLeft()
    return this.complaints
  }

  private expect(what: string, found: unknown, wanted: unknown) {
    if (JSON.stringify(found) !== JSON.stringify(wanted)) this.complaints.push(`${what}: ${JSON.stringify(found)}`)
  }

  private play(flags: readonly string[]): Promise<Ran> {
    return this.story.play(playbook, [...json, '-l', ['n1', ...this.boundaries.map(({ host }) => host)].join(), ...flags])
  }

  private async dying(what: string): Promise<Ran> {
    const ran = await dyingAt(this.story.lab, this.boundaries, () => this.play([]))
    for (const { host, point } of this.boundaries) this.expect(`${point}: ${what} ends`, endOf(ran, host), 'unknown')
    this.expect(`${what} ends with`, ran.code, 2)
    return ran
  }

  private async rollback(run: Ran): Promise<void> {
    const undone = await this.story.netplay(['rollback', runOf(run), ...json])
    this.expect('a rollback ends with', undone.code, 0)
  }

  private async asFresh(when: string) {
    const now = await lookAtAll(
      this.story,
      this.boundaries.map(({ host }) => host),
    )
    for (const { host, point } of this.boundaries) {
      const [was, is] = [this.fresh.get(host)!, now.get(host)!]
      this.expect(`${point}: ${when} these files differ`, differences(was.tree, is.tree), [])
      this.expect(`${point}: ${when} settings are`, is.live, was.live)
    }
  }

  private async nothingLeft() {
    for (const { host, point } of this.boundaries) this.expect(`${point}: left over`, await leftoversOf(this.story.lab, host), [])
  }

  /** What flanneld itself leaves in /run: with it there would be nothing to wait for, one boundary less. */
  private async forgetLeases() {
    await Promise.all(this.boundaries.map(({ host }) => onHost(this.story.lab, host, 'rm -rf /run/flannel', { check: true })))
  }

  private starts(): Promise<number[][]> {
    const { lab } = this.story
    return Promise.all(this.boundaries.map(({ host }) => Promise.all(units.map(unit => startsOf(lab, host, unit)))))
  }
}
