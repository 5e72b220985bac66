import { dirname } from 'node:path'
import { stat } from 'node:fs/promises'
import { formatOrigin, InputError } from '../errors.js'
import { Draft } from './draft.js'
import { VarsFiles } from './group-vars.js'
import { Assembly } from './merge.js'
import { localNames, type Group, type Host, type Inventory } from './model.js'
import type { Warn } from './operations.js'
import type { SourceText } from '../source-text.js'
import type { OpenVault } from '../vaulted.js'
import { hostListOperations, readSource, unlessSkipped } from './sources.js'

export interface LoadOptions {
  /** Folder whose group_vars and host_vars count besides those of the sources (levels 5, 7 and 10). */
  playbookDir?: string
  /** Opens what is encrypted; default: nothing can be opened, and is refused when it is used. */
  openVault?: OpenVault
  /** A source that is missing or cannot be read is a warning and counts for nothing, as in Ansible. Default false: it is an error. */
  skipBroken?: boolean
}

/**
 * The inventory of all sources (`-i`), later ones win at the same level.
 * @param sources files, folders, or host lists such as `h1,h2` and `h1,`
 * @throws InputError for a source that is missing or cannot be read, with its position; Ansible only warns (`skipBroken`)
 */
export async function loadInventory(sources: readonly string[], options: LoadOptions = {}): Promise<Inventory> {
  const texts = new Map<string, SourceText>()
  try {
    return await load(sources, options, texts)
  } catch (error) {
    throw error instanceof InputError ? withExcerpt(error, texts) : error
  }
}

async function load(
  sources: readonly string[],
  { playbookDir, openVault, skipBroken = false }: LoadOptions,
  texts: Map<string, SourceText>,
): Promise<Inventory> {
  const warnings = new Set<string>()
  const warn: Warn = (problem, origin) => warnings.add(`${formatOrigin(origin)}: ${problem}`)
  const draft = new Draft(warn)
  const folders: string[] = []
  const reading = { draft, warn, texts, openVault, skipBroken }
  for (const source of sources) {
    await unlessSkipped(reading, async () => {
      const kind = await kindOf(source)
      if (kind !== 'list') folders.push(kind === 'folder' ? source : dirname(source))
      if (kind === 'list') draft.carryOut(hostListOperations(source, name => draft.hosts.has(name)))
      else await readSource(source, reading)
    })
  }
  draft.settle()
  const assembly = await Assembly.of(draft, await VarsFiles.open(folders, playbookDir, warn, openVault))
  return finish(sources, draft, assembly, warnings)
}

/** What is wrong between sources (a circle of groups, say) is found after they are read; the line is shown all the same. */
function withExcerpt(error: InputError, texts: ReadonlyMap<string, SourceText>): InputError {
  const { origin, excerpt, next, cause } = error.details
  const text = origin && excerpt === undefined ? texts.get(origin.file) : undefined
  return text && origin ? text.error(error.problem, origin, { next, cause }) : error
}

async function kindOf(source: string): Promise<'list' | 'file' | 'folder'> {
  const found = await stat(source).catch(() => undefined)
  if (found) return found.isDirectory() ? 'folder' : 'file'
  if (source.includes(',')) return 'list'
  throw new InputError(`there is no inventory source "${source}"`, {
    next: `Name a file or folder with -i; a list of hosts has a comma, as in -i ${source || 'host'},`,
  })
}

async function finish(sources: readonly string[], draft: Draft, assembly: Assembly, warnings: ReadonlySet<string>): Promise<Inventory> {
  const groups = new Map<string, Group>()
  for (const group of draft.groups.values()) groups.set(group.name, assembly.group(group))
  const hosts = new Map<string, Host>()
  for (const host of draft.hosts.values()) hosts.set(host.name, await assembly.host(host))
  const local = [...hosts.values()].find(({ name }) => localNames.includes(name))
  const implicit = new Map<string, Host>()
  for (const name of localNames) implicit.set(name, local ?? (await assembly.implicitHost(name)))
  const members = new Map<string, Host[]>()
  const hostsOf = (name: string): Host[] => {
    if (!groups.has(name)) return []
    const found = members.get(name) ?? membersOf(name)
    members.set(name, found)
    return found
  }
  const membersOf = (name: string) =>
    [...new Set(assembly.graph.withDescendants(name).flatMap(group => groups.get(group)!.hosts))].map(host => hosts.get(host)!)
  const find = (name: string) => hosts.get(name) ?? implicit.get(name)
  return { sources, hosts, groups, hostsOf, find, warnings: [...warnings] }
}
