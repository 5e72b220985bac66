import type { RunEvent } from '../../src/events.js'
import type { EtcdPool } from '../../src/plan/etcd-pool.js'
import { makePlan, type MadePlan } from '../../src/plan/make.js'
import type { Playbook } from '../../src/playbook/model.js'
import { applyPlan, type Outcome } from '../../src/apply/apply.js'
import type { WorksAs } from '../../src/plan/work-as.js'
import type { Session } from '../../src/transport/session.js'

const noEtcd: EtcdPool = { get: () => Promise.reject(new Error('there is no etcd here')) }

/** A plan of this playbook for the hosts of these sessions, as the command line makes it. */
export const planFor = (
  playbook: Playbook,
  sessions: ReadonlyMap<string, Session>,
  events: RunEvent[] = [],
  etcd = noEtcd,
  worksAs?: WorksAs,
): Promise<MadePlan> =>
  makePlan({
    playbook,
    sessions,
    connections: new Map(),
    worksAs,
    etcd,
    options: { tags: [], skipTags: [] },
    source: { playbooks: [playbook.file], inventory: [], tags: [], skipTags: [] },
    forks: 5,
    emit: event => void events.push(event),
  })

let runs = 0

/** Carries it out, as the command line does. */
export const carryOut = (
  { plan, sources, checkKind }: MadePlan,
  sessions: ReadonlyMap<string, Session>,
  events: RunEvent[] = [],
): Promise<Outcome> =>
  applyPlan({
    plan,
    run: `test-${++runs}`,
    owner: 'a test',
    sessions,
    etcd: noEtcd,
    sources,
    checkKind,
    stop: { raised: false, onRaised: () => undefined },
    forks: 5,
    emit: event => void events.push(event),
  })
