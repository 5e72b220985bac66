import { InputError } from '../errors.js'
import type { DraftGroup } from './draft.js'

/**
 * How groups lie above each other.
 * @throws InputError when groups contain each other in a circle
 */
export class GroupGraph {
  private readonly depths: ReadonlyMap<string, number>
  private readonly above = new Map<string, ReadonlySet<string>>()

  constructor(private readonly groups: ReadonlyMap<string, DraftGroup>) {
    this.depths = depthsOf(groups)
  }

  /** Longest path from `all`. */
  depth(name: string): number {
    return this.depths.get(name) ?? 0
  }

  /**
   * The groups, all their ancestors but `all`, in merge order: depth, priority, name.
   * @param left a group that the host was in and has been taken out of
   */
  withAncestors(names: Iterable<string>, left?: string): string[] {
    const found = new Set<string>()
    for (const name of names) for (const group of this.selfAndAncestors(name)) found.add(group)
    if (left !== undefined) this.leave(found.add(left), left)
    found.delete('all')
    return [...found].sort((a, b) => this.compare(a, b))
  }

  /** With the group go those above it that have no other below them, even where the host is written into them. Source: ansible lib/ansible/inventory/host.py `remove_group`. */
  private leave(groups: Set<string>, left: string): void {
    if (!groups.delete(left)) return
    for (const above of this.selfAndAncestors(left)) {
      const others = [...groups].filter(group => group !== above)
      if (!others.some(group => this.selfAndAncestors(group).has(above))) this.leave(groups, above)
    }
  }

  private compare(a: string, b: string): number {
    const byDepth = this.depth(a) - this.depth(b)
    if (byDepth !== 0) return byDepth
    const byPriority = this.groups.get(a)!.priority - this.groups.get(b)!.priority
    return byPriority !== 0 ? byPriority : a < b ? -1 : 1
  }

  private selfAndAncestors(name: string): ReadonlySet<string> {
    const known = this.above.get(name)
    if (known) return known
    const found = new Set([name])
    for (const group of found) for (const parent of this.groups.get(group)!.parents) found.add(parent)
    this.above.set(name, found)
    return found
  }

  /** A group and its descendants, breadth first in declared order. */
  withDescendants(name: string): string[] {
    const found = new Set([name])
    for (const group of found) for (const child of this.groups.get(group)!.children.keys()) found.add(child)
    return [...found]
  }
}

function depthsOf(groups: ReadonlyMap<string, DraftGroup>): Map<string, number> {
  const depths = new Map<string, number>()
  const waiting = new Map([...groups.values()].map(group => [group.name, group.parents.size]))
  const ready = [...groups.values()].filter(group => group.parents.size === 0)
  for (const group of ready) {
    const depth = depths.get(group.name) ?? 0
    depths.set(group.name, depth)
    waiting.delete(group.name)
    for (const child of group.children.keys()) {
      depths.set(child, Math.max(depths.get(child) ?? 0, depth + 1))
      const left = waiting.get(child)! - 1
      waiting.set(child, left)
      if (left === 0) ready.push(groups.get(child)!)
    }
  }
  if (waiting.size > 0) throw circle(groups, waiting)
  return depths
}

/** What never got ready lies on a circle or below one; going up from there must come round. */
function circle(groups: ReadonlyMap<string, DraftGroup>, stuck: ReadonlyMap<string, number>): InputError {
  const path: string[] = []
  let name = stuck.keys().next().value!
  while (!path.includes(name)) {
    path.push(name)
    name = [...groups.get(name)!.parents].find(parent => stuck.has(parent))!
  }
  const loop = [name, ...path.slice(path.indexOf(name) + 1).reverse(), name]
  const origin = groups.get(loop[0]!)!.children.get(loop[1]!)
  return new InputError(`groups contain each other: ${loop.join(' > ')}`, {
    origin,
    next: 'Take one of them out of its :children section.',
  })
}
