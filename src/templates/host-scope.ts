import { secretVariables } from '../inventory/connection.js'
import { magicVariables } from '../inventory/magic.js'
import type { Host, Inventory, Variables } from '../inventory/model.js'
import { once } from '../once.js'
import { EvaluatedVariables } from './evaluate.js'
import { Scope, type ScopeOptions } from './scope.js'
import { Table } from './values.js'

export interface HostScopeOptions {
  /** stronger than the host's own variables and weaker than `-e`, strongest first: those of play, role's entry and task */
  over?: readonly Variables[]
  /** of play and run: `ansible_play_hosts`, `role_name` */
  names?: ReadonlyMap<string, () => unknown>
  /** absolute; `playbook_dir` */
  playbookDir?: string
  /** absolute, before the playbook's folder: a role's own, for `lookup('file', …)` */
  roleDir?: string
  /** what another host sees through `hostvars`: as in Ansible, templates there know no `hostvars` and no `vars` themselves */
  isSeenByOthers?: boolean
}

/** What templates can name on a host, by Ansible's precedence: `-e`, then `over`, then what the inventory says of the host. */
export function hostScope(inventory: Inventory, extraVars: Variables, host: Host, options: HostScopeOptions = {}): Scope {
  const { over = [], names = new Map<string, () => unknown>(), playbookDir, roleDir, isSeenByOthers = false } = options
  const folders = [roleDir, playbookDir].filter(folder => folder !== undefined)
  const magic = () => magicVariables(inventory, host)
  const own = ['inventory_hostname', 'inventory_hostname_short', 'group_names', 'inventory_file', 'inventory_dir'] as const
  const reserved = new Map<string, () => unknown>([
    ['groups', () => magic().groups],
    ...(isSeenByOthers ? [] : [['hostvars', () => hostvarsOf(inventory, extraVars, playbookDir)] as const]),
    ...(playbookDir === undefined ? [] : [['playbook_dir', () => playbookDir] as const]),
    ...names,
  ])
  const variables = [extraVars, ...over, host.vars]
  const scopeOptions: ScopeOptions = {
    variables,
    magic: new Map(own.map(name => [name, () => magic()[name]])),
    reserved,
    secrets: secretVariables,
    unavailable: isSeenByOthers ? unavailableToOthers : unavailable,
    folders: folders.length > 0 ? folders : ['.'],
  }
  if (isSeenByOthers) return new Scope(scopeOptions)
  const scope: Scope = new Scope({ ...scopeOptions, reserved: new Map([...reserved, ['vars', () => tableOf(scope)]]) })
  return scope
}

/** The variables of a host as they are used: templates evaluated, one by one as they are asked for. */
export function hostVariables(inventory: Inventory, extraVars: Variables, host: Host, options: HostScopeOptions = {}): Variables {
  const layers = [extraVars, ...(options.over ?? []), host.vars]
  return new EvaluatedVariables(
    layers,
    once(() => hostScope(inventory, extraVars, host, options)),
  )
}

/** Names of Ansible's that a plan cannot depend on, with why. */
const unavailable: ReadonlyMap<string, string> = new Map([
  ['ansible_check_mode', 'a dry run shows exactly what a run does, so nothing may depend on it'],
  ['ansible_facts', 'what hosts say about themselves is known to roles, not to variables'],
  ['ansible_version', 'this is netplay'],
])

const unavailableToOthers: ReadonlyMap<string, string> = new Map([
  ...unavailable,
  ...['hostvars', 'vars'].map(name => [name, 'a variable that is reached through hostvars cannot name it, as in Ansible'] as const),
])

const scopes = new WeakMap<Inventory, WeakMap<Variables, Table>>()

/** As in Ansible, the variables of each host outside of any play. Hosts nobody names are never looked at. */
function hostvarsOf(inventory: Inventory, extraVars: Variables, playbookDir: string | undefined): Table {
  const known = scopes.get(inventory)?.get(extraVars)
  if (known) return known
  const made = new Map<string, Table>()
  const table = new Table(
    () => [...inventory.hosts.keys()],
    name => {
      const host = inventory.find(name)
      if (host && !made.has(name)) made.set(name, tableOf(hostScope(inventory, extraVars, host, { playbookDir, isSeenByOthers: true })))
      return made.get(name)
    },
  )
  scopes.set(inventory, (scopes.get(inventory) ?? new WeakMap<Variables, Table>()).set(extraVars, table))
  return table
}

const tableOf = (scope: Scope): Table =>
  new Table(
    () => [...new Set(scope.variableNames())].filter(name => name !== 'hostvars' && name !== 'vars'),
    name => (name === 'vars' ? undefined : scope.variable(name)),
  )
