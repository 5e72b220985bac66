import { dirname, resolve } from 'node:path'
import { InputError, printable } from '../errors.js'
import type { Inventory } from '../inventory/model.js'
import { loadPlaybook } from '../playbook/load.js'
import { didYouMean } from '../suggest.js'
import { explain, explainText } from './explain.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import { givenInventory } from './given-inventory.js'
import { loadSources, type SourceOptions } from './load-sources.js'

export interface ExplainFlags extends SourceOptions {
  playbook?: string
  json: boolean
}

/** `netplay explain HOST [VAR]`: where the variables of a host come from. No host is asked. */
export async function explainCommand(name: string, variable: string | undefined, flags: ExplainFlags): Promise<ExitCode> {
  const folder = flags.playbook === undefined ? undefined : dirname(flags.playbook)
  const playbookDir = folder === undefined ? undefined : resolve(folder)
  const given = { ...flags, inventory: givenInventory(flags) }
  const { inventory, extraVars, openVault, warnings } = await loadSources(given, { playbookDir: folder })
  const rolesPath = flags.settings?.values.rolesPath
  const playbook =
    flags.playbook === undefined ? undefined : await loadPlaybook([flags.playbook], inventory, { extraVars, openVault, rolesPath })
  for (const warning of [...warnings, ...(playbook?.warnings ?? [])]) process.stderr.write(`WARNING ${printable(warning)}\n`)
  const host = hostOf(inventory, name)
  const explained = explain(host, variable, { inventory, extraVars, plays: playbook?.plays ?? [], playbookDir })
  if (flags.json) process.stdout.write(`${JSON.stringify({ host: host.name, groups: host.groups, variables: explained }, null, 2)}\n`)
  else process.stdout.write(`${explainText(host, explained, variable !== undefined, process.stdout.columns || 160)}\n`)
  return exitCodes.done
}

function hostOf(inventory: Inventory, name: string) {
  const host = inventory.find(name)
  if (host) return host
  const next = inventory.groups.has(name) ? `${name} is a group; name one of its hosts.` : 'See all hosts: netplay inventory --graph.'
  throw new InputError(`there is no host "${name}" in the inventory${didYouMean(name, inventory.hosts.keys())}`, { next })
}
