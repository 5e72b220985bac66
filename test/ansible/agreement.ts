import fc from 'fast-check'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { NetplayError } from '../../src/errors.js'
import { loadInventory } from '../../src/inventory/load.js'
import { selectHosts } from '../../src/inventory/patterns.js'
import { removeScratch, scratch } from '../inventory/scratch.js'
import { anyGroups } from './any-ini.js'
import { anyLayout, type Layout } from './any-layout.js'
import { anyHosts, anyLimit } from './any-pattern.js'
import { netplayPrints } from './netplay-prints.js'
import type { AnsibleOracle } from './oracle.js'
import { isStricter } from './stricter.js'

/** How many of each end there were. */
export interface Agreement {
  cases: number
  seed: number
  /** Both print or select the same. */
  same: number
  /** Both refuse. */
  refused: number
  /** netplay refuses, by a rule of stricter.ts, what Ansible reads. */
  stricter: number
}

export interface Amount {
  cases: number
  seed: number
}

export type Counts = Omit<Agreement, 'cases' | 'seed'>

const none = (): Counts => ({ same: 0, refused: 0, stricter: 0 })
const home = process.cwd()
function tidy(): void {
  process.chdir(home)
  removeScratch()
}

/** Generated inventories, each printed by both. @throws {Error} the shrunk layout on which they differ, with both answers */
export const inventoriesAgree = (oracle: AnsibleOracle, amount: Amount): Promise<Agreement> =>
  agree(anyLayout, amount, (layout, counts) => inventoryAgrees(oracle, layout, counts))

/** Generated patterns and limits, each against a generated inventory. @throws {Error} the shrunk case on which they differ */
export const patternsAgree = (oracle: AnsibleOracle, amount: Amount): Promise<Agreement> =>
  agree(fc.record({ inventory: anyGroups, pattern: anyHosts, limit: anyLimit }), amount, (one, counts) =>
    patternAgrees(oracle, one, counts),
  )

export async function agree<T>(
  arbitrary: fc.Arbitrary<T>,
  { cases, seed }: Amount,
  compare: (value: T, counts: Counts) => Promise<void>,
): Promise<Agreement> {
  const counts = none()
  const property = fc.asyncProperty(arbitrary, async value => {
    try {
      await compare(value, counts)
    } finally {
      tidy()
    }
  })
  await fc.assert(property, { numRuns: cases, seed, includeErrorInReport: true })
  return { cases, seed, ...counts }
}

/** One layout. @throws {Error} both answers, where they differ */
export async function layoutAgrees(oracle: AnsibleOracle, layout: Layout): Promise<Counts> {
  const counts = none()
  await inventoryAgrees(oracle, layout, counts).finally(tidy)
  return counts
}

async function inventoryAgrees(oracle: AnsibleOracle, layout: Layout, counts: Counts): Promise<void> {
  const folder = scratch(layout.files)
  for (const program of layout.programs ?? []) chmodSync(join(folder, program), 0o755)
  process.chdir(folder)
  const ask = (args: readonly string[]) => oracle.inventory(folder, [...layout.sources.flatMap(source => ['-i', source]), ...args])
  const theirs = await ask(layout.args)
  const ours = await ending(() => netplayPrints(layout.sources, layout.args))
  // netplay reads the variables of every group and host at once, Ansible those that it prints: this prints all.
  const later =
    'refused' in ours && /(?:group|host)_vars/.test(ours.refused) ? await ask(['--graph', '--vars', ...playbookWords(layout.args)]) : theirs
  if ('output' in theirs && 'refused' in later) counts.stricter++
  else judge('output' in theirs ? { value: withoutPython(theirs.output) } : theirs, ours, counts)
}

/** The implicit localhost has a Python of its own in Ansible; netplay needs none. */
export const withoutPython = (output: string) => output.replace(/,\n *"ansible_python_interpreter": "[^"]*"/, '')

const playbookWords = (args: readonly string[]) => (args.includes('--playbook-dir') ? args.slice(args.indexOf('--playbook-dir')) : [])

interface PatternLayout {
  inventory: string
  pattern: string | string[]
  limit: { limit?: string; file?: string }
}

async function patternAgrees(
  oracle: AnsibleOracle,
  { inventory, pattern, limit: { limit, file } }: PatternLayout,
  counts: Counts,
): Promise<void> {
  const folder = scratch({ 'hosts.ini': inventory, ...(file === undefined ? {} : { limit: file }) })
  process.chdir(folder)
  const theirs = await oracle.hosts(folder, ['hosts.ini'], [{ pattern, ...(limit === undefined ? {} : { limit }) }])
  const [found] = 'hosts' in theirs ? theirs.hosts : [theirs]
  const ours = await ending(async () =>
    selectHosts(await loadInventory(['hosts.ini']), pattern, limit)
      .map(({ name }) => name)
      .join('\n'),
  )
  judge(Array.isArray(found) ? { value: found.join('\n') } : found!, ours, counts, () => false)
}

type Ending = { value: string } | { refused: string }

/** What is no NetplayError is a bug, and ends the test. */
async function ending(ours: () => Promise<string>): Promise<Ending> {
  try {
    return { value: await ours() }
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    return { refused: error.message }
  }
}

function judge(theirs: Ending, ours: Ending, counts: Counts, strict = isStricter): void {
  if ('value' in theirs && 'value' in ours && theirs.value === ours.value) counts.same++
  else if ('refused' in theirs && 'refused' in ours) counts.refused++
  else if ('value' in theirs && 'refused' in ours && strict(ours.refused)) counts.stricter++
  else throw new Error(`Ansible:\n${told(theirs)}\nnetplay:\n${told(ours)}`)
}

const told = (ending: Ending) => ('value' in ending ? ending.value : `refused: ${ending.refused}`)
