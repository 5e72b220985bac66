import type { NetplayError } from '../errors.js'
import { isMoreThan } from '../plan/called-off.js'
import type { HostItem, Item, Stage } from '../plan/plan.js'

/** A host's work between two points where it may have to wait: one program, one write to the cluster, or one gate. */
export type Segment = { type: 'program'; items: HostItem[] } | { type: 'single'; item: Exclude<Item, HostItem> }

export const segmentsOf = (items: readonly Item[]): Segment[] => {
  const segments: Segment[] = []
  for (const item of items) {
    const last = segments.at(-1)
    if (item.type !== 'host') segments.push({ type: 'single', item })
    else if (last?.type === 'program') last.items.push(item)
    else segments.push({ type: 'program', items: [item] })
  }
  return segments
}

/** Key of a gate that is the same on every host of the stage. */
export const gateKey = (item: { role: string; task: string; check: { kind: string } }): string =>
  `${item.role} / ${item.check.kind} / ${item.task}`

/** Should the others of the batch stop? As Ansible counts it, unreachable and unknown hosts included. */
export const stageIsOver = ({ anyErrorsFatal, maxFailPercentage, unreached = 0 }: Stage, failed: number, hosts: number): boolean =>
  failed > 0 &&
  (anyErrorsFatal || (maxFailPercentage !== undefined && isMoreThan(maxFailPercentage, failed + unreached, hosts + unreached)))

/** How one host ended its part of the run. */
export interface HostResult {
  ok: number
  changed: number
  error?: NetplayError
}
