import { InputError, printable } from '../errors.js'
import { secretVariables } from '../inventory/connection.js'
import { mergeLayers, type Group, type Inventory, type Value, type Variables } from '../inventory/model.js'
import { selectHosts } from '../inventory/patterns.js'
import { blockJson, jsonText, objectJson, pythonText } from '../inventory/python-text.js'

export interface InventoryPrint {
  show: { list: true } | { graph: string } | { host: string }
  /** With a graph: the variables of groups and hosts. Default false. */
  vars?: boolean
  /** `--limit`; counts for the list only, as in Ansible. */
  limit?: string
  /** `-e`, which win over everything. */
  extraVars?: Variables
  /** Print passwords; default false, they are `***`. */
  showSecrets?: boolean
  warn?: (problem: string) => void
}

/** Names Ansible makes itself and leaves out of what it prints. Source: ansible lib/ansible/constants.py `INTERNAL_STATIC_VARS`. */
const internal = new Set(
  (
    'ansible_async_path ansible_collection_name ansible_config_file ansible_dependent_role_names ansible_diff_mode ansible_facts ansible_forks ' +
    'ansible_inventory_sources ansible_limit ansible_play_batch ansible_play_hosts ansible_play_hosts_all ansible_play_role_names ' +
    'ansible_playbook_python ansible_role_name ansible_role_names ansible_run_tags ansible_skip_tags ansible_verbosity ansible_version ' +
    'group_names groups hostvars inventory_dir inventory_file inventory_hostname inventory_hostname_short play_hosts playbook_dir role_name ' +
    'role_names role_path role_uuid'
  ).split(' '),
)

/**
 * What `ansible-inventory --list`, `--graph [GROUP]` or `--host NAME` prints, without the final newline.
 * @throws InputError for an unknown group, or a pattern that is not one host
 */
export function printInventory(inventory: Inventory, print: InventoryPrint): string {
  if ('list' in print.show) return list(inventory, print)
  if ('host' in print.show) return variablesJson(variablesOfOne(inventory, print.show.host, print), print, 0)
  const group = inventory.groups.get(print.show.graph)
  if (!group) throw new InputError(`there is no group "${print.show.graph}"`, { next: 'See all of them with netplay inventory --graph.' })
  return graph(inventory, group, print, 0).map(printable).join('\n')
}

function list(inventory: Inventory, print: InventoryPrint): string {
  const hosts = selectHosts(inventory, 'all', print.limit, print.warn)
  const shown = new Set(hosts.map(host => host.name))
  const hostvars = hosts.map(host => [host.name, withExtra(host.vars, print)] as const).filter(([, vars]) => vars.length > 0)
  const meta = objectJson(
    [
      [
        'hostvars',
        objectJson(
          hostvars.map(([name, vars]) => [name, variablesJson(vars, print, 12)] as const),
          8,
        ),
      ],
      ['profile', '"inventory_legacy"'],
    ],
    4,
  )
  return objectJson([['_meta', meta], ...groupsJson(inventory, shown)], 0)
}

function groupsJson(inventory: Inventory, shown: ReadonlySet<string>): [string, string][] {
  const json: [string, string][] = []
  for (const { name, hosts, children } of inventory.groups.values()) {
    const names = name === 'all' ? [] : hosts.filter(host => shown.has(host))
    const parts = (
      [
        ['children', children],
        ['hosts', names],
      ] as const
    ).filter(([, members]) => members.length > 0)
    if (parts.length > 0)
      json.push([
        name,
        objectJson(
          parts.map(([key, members]) => [key, namesJson(members)] as const),
          4,
        ),
      ])
  }
  return json
}

const namesJson = (names: readonly string[]) =>
  blockJson(
    names.map(name => JSON.stringify(name)),
    '[]',
    8,
  )

function variablesOfOne(inventory: Inventory, pattern: string, print: InventoryPrint): Assigned[] {
  const hosts = selectHosts(inventory, pattern, undefined, print.warn)
  if (hosts.length === 1) return withExtra(hosts[0]!.vars, print)
  throw new InputError(`--host needs the name of one host; "${pattern}" names ${hosts.length}`)
}

type Assigned = readonly [name: string, value: Value]

function withExtra(vars: Variables, { extraVars }: InventoryPrint): Assigned[] {
  const merged = extraVars && extraVars.size > 0 ? new Map([...vars, ...extraVars]) : vars
  return [...merged].filter(([name]) => !internal.has(name))
}

function variablesJson(vars: readonly Assigned[], print: InventoryPrint, indent: number): string {
  return objectJson(
    vars.map(([name, value]) => [name, isHidden(name, print) ? '"***"' : jsonText(value, indent + 4)] as const),
    indent,
  )
}

const isHidden = (name: string, { showSecrets }: InventoryPrint) => !showSecrets && secretVariables.has(name)

function graph(inventory: Inventory, group: Group, print: InventoryPrint, depth: number): string[] {
  const lines = [branch(`@${group.name}:`, depth)]
  for (const child of group.children) lines.push(...graph(inventory, inventory.groups.get(child)!, print, depth + 1))
  for (const host of group.name === 'all' ? [] : group.hosts) {
    lines.push(branch(host, depth + 1))
    if (print.vars) lines.push(...variableLines(withExtra(inventory.hosts.get(host)!.vars, print), print, depth + 2))
  }
  if (print.vars) lines.push(...variableLines(groupVariables(group), print, depth + 1))
  return lines
}

function groupVariables(group: Group): Assigned[] {
  const vars = [...mergeLayers(group.layers)].filter(([name]) => !internal.has(name))
  const { priority } = group
  if (priority === 1) return vars
  return [...vars, ['ansible_group_priority', { value: priority, origin: { file: group.name, line: 0, column: 0 } }]]
}

function variableLines(vars: readonly Assigned[], print: InventoryPrint, depth: number): string[] {
  const sorted = [...vars].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([name, value]) => branch(`{${name} = ${isHidden(name, print) ? '***' : pythonText(value)}}`, depth))
}

const branch = (text: string, depth: number) => (depth === 0 ? text : `${'  |'.repeat(depth)}--${text}`)
