import { InputError, printable } from '../errors.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import { givenInventory } from './given-inventory.js'
import { loadSources, type SourceOptions } from './load-sources.js'
import { printInventory, type InventoryPrint } from './inventory.js'

export interface InventoryFlags extends SourceOptions {
  list?: boolean
  graph?: boolean | string
  host?: string
  listHosts?: boolean
  vars: boolean
  export?: boolean
  limit?: string
  playbookDir?: string
}

/** `netplay inventory --list | --graph [GROUP] | --host NAME | --list-hosts`: what ansible-inventory and `ansible --list-hosts` print. */
export async function inventoryCommand(flags: InventoryFlags): Promise<ExitCode> {
  const show = shown(flags)
  const { playbookDir, vars, limit } = flags
  const { inventory, extraVars, warnings } = await loadSources({ ...flags, inventory: givenInventory(flags) }, { playbookDir })
  const told = new Set<string>()
  const warn = (problem: string) => {
    if (!told.has(problem)) process.stderr.write(`WARNING ${printable(problem)}\n`)
    told.add(problem)
  }
  warnings.forEach(warn)
  const hidden = new Set<string>()
  const print: InventoryPrint = { show, vars, limit, extraVars, warn, export: flags.export, onHidden: name => void hidden.add(name) }
  process.stdout.write(`${printInventory(inventory, print)}\n`)
  if (hidden.size > 0) warn(`${[...hidden].sort().join(', ')}: printed as ***; ansible-inventory prints passwords`)
  return exitCodes.done
}

function shown({ list, graph, host, listHosts }: InventoryFlags): InventoryPrint['show'] {
  const shows: InventoryPrint['show'][] = [
    ...(list === true ? [{ list: true as const }] : []),
    ...(graph === undefined ? [] : [{ graph: graph === true ? 'all' : String(graph) }]),
    ...(host === undefined ? [] : [{ host }]),
    ...(listHosts === true ? [{ hosts: true as const }] : []),
  ]
  const [show, ...others] = shows
  if (show !== undefined && others.length === 0) return show
  throw new InputError('say one of --list, --graph, --host and --list-hosts', { next: 'See netplay inventory --help.' })
}
