import type { Action, Change, ThingKey } from '../change.js'
import type { ClusterWrite } from '../calico.js'
import type { EtcdCluster } from '../etcd.js'
import type { Slot } from '../resources/resource.js'

/**
 * A plan: everything `apply` will do, as JSON and nothing but data. Texts in it are the texts that will run, byte for byte.
 * Contents that are secret or large are slots (`{source, digest}`), never bytes.
 */
export interface Plan {
  format: 1
  /** version of netplay that made it; another version refuses to apply it */
  netplay: string
  id: string
  /** ISO 8601 */
  madeAt: string
  /** `ann@ops1` */
  madeBy: string
  salt: string
  source: PlanSource
  /** the roles whose checks gate the stages; refused when a file of theirs differs by then */
  roles: PlannedRole[]
  hosts: Record<string, PlanHost>
  plays: PlannedPlay[]
  stages: Stage[]
  /** by name; absent: none */
  holds?: Record<string, PlannedHold>
  /** hosts that the inventory declares away, with why and until when; absent: none */
  absent?: Record<string, string>
  /** keys of etcd that the plan was made from and does not write */
  reads: PlannedRead[]
  /** what preconditions said though they hold, told once for all hosts that they said it of */
  warnings: PlannedWarning[]
}

/** One key of etcd as the plan found it. */
export interface PlannedRead {
  cluster: EtcdCluster
  key: string
  /** of its meaning: sha256 in hex, equal for JSON that means the same; `absent` */
  digest: string
}

export interface PlannedWarning {
  hosts: string[]
  message: string
}

/** A precondition, to be asked again: its code is the role's, pinned by the role's digest. */
export interface PlannedCheck {
  role: string
  title: string
  kind: string
  params: unknown
}

/** Plays that run while the data path is held; its stages carry its name. */
export interface PlannedHold {
  podCidr: string
  timeoutSeconds: number
  /** of the plays that it holds for */
  plays: number[]
  /** name, family, pod network, table, priority: what its shell functions take */
  words: string[]
}

export interface PlanSource {
  playbooks: string[]
  inventory: string[]
  limit?: string
  tags: string[]
  skipTags: string[]
}

export interface PlannedRole {
  name: string
  file: string
  digest: string
  shipped: boolean
}

export interface PlannedPlay {
  index: number
  name: string
  hosts: string[]
}

export interface PlanHost {
  /** how the host was reached; no passwords. Used when a saved plan is applied */
  connection: Record<string, unknown>
  /** every thing that an item of the plan is about, in the order of first mention */
  things: PlannedThing[]
  slots: Slot[]
  /** texts run before the first write of the run, e.g. records of what runs fresh; they change nothing that a probe reads */
  adopt: string[]
  /** tasks of the playbook that `when` leaves out; absent: none */
  skipped?: number
}

/** A thing through the whole plan: what it was, what it will be, how the host compares, keeps and restores it. */
export interface PlannedThing {
  key: ThingKey
  kind: string
  /** fingerprint as observed, then after each task that changes it; consecutive ones differ */
  chain: string[]
  fingerprintText: PlannedText
  save?: string
  /** as planned already is no move (`ThingKind.looksItself`) */
  looksItself?: true
  undo: { before?: string; restore?: string; after?: string }
}

export interface PlannedText {
  text: string
  batch?: { function: string; words: string[] }
}

/** One play on one batch of its hosts. Stages run one after another. */
export interface Stage {
  index: number
  play: number
  name: string
  batch: number
  batches: number
  hosts: string[]
  maxFailPercentage?: number
  /** hosts that could not be reached, which `maxFailPercentage` counts as failed: those of the play when it was planned, in its first batch, and those of this stage when a saved plan is applied. Absent: none */
  unreached?: number
  /** why neither it nor a later stage is begun: hosts that could not be reached are more than the play puts up with. Absent: it is */
  calledOff?: string
  anyErrorsFatal: boolean
  /** it is part of a hold: what it does there */
  hold?: { name: string; does: 'arm' | 'change' | 'agree' | 'release' }
  /** items of each host in task order */
  work: Record<string, Item[]>
  /**
   * Gates of the play that are not in `work`, since nothing is changed by then: a later batch asks these hosts too, each with parameters of its own.
   * Absent: none.
   */
  leftOut?: Record<string, GateItem[]>
  /** of each host; they held when the plan was made, and must hold again before the stage writes. Absent: none */
  preconditions?: Record<string, PlannedCheck[]>
}

interface ItemBase {
  /** `s2.n1.5`: stage, host, place in the host's work */
  id: string
  role: string
  task: string
  origin?: string
}

export interface HostItem extends ItemBase {
  type: 'host'
  kind: string
  key: ThingKey
  action: Action
  changes: Change[]
  /** what the thing's fingerprint is just before this item */
  expects: string
  /** and after it; absent when the item leaves it as it is or it is only known after apply */
  becomes?: string
  steps: string[]
  /** names of slots that the steps read */
  slots: string[]
  /** the user that the steps are done as; absent: the one that the host's shell is of */
  as?: string
}

export interface ClusterItem extends ItemBase {
  type: 'cluster'
  kind: string
  key: ThingKey
  action: Action
  changes: Change[]
  cluster: EtcdCluster
  writes: ClusterWrite[]
  undo: ClusterWrite[]
}

/** Another host of the stage writes the same thing of the cluster; this host waits for it. */
export interface AwaitItem extends ItemBase {
  type: 'await'
  key: ThingKey
  of: string
}

export interface GateItem extends ItemBase {
  type: 'gate'
  scope: 'host' | 'play'
  check: { kind: string; params: unknown }
  timeoutMs: number
}

export type Item = HostItem | ClusterItem | AwaitItem | GateItem
export type ThingItem = HostItem | ClusterItem

export const isThingItem = (item: Item): item is ThingItem => item.type === 'host' || item.type === 'cluster'
export const isChange = (item: Item): item is ThingItem => isThingItem(item) && item.action !== 'none'

/** All items of a plan in the order of stages, hosts, tasks. */
export const itemsOf = (plan: Plan): { stage: Stage; host: string; item: Item }[] =>
  plan.stages.flatMap(stage => stage.hosts.flatMap(host => (stage.work[host] ?? []).map(item => ({ stage, host, item }))))

/** The checks of roles that are asked while the plan is carried out: gates, and preconditions once more. */
export const checksIn = (plan: Plan): { role: string; kind: string }[] => [
  ...itemsOf(plan).flatMap(({ stage, item }) =>
    item.type === 'gate' && stage.hold?.does !== 'agree' ? [{ role: item.role, kind: item.check.kind }] : [],
  ),
  ...plan.stages.flatMap(({ preconditions = {} }) => Object.values(preconditions).flat()),
]

export interface PlanSummary {
  hosts: number
  hostsToChange: number
  items: number
  added: number
  changed: number
  removed: number
  restarts: number
}

export function summaryOf(plan: Plan): PlanSummary {
  const changes = itemsOf(plan).filter(({ item }) => isChange(item))
  const count = (action: Action) => changes.filter(({ item }) => (item as ThingItem).action === action).length
  return {
    hosts: Object.keys(plan.hosts).length,
    hostsToChange: new Set(changes.map(({ host }) => host)).size,
    items: changes.length,
    added: count('create'),
    changed: count('change'),
    removed: count('remove'),
    restarts: count('restart'),
  }
}
