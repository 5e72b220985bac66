import { InputError, printable } from '../errors.js'
import { secretVariables } from '../inventory/connection.js'
import { mergeLayers, type Group, type Host, type Inventory, type Value, type Variables } from '../inventory/model.js'
import { selectHosts } from '../inventory/patterns.js'
import { oneLine } from '../report/shown.js'
import { Vaulted } from '../vaulted.js'
import type { YamlNode } from '../yaml.js'
import { blockJson, jsonText, objectJson, pythonText } from '../inventory/python-text.js'

export interface InventoryPrint {
  show: { list: true } | { graph: string } | { host: string } | { hosts: true }
  /** With a graph: the variables of groups and hosts. Default false. */
  vars?: boolean
  /** With a list: what each host and group says itself, not what hosts get after all precedence. Default false. */
  export?: boolean
  /** `--limit`; counts for the lists only, as in Ansible. */
  limit?: string
  /** `-e`, which win over everything. */
  extraVars?: Variables
  /** Print passwords; default false, they are `***`. */
  showSecrets?: boolean
  /** Told of each variable that is printed as `***`. */
  onHidden?: (name: string) => void
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
 * What `ansible-inventory --list`, `--graph [GROUP]` or `--host NAME`, or `ansible all --list-hosts` prints, without the final newline.
 * @throws InputError for an unknown group, or a pattern that is not one host
 */
export function printInventory(inventory: Inventory, print: InventoryPrint): string {
  if ('list' in print.show) return list(inventory, print)
  if ('hosts' in print.show) return hostNames(inventory, print)
  if ('host' in print.show) return variablesJson(variablesOfOne(inventory, print.show.host, print), print, 0)
  const group = inventory.groups.get(print.show.graph)
  if (!group) throw new InputError(`there is no group "${print.show.graph}"`, { next: 'See all of them with netplay inventory --graph.' })
  return graph(inventory, group, print, 0).join('\n')
}

function hostNames(inventory: Inventory, { limit, warn }: InventoryPrint): string {
  const hosts = selectHosts(inventory, 'all', limit, warn)
  return [`  hosts (${hosts.length}):`, ...hosts.map(({ name }) => `    ${oneLine(name)}`)].join('\n')
}

function list(inventory: Inventory, print: InventoryPrint): string {
  const hosts = selectHosts(inventory, 'all', print.limit, print.warn)
  const shown = new Set(hosts.map(host => host.name))
  const hostvars = hosts.map(host => [host.name, listed(host, print)] as const).filter(([, vars]) => vars.length > 0)
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
  return objectJson([['_meta', meta], ...groupsJson(inventory, shown, print)], 0)
}

/** Levels from 8 on are the host's own. */
const listed = (host: Host, print: InventoryPrint): Assigned[] =>
  print.export ? visible(mergeLayers(host.layers.filter(({ level }) => level >= 8))) : withExtra(host.vars, print)

function groupsJson(inventory: Inventory, shown: ReadonlySet<string>, print: InventoryPrint): [string, string][] {
  return [...inventory.groups.values()].flatMap(group => {
    // A group of that name gives way to what Ansible itself calls so.
    if (group.name === '_meta') return []
    const hosts = group.name === 'all' ? [] : group.hosts.filter(host => shown.has(host))
    const vars = print.export ? groupVariables(group) : []
    const parts: [string, string][] = [
      ...(group.children.length > 0 ? [['children', namesJson(group.children)] as [string, string]] : []),
      ...(hosts.length > 0 ? [['hosts', namesJson(hosts)] as [string, string]] : []),
      ...(vars.length > 0 ? [['vars', variablesJson(vars, print, 8)] as [string, string]] : []),
    ]
    return parts.length > 0 ? [[group.name, objectJson(parts, 4)] as [string, string]] : []
  })
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
  return visible(merged)
}

const visible = (vars: Variables): Assigned[] => [...vars].filter(([name]) => !internal.has(name))

function variablesJson(vars: readonly Assigned[], print: InventoryPrint, indent: number): string {
  for (const [, { node }] of vars) if (node !== undefined) sayClosed(node, print.warn)
  return objectJson(
    vars.map(
      ([name, value]) => [name, isHidden(name, value, print) ? '"***"' : jsonText(value, indent + 4, 'list' in print.show)] as const,
    ),
    indent,
  )
}

/** Ansible prints in clear what stands in a file that is encrypted as a whole. */
function sayClosed(node: YamlNode, warn: InventoryPrint['warn']): void {
  if (node.kind === 'mapping') return node.entries.forEach(({ value }) => sayClosed(value, warn))
  if (node.kind === 'sequence') return node.items.forEach(item => sayClosed(item, warn))
  if (node.vaulted !== undefined && node.vaulted.ciphertext === undefined)
    warn?.(`${node.origin.file} is encrypted as a whole: its values are printed as ***, where ansible-inventory prints them in clear`)
}

/** A value that is encrypted by itself is printed as it is encrypted, whatever its name. */
function isHidden(name: string, { value }: Value, { showSecrets, onHidden }: InventoryPrint): boolean {
  const hidden = !showSecrets && secretVariables.has(name) && !(value instanceof Vaulted)
  if (hidden) onHidden?.(name)
  return hidden
}

function graph(inventory: Inventory, group: Group, print: InventoryPrint, depth: number): string[] {
  const lines = [branch(`@${oneLine(group.name)}:`, depth)]
  for (const child of group.children) lines.push(...graph(inventory, inventory.groups.get(child)!, print, depth + 1))
  for (const host of group.name === 'all' ? [] : group.hosts) {
    lines.push(branch(oneLine(host), depth + 1))
    if (print.vars) lines.push(...variableLines(withExtra(inventory.hosts.get(host)!.vars, print), print, depth + 2))
  }
  if (print.vars) lines.push(...variableLines(groupVariables(group), print, depth + 1))
  return lines
}

function groupVariables(group: Group): Assigned[] {
  const vars = visible(mergeLayers(group.layers))
  const { priority } = group
  if (priority === 1) return vars
  return [...vars, ['ansible_group_priority', { value: priority, origin: { file: group.name, line: 0, column: 0 } }]]
}

function variableLines(vars: readonly Assigned[], print: InventoryPrint, depth: number): string[] {
  const sorted = [...vars].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([name, value]) => branch(printable(`{${name} = ${isHidden(name, value, print) ? '***' : pythonText(value)}}`), depth))
}

const branch = (text: string, depth: number) => (depth === 0 ? text : `${'  |'.repeat(depth)}--${text}`)
