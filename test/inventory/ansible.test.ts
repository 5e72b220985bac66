import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { printInventory, type InventoryPrint } from '../../src/cli/inventory.js'
import { InputError, NetplayError } from '../../src/errors.js'
import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { loadInventory } from '../../src/inventory/load.js'
import { selectHosts } from '../../src/inventory/patterns.js'
import { removeScratch, scratch } from './scratch.js'

/** Recorded from ansible-core 2.19.14: what `ansible-inventory` printed, or `refused` where it could not read a source or ended with an error. */
interface Recorded {
  name: string
  files: Record<string, string>
  sources?: string[]
  args?: string[]
  output?: string
  refused?: true
}
interface RecordedPatterns {
  inventory: string
  'limit.txt': string
  cases: { pattern: string | string[]; limit?: string; hosts?: string; refused?: true }[]
}

const recorded = <T>(name: string) => JSON.parse(readFileSync(join(import.meta.dirname, 'ansible-2.19', name), 'utf8')) as T
const home = process.cwd()
afterEach(() => {
  process.chdir(home)
  removeScratch()
})

describe('an inventory prints as ansible-inventory prints it', () => {
  const cases = recorded<Recorded[]>('inventories.json')

  test('there are enough recordings, of both kinds', () => {
    expect(cases.length).toBeGreaterThan(200)
    expect(cases.filter(({ refused }) => refused).length).toBeGreaterThan(40)
  })

  test.each(cases.map(one => [one.name, one] as const))('%s', async (_, { files, sources = ['hosts.ini'], args = ['--list'], output }) => {
    process.chdir(scratch(files))
    const printed = await print(sources, args).catch((error: unknown) => {
      if (output !== undefined || !(error instanceof NetplayError)) throw error
      return undefined
    })
    expect(printed).toBe(output)
  })
})

async function print(sources: string[], args: string[]): Promise<string> {
  const options: InventoryPrint = { show: { list: true } }
  const extraVars: string[] = []
  let playbookDir: string | undefined
  for (let at = 0; at < args.length; at++) {
    const next = args[at + 1]!
    if (args[at] === '--graph') options.show = { graph: next && !next.startsWith('-') ? args[++at]! : 'all' }
    else if (args[at] === '--host') options.show = { host: args[++at]! }
    else if (args[at] === '--vars') options.vars = true
    else if (args[at] === '--limit') options.limit = args[++at]
    else if (args[at] === '-e') extraVars.push(args[++at]!)
    else if (args[at] === '--playbook-dir') playbookDir = args[++at]
  }
  options.extraVars = await parseExtraVars(extraVars)
  return printInventory(await loadInventory(sources, { playbookDir }), options)
}

describe('a pattern names the hosts that Ansible finds', () => {
  const { inventory, 'limit.txt': limitFile, cases } = recorded<RecordedPatterns>('patterns.json')

  test.each(cases.map(one => [`${JSON.stringify(one.pattern)}${one.limit ? ` --limit ${one.limit}` : ''}`, one] as const))(
    '%s',
    async (_, { pattern, limit, hosts }) => {
      process.chdir(scratch({ 'hosts.ini': inventory, 'limit.txt': limitFile }))
      const loaded = await loadInventory(['hosts.ini'])
      const select = () => selectHosts(loaded, pattern, limit)
      if (hosts === undefined) expect(select).toThrow(InputError)
      else
        expect(
          select()
            .map(host => host.name)
            .join(' '),
        ).toBe(hosts)
    },
  )
})
