import { isIpAddress } from './address.js'
import type { Host, Inventory } from './model.js'

/** What Ansible lets a play know of a host without anybody writing it (conventions: magic names). */
export interface MagicVariables {
  inventory_hostname: string
  /** Up to the first dot; an IP address whole. */
  inventory_hostname_short: string
  /** Sorted, without `all`. */
  group_names: string[]
  /** Every group with the names of its hosts and its children's, in inventory order. */
  groups: Record<string, string[]>
  inventory_file: string | null
  inventory_dir: string | null
}

export function magicVariables(inventory: Inventory, host: Host): MagicVariables {
  return {
    inventory_hostname: host.name,
    inventory_hostname_short: isIpAddress(host.name) ? host.name : host.name.split('.')[0]!,
    group_names: [...host.groups].sort(),
    groups: groupsOf(inventory),
    inventory_file: host.inventoryFile ?? null,
    inventory_dir: host.inventoryDir ?? null,
  }
}

const made = new WeakMap<Inventory, Record<string, string[]>>()

/** The same for every host, so made once. */
function groupsOf(inventory: Inventory): Record<string, string[]> {
  const known = made.get(inventory)
  if (known) return known
  const groups = Object.create(null) as Record<string, string[]>
  for (const name of inventory.groups.keys()) groups[name] = inventory.hostsOf(name).map(host => host.name)
  made.set(inventory, groups)
  return groups
}
