import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError, NetplayError } from '../../src/errors.js'
import { loadInventory } from '../../src/inventory/load.js'
import { selectHosts } from '../../src/inventory/patterns.js'
import { netplayPrints } from '../ansible/netplay-prints.js'
import { removeScratch, scratch } from './scratch.js'

/** Recorded from ansible-core 2.19.14: what `ansible-inventory` printed, or `refused` where it could not read a source or ended with an error. */
interface Recorded {
  name: string
  files: Record<string, string>
  /** Files with the executable bit. */
  programs?: string[]
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

  test.each(cases.map(one => [one.name, one] as const))(
    '%s',
    async (_, { files, programs = [], sources = ['hosts.ini'], args = ['--list'], output }) => {
      process.chdir(scratch(files))
      for (const program of programs) chmodSync(program, 0o755)
      const printed = await netplayPrints(sources, args).catch((error: unknown) => {
        if (output !== undefined || !(error instanceof NetplayError)) throw error
        return undefined
      })
      expect(printed).toBe(output)
    },
  )
})

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
