import { NetplayError } from '../errors.js'
import { askAll } from '../plan/ask.js'
import type { EtcdPool } from '../plan/etcd-pool.js'
import { itemsOf, type ClusterItem, type Plan, type PlanHost } from '../plan/plan.js'
import { sh, ShellText } from '../shell.js'
import { eachHost } from '../transport/each-host.js'
import { stands } from '../transport/etcd-connection.js'
import type { Session } from '../transport/session.js'
import { ClusterMovedError, MovedError } from './errors.js'
import { appliedMark } from './host-folders.js'

export interface PreflightInput {
  plan: Plan
  sessions: ReadonlyMap<string, Session>
  etcd: EtcdPool
  forks: number
}

export interface Preflight {
  /** hosts that remember this plan */
  used: string[]
  /** hosts that are not as the plan found them, or could not be asked */
  refused: Map<string, NetplayError>
  /** keys of the cluster that are not as the plan found them */
  moved: NetplayError[]
}

/**
 * Is everything still as the plan found it? Every thing of the plan is compared, also where nothing is to change: one request a host, and one
 * look at etcd. Nothing is written.
 */
export async function preflight(input: PreflightInput): Promise<Preflight> {
  const { plan, sessions, forks } = input
  const used: string[] = []
  const refused = new Map<string, NetplayError>()
  const hosts = Object.keys(plan.hosts).filter(host => sessions.has(host))
  const [moved] = await Promise.all([
    movedKeys(input),
    eachHost(hosts, forks, async host => {
      try {
        const found = await compare(plan.id, plan.hosts[host]!, sessions.get(host)!)
        if (found.used) used.push(host)
        if (found.moved.length > 0) refused.set(host, new MovedError(host, found.moved))
      } catch (error) {
        if (!(error instanceof NetplayError)) throw error
        refused.set(host, error)
      }
    }),
  ])
  return { used, refused, moved }
}

async function compare(plan: string, { things }: PlanHost, session: Session) {
  const isUsed = sh`if [ -e ${appliedMark(plan)} ]; then echo used; fi`
  const texts = things.map(({ fingerprintText: { text, batch } }) => new ShellText(text, batch))
  const [mark, ...sections] = await askAll(session, [isUsed, ...texts], 'preflight')
  const moved = things.flatMap(({ key, chain }, i) => {
    const now = sections[i]!.output.toString().trim()
    return now === chain[0] ? [] : [{ key, planned: chain[0]!, now }]
  })
  return { used: mark!.output.toString().trim() === 'used', moved }
}

/** Of several writes of one key only the first is about what is there now. */
async function movedKeys({ plan, etcd }: PreflightInput): Promise<NetplayError[]> {
  const written = new Map<string, { host: string; item: ClusterItem }>()
  for (const { host, item } of itemsOf(plan))
    if (item.type === 'cluster' && item.action !== 'none' && !written.has(item.key)) written.set(item.key, { host, item })
  const found = [...written.values()].map(async ({ host, item: { key, cluster, writes } }) => {
    try {
      const connection = await etcd.get(cluster, [host, ...Object.keys(plan.hosts)])
      const values = await connection.read(writes.map(write => ({ key: write.key })))
      return writes.every((write, i) => stands(write, values[i]!)) ? [] : [new ClusterMovedError(key)]
    } catch (error) {
      if (!(error instanceof NetplayError)) throw error
      return [error]
    }
  })
  return (await Promise.all(found)).flat()
}
