import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InputError, type Origin } from '../errors.js'
import type { FoundRole } from './find-role.js'
import { guardRole } from './guard-role.js'
import type { LoadedRole } from './model.js'
import { isRole, type Role } from './role.js'
import { roleError, shownOrigin, type RoleSource } from './role-error.js'
import { checkSchema } from './schema.js'
import { importUserRole, writtenPositions } from './user-role.js'

/**
 * A role from its file: netplay's own as it was compiled, the admin's uncompiled.
 * @throws InputError with a position in the role's files
 */
export async function loadRole(name: string, { file, shipped }: FoundRole): Promise<LoadedRole> {
  const source = await sourceOf(name, file, shipped)
  const role = await imported(source, shipped).catch((error: unknown) => {
    throw roleError(error, source)
  })
  const refuse = (problem: string) => new InputError(problem, { origin: shownOrigin({ file, line: 0, column: 0 }) })
  if (!isRole(role)) throw refuse('the default export is not a role; write `export default defineRole({ … })`')
  if (role.name !== name) throw refuse(`the role calls itself "${role.name}" and lies in the folder "${name}"; the two must be the same`)
  checkSchema(role.params, problem => refuse(`\`params\` of role "${name}": ${problem}`))
  return { name, file, role: guardRole(role, source), shipped, get digest() { return digestOf(source.dir, shipped) } } // prettier-ignore
}

const imported = async (source: RoleSource, shipped: boolean): Promise<Role | undefined> =>
  (shipped ? ((await import(pathToFileURL(source.file).href)) as { default?: unknown }).default : await importUserRole(source.file)) as
    Role | undefined

async function sourceOf(name: string, file: string, shipped: boolean): Promise<RoleSource> {
  const written = shipped ? (made: Origin) => made : await writtenPositions()
  const dir = dirname(file)
  const api = shipped ? [] : Object.keys(await import('../index.js'))
  return { name, file, dir, realDir: realpathSync(dir), written, api }
}

const digests = new Map<string, string>()

/** Read once a run: a role does not change while it runs. */
function digestOf(dir: string, shipped: boolean): string {
  const known = digests.get(dir)
  if (known !== undefined) return known
  const hash = createHash('sha256')
  for (const file of filesOf(dir, shipped)) {
    const bytes = readFileSync(file)
    hash.update(`${relative(dir, file)}\0${bytes.length}\0`).update(bytes)
  }
  const digest = hash.digest('hex')
  digests.set(dir, digest)
  return digest
}

/** A role's folder, and what it may share with others: files beside the folders of roles. Netplay's own roles are one work. */
function filesOf(dir: string, shipped: boolean): string[] {
  const beside = dirname(dir)
  if (shipped) return filesUnder(beside)
  const shared = readdirSync(beside, { withFileTypes: true }).filter(entry => entry.isFile() && /\.m?[jt]s$/.test(entry.name))
  return [...filesUnder(dir), ...shared.map(({ name }) => join(beside, name)).sort()]
}

function filesUnder(dir: string): string[] {
  const entries = readdirSync(dir, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap(entry => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return filesUnder(path)
    return statSync(path, { throwIfNoEntry: false })?.isFile() ? [path] : []
  })
}
