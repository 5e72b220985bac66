import { accessSync, constants, statSync } from 'node:fs'
import { loadInventory } from '../inventory/load.js'

/** Larger ones, and programs, would keep whoever types waiting. */
const largestBytes = 1024 * 1024

/** Hosts and groups of inventories that are read at once, without `-i` of those that ansible.cfg names; of what cannot be read, none. */
export async function inventoryNames(sources: readonly string[]): Promise<{ hosts: string[]; groups: string[] }> {
  try {
    const named = sources.length > 0 ? sources : (await (await import('../settings/settings.js')).loadSettings()).values.inventory
    const { hosts, groups } = await loadInventory(named.filter(isQuick))
    return { hosts: [...hosts.keys()], groups: [...groups.keys()] }
  } catch {
    return { hosts: [], groups: [] }
  }
}

function isQuick(source: string): boolean {
  const found = statSync(source, { throwIfNoEntry: false })
  if (found === undefined) return source.includes(',')
  return found.isFile() && found.size <= largestBytes && !isProgram(source)
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
