import { onHost } from '../../lab/lab.js'
import { boundariesOn, lookAtAll, Round, spread, type Complaints } from './boundary-round.js'
import type { Boundary } from '../e2e/faults.js'
import { openStory, type Story } from '../e2e/story.js'

const playbook = 'all-at-once.yml'

export interface BoundaryStory {
  story: Story
  nodes: string[]
  /** of the first node, which stands for all */
  boundaries: Boundary[]
  /** What is promised of these boundaries, one a node. @returns what did not hold */
  tell(boundaries: readonly Boundary[]): Promise<Complaints>
}

/** A first start. etcd on n1, and as many nodes beside it as boundaries are told at once: each dies at one of its own. */
export async function openBoundaries(name: string, nodeCount: number): Promise<BoundaryStory> {
  const story = await openStory({ name, hosts: nodeCount + 1 })
  const nodes = story.lab.hosts.slice(1).map(host => host.name)
  await story.write(playbook, `- hosts: n1\n  roles: [etcd-seed]\n- hosts: 'nodes:!n1'\n  roles: [flannel]\n`)
  const boundaries = await boundariesOn(story, playbook, nodes[0]!)
  const fresh = await lookAtAll(story, nodes)
  return { story, nodes, boundaries, tell: told => tellFirstStart(new Round(story, playbook, spread(told, nodes), fresh)) }
}

/**
 * All that is promised of a boundary, on fresh hosts. The first run dies there and is rolled back: every byte is as before. Another run dies
 * there and the same command is run again: it converges, with one start of each daemon in all, and a check finds nothing to do. Both are rolled
 * back, the last one first: every byte is as before again, for the next round.
 */
async function tellFirstStart(round: Round): Promise<Complaints> {
  await forgetLeases(round)
  await round.rollback(await round.dying('the run that dies'))
  await round.asBefore('after undo')

  await forgetLeases(round)
  const before = await round.starts()
  const second = await round.dying('the second run that dies')
  const third = await round.converge('the next run')
  round.expectStarts(before, await round.starts(), [1, 1])
  await round.nothingLeft()
  await round.nothingToDo('after it')

  await round.rollback(third)
  await round.rollback(second)
  await round.asBefore('after both were undone')
  await round.nothingLeft()
  return round.complaints
}

/** What flanneld itself leaves in /run: with it there would be nothing to wait for, one boundary less. */
async function forgetLeases({ hosts, story }: Round) {
  await Promise.all(hosts.map(host => onHost(story.lab, host, 'rm -rf /run/flannel', { check: true })))
}
