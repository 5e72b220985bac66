import { parseExtraVars } from '../inventory/extra-vars.js'
import { loadInventory } from '../inventory/load.js'
import type { Inventory, Value } from '../inventory/model.js'
import type { OpenVault } from '../vaulted.js'
import type { VaultOptions } from './vault-options.js'
import { openVaultOf } from './vault-passwords.js'

/** What every command is given that reads an inventory. */
export interface SourceOptions extends VaultOptions {
  inventory: string[]
  extraVars: string[]
  /** sources that cannot be read are warnings */
  skipBrokenSources?: boolean
}

export interface LoadedSources {
  inventory: Inventory
  extraVars: Map<string, Value>
  openVault: OpenVault
  /** about settings and inventory */
  warnings: string[]
}

/**
 * The inventory and `-e`, with what opens the encrypted parts of both.
 * @param from.playbookDir whose group_vars and host_vars count too
 * @param from.openVault where vault passwords were asked for already
 * @throws {InputError} at the first mistake in them
 */
export async function loadSources(
  options: SourceOptions,
  from: { playbookDir?: string; openVault?: OpenVault } = {},
): Promise<LoadedSources> {
  const openVault = from.openVault ?? (await openVaultOf(options))
  const extraVars = await parseExtraVars(options.extraVars, undefined, openVault)
  const { playbookDir } = from
  const inventory = await loadInventory(options.inventory, { playbookDir, openVault, skipBroken: options.skipBrokenSources })
  return { inventory, extraVars, openVault, warnings: [...(options.settings?.warnings ?? []), ...inventory.warnings] }
}
