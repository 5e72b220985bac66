import { printInventory, type InventoryPrint } from '../../src/cli/inventory.js'
import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { loadInventory } from '../../src/inventory/load.js'

/** What netplay prints for words of ansible-inventory; paths count from the current folder. @throws NetplayError */
export async function netplayPrints(sources: readonly string[], args: readonly string[]): Promise<string> {
  const options: InventoryPrint = { show: { list: true }, showSecrets: true }
  const extraVars: string[] = []
  let playbookDir: string | undefined
  for (let at = 0; at < args.length; at++) {
    const next = args[at + 1]!
    if (args[at] === '--graph') options.show = { graph: next && !next.startsWith('-') ? args[++at]! : 'all' }
    else if (args[at] === '--host') options.show = { host: args[++at]! }
    else if (args[at] === '--vars') options.vars = true
    else if (args[at] === '--export') options.export = true
    else if (args[at] === '--limit') options.limit = args[++at]
    else if (args[at]!.startsWith('--limit=')) options.limit = args[at]!.slice('--limit='.length)
    else if (args[at] === '-e') extraVars.push(args[++at]!)
    else if (args[at] === '--playbook-dir') playbookDir = args[++at]
  }
  options.extraVars = await parseExtraVars(extraVars)
  return printInventory(await loadInventory(sources, { playbookDir }), options)
}
