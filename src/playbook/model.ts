import type { Origin } from '../errors.js'
import type { AbsentHost } from '../inventory/absent.js'
import type { Host, Inventory, Layer, Value } from '../inventory/model.js'
import type { Hold } from './hold.js'
import type { RunNames } from './play-scope.js'
import type { BecomeMethod } from '../transport/connection.js'
import type { Role } from './role.js'
import type { Condition, Included, KindTask, PlayPart, TaskVars } from './written-task.js'

/** Everything the playbook files say, roles loaded and hosts resolved. */
export interface Playbook {
  /** the first of the files given */
  file: string
  /** absolute folder of `file` */
  dir: string
  /** every playbook file read, imported ones too, in the order they were met */
  files: string[]
  plays: Play[]
  /** hosts of all plays after `--limit`, in the order plays meet them */
  hosts: Host[]
  /** hosts of the plays' patterns that the inventory declares away */
  absent: AbsentHost[]
  /** what it was loaded with */
  inventory: Inventory
  extraVars: ReadonlyMap<string, Value>
  /** of the command line, for templates */
  run?: RunNames
  /** sentences with their position about what is odd but not wrong */
  warnings: string[]
  /** what only -v says */
  notes: string[]
}

export interface Play {
  /** one-based, over all files */
  index: number
  /** default: the host pattern */
  name: string
  origin: Origin
  file: string
  /** as written */
  patterns: string[]
  /** what the play works on: `--limit` applied, in the play's `order` */
  hosts: Host[]
  /** every host of the pattern, `--limit` or not: what roles see as peers */
  peers: Host[]
  /** hosts of the pattern that the inventory declares away: in neither of the two */
  absent: AbsentHost[]
  /** every role of the play, those among its tasks too */
  roles: RoleUse[]
  /** what it does, in order: pre_tasks, roles, tasks, post_tasks, and where handlers run */
  parts: PlayPart[]
  handlers: KindTask[]
  /** names that tasks of this play or of one before it register; their results hold for the whole run */
  registered: ReadonlySet<string>
  /** maps of names to values, for what commands run with */
  environment: Value[]
  /** hosts that tasks are delegated to and that the play itself has not */
  delegates: Host[]
  /** `vars`, over them answers to `vars_prompt`, over them `vars_files` */
  vars: ReadonlyMap<string, Value>
  /** each by itself, weakest first; absent where there is nothing but `vars` */
  varsLayers?: Layer[]
  /** batches; `[]` is all hosts at once. A string is a percentage, `"50%"` */
  serial: (number | string)[]
  become?: Become
  /** 0–100; a batch with more failed hosts than this stops the run */
  maxFailPercentage?: number
  anyErrorsFatal: boolean
  order: HostOrder
  tags: string[]
  /** one object for all plays of the hold */
  hold?: Hold
}

/** A part left out is decided by the inventory, then the command line. */
export interface Become {
  enabled?: boolean
  user?: string
  method?: BecomeMethod
  exe?: string
  flags?: string
  /** of the first of these keys */
  origin?: Origin
}

export const hostOrders = ['inventory', 'reverse_inventory', 'sorted', 'reverse_sorted', 'shuffle'] as const
export type HostOrder = (typeof hostOrders)[number]

/** A role in a play. */
export interface RoleUse {
  role: LoadedRole
  /** of `route-reflector/announce`: `announce` */
  part?: string
  /** parameters given with the role */
  params: ReadonlyMap<string, Value>
  /** positions of the parameters' names */
  paramKeys: ReadonlyMap<string, Origin>
  /** `vars:` of the role's entry; of a role among tasks those of blocks and includes around it too */
  vars: ReadonlyMap<string, Value>
  /** of a role among tasks: what `vars` was merged from, innermost first */
  around?: readonly TaskVars[]
  /** its own and the play's */
  tags: string[]
  /** all must hold, or no task of the role runs */
  when: readonly Condition[]
  /** over the play's, key by key */
  become?: Become
  /** of a role among tasks, where the role's name is asked host by host */
  included?: Included
  origin: Origin
}

export interface LoadedRole {
  name: string
  /** absolute path of role.ts or role.js */
  file: string
  role: Role
  /** part of netplay, not the admin's own */
  shipped: boolean
  /** sha256 in hex over the names and bytes of all files of the role: its folder, and code beside the folders of roles; read when asked for */
  readonly digest: string
}
