import { InputError } from '../errors.js'
import { parseExtraVars } from '../inventory/extra-vars.js'
import { loadInventory } from '../inventory/load.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import { givenInventory } from './given-inventory.js'
import { printInventory, type InventoryPrint } from './inventory.js'

export interface InventoryFlags {
  inventory: string[]
  list?: boolean
  graph?: boolean | string
  host?: string
  vars: boolean
  limit?: string
  extraVars: string[]
}

/** `netplay inventory --list | --graph [GROUP] | --host NAME`: what ansible-inventory prints. */
export async function inventoryCommand({
  inventory: sources,
  list,
  graph,
  host,
  vars,
  limit,
  extraVars,
}: InventoryFlags): Promise<ExitCode> {
  const shows: InventoryPrint['show'][] = [
    ...(list === true ? [{ list: true as const }] : []),
    ...(graph === undefined ? [] : [{ graph: graph === true ? 'all' : String(graph) }]),
    ...(host === undefined ? [] : [{ host }]),
  ]
  const [show, ...others] = shows
  if (show === undefined || others.length > 0)
    throw new InputError('say one of --list, --graph and --host', { next: 'See netplay inventory --help.' })
  const inventory = await loadInventory(givenInventory({ inventory: sources }))
  const warn = (problem: string) => void process.stderr.write(`WARNING ${problem}\n`)
  inventory.warnings.forEach(warn)
  process.stdout.write(`${printInventory(inventory, { show, vars, limit, extraVars: await parseExtraVars(extraVars), warn })}\n`)
  return exitCodes.done
}
