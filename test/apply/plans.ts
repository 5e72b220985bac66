import type { ApplyInput, StopSignal } from '../../src/apply/apply.js'
import type { RunEvent } from '../../src/events.js'
import type { Item, Plan, Stage } from '../../src/plan/plan.js'
import type { EtcdPool } from '../../src/plan/etcd-pool.js'
import type { SourceTable } from '../../src/plan/sources.js'
import type { TestHost } from './test-host.js'

/** A plan of one play whose stages have this work, on these hosts. */
export function planOf(hosts: Plan['hosts'], ...stages: (Partial<Stage> & { work: Record<string, Item[]> })[]): Plan {
  return {
    format: 1,
    netplay: '0',
    id: '0c8f7f6e-0000-4000-8000-000000000002',
    madeAt: '2026-11-22T14:03:11Z',
    madeBy: 'ann@ops1',
    salt: 'salt',
    source: { playbooks: [], inventory: [], tags: [], skipTags: [] },
    roles: [],
    reads: [],
    warnings: [],
    hosts,
    plays: [{ index: 1, name: 'play', hosts: Object.keys(hosts) }],
    stages: stages.map((stage, i) => ({
      index: i + 1,
      play: 1,
      name: 'play',
      batch: i + 1,
      batches: stages.length,
      hosts: Object.keys(stage.work),
      anyErrorsFatal: false,
      ...stage,
    })),
  }
}

/** Raised by hand. */
export function openStop(): StopSignal & { raise(): void } {
  const listeners: (() => void)[] = []
  let raised = false
  return {
    get raised() {
      return raised
    },
    onRaised: listener => void (raised ? listener() : listeners.push(listener)),
    raise: () => {
      raised = true
      for (const listener of listeners.splice(0)) listener()
    },
  }
}

export const noEtcd: EtcdPool = { get: () => Promise.reject(new Error('there is no etcd in this test')) }

const noSources: SourceTable = {
  salt: 'salt',
  source: () => {
    throw new Error('there are no sources in this test')
  },
  open: () => {
    throw new Error('there are no sources in this test')
  },
}

/** What `applyPlan` takes, and the events that it said. */
export function applying(plan: Plan, hosts: readonly TestHost[], rest: Partial<ApplyInput> = {}): ApplyInput & { events: RunEvent[] } {
  const events: RunEvent[] = []
  return {
    plan,
    run: 'run-1',
    owner: 'ann@ops1 runs site.yml',
    sessions: new Map(hosts.map(({ session }) => [session.host, session])),
    etcd: noEtcd,
    sources: noSources,
    checkKind: () => ({ kind: 'never', scope: 'host', verdict: () => ({ holds: true }) }),
    stop: openStop(),
    forks: 10,
    emit: event => void events.push(event),
    events,
    ...rest,
  }
}
