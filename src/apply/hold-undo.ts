import { NetplayError, reportOf } from '../errors.js'
import { isChange, type Plan, type PlanHost, type Stage } from '../plan/plan.js'
import { eachHost } from '../transport/each-host.js'
import type { ApplyInput, HostOutcome } from './apply.js'
import { openWritten, undoWrite } from './rollback-cluster.js'
import { rollBackHost, type RollbackInput, type RolledBack } from './rollback.js'

/**
 * Put back what these stages of a hold did, the last first: of each stage what it wrote to the cluster, in reverse order and only while that is
 * still what was written, then what it changed on hosts. What other plays of the run did stands.
 * @param begun ids of items that were begun
 */
export async function putBackHeld(
  input: ApplyInput,
  stages: readonly Stage[],
  begun: ReadonlySet<string>,
  hosts: ReadonlyMap<string, HostOutcome>,
): Promise<void> {
  const ends = new Map<string, RolledBack>()
  for (const stage of stages.toReversed()) {
    const started = performance.now()
    const changed = stage.hosts.filter(host => (stage.work[host] ?? []).some(item => isChange(item) && begun.has(item.id)))
    const named = { play: stage.play, stage: stage.index, name: `put back: ${stage.name}`, batch: stage.batch, batches: stage.batches }
    await input.emit({ type: 'stage-started', ...named, hosts: changed, changes: changed.length })
    await undoCluster({ ...input, plan: { ...input.plan, stages: [stage] } }, begun, ends)
    await eachHost(changed, input.forks, async host => {
      const own = touchedFirstIn(stage, stages, input.plan, host)
      if (own.things.length > 0)
        ends.set(host, await rollBackHost(rollbackOf({ ...input, plan: withHost(input.plan, host, own) }, begun), host))
    })
    await input.emit({ type: 'stage-ended', play: stage.play, stage: stage.index, ms: performance.now() - started })
  }
  for (const [host, { end }] of ends) {
    const outcome = hosts.get(host)
    if (end !== 'done' && outcome?.end === 'done') outcome.end = end
  }
}

async function undoCluster(input: ApplyInput, begun: ReadonlySet<string>, ends: Map<string, RolledBack>) {
  try {
    for (const written of (await openWritten(rollbackOf(input, begun))).reverse()) await undoWrite(input, written, ends)
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    // Etcd itself is away: the rest is put back all the same, and the routes tell whether that was enough.
    await input.emit({ type: 'warning', message: `what was written to etcd is not put back: ${reportOf(error).message}` })
  }
}

const rollbackOf = (input: ApplyInput, begun: ReadonlySet<string>): RollbackInput & { keepsStore: boolean } => ({
  ...input,
  begun,
  unreachable: [],
  keepsStore: true,
})

/** Things of a host that this stage is the first of the hold to change. One that an earlier play changed too goes back to before the run. */
function touchedFirstIn(stage: Stage, stages: readonly Stage[], plan: Plan, host: string): PlanHost {
  const keysOf = ({ work }: Stage) => (work[host] ?? []).filter(isChange).map(({ key }) => key)
  const before = new Set(stages.filter(({ index }) => index < stage.index).flatMap(keysOf))
  const own = new Set(keysOf(stage).filter(key => !before.has(key)))
  const known = plan.hosts[host]!
  return { ...known, things: known.things.filter(({ key }) => own.has(key)) }
}

const withHost = (plan: Plan, host: string, part: PlanHost): Plan => ({ ...plan, hosts: { ...plan.hosts, [host]: part } })
