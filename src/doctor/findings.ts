import { isBlind, isFound, type Cause, type Evidence, type Outcome, type Role } from './cause.js'
import { causeIds, causes } from './causes/all.js'
import type { Fleet, HostView } from './view.js'

/** One cause, found. */
export interface Finding {
  id: string
  /** undefined: of the whole cluster, seen in etcd */
  host?: string
  cause: string
  evidence: Evidence[]
  fix: string
  role: Role
  /** title of the role's task that mends it, where one does */
  task?: string
}

/** A cause that could not be looked for everywhere. */
export interface NotLooked {
  id: string
  /** undefined: of the whole cluster */
  host?: string
  needs: string
}

export interface Diagnosis {
  findings: Finding[]
  notLooked: NotLooked[]
  /** ids of all known causes */
  causes: readonly string[]
}

interface Judged {
  cause: Cause
  host: HostView | undefined
  outcome: Outcome
}

/** Every known cause against everything that was seen. Pure. */
export function diagnose(fleet: Fleet, known: readonly Cause[] = causes): Diagnosis {
  const judged = known.flatMap((cause): Judged[] =>
    cause.of === 'cluster'
      ? [{ cause, host: undefined, outcome: cause.detect(fleet) }]
      : fleet.hosts.map(host => ({ cause, host, outcome: cause.detect(host, fleet) })),
  )
  return {
    findings: judged.flatMap(({ cause, host, outcome }) => (isFound(outcome) ? [findingOf(cause, host, outcome)] : [])),
    notLooked: judged.flatMap(({ cause: { id }, host, outcome }) =>
      isBlind(outcome) ? [{ id, ...named(host), needs: outcome.needs }] : [],
    ),
    causes: causeIds,
  }
}

function findingOf(cause: Cause, host: HostView | undefined, { role, ...outcome }: Extract<Outcome, { cause: string }>): Finding {
  const isOwn = role === undefined || role === cause.role
  return {
    id: cause.id,
    ...named(host),
    ...outcome,
    role: role ?? cause.role,
    ...(isOwn && cause.task !== undefined ? { task: cause.task } : {}),
  }
}

const named = (host: HostView | undefined) => (host === undefined ? {} : { host: host.name })
