import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Origin } from '../errors.js'
import { errorAt } from '../error-at.js'
import { didYouMean } from '../suggest.js'

export interface FoundRole {
  file: string
  shipped: boolean
  /** a role of netplay's own that this one stands before */
  hides?: string
}

// `roles/` lies beside `src/`, in the sources as in dist/.
const here = fileURLToPath(import.meta.url)
export const shippedRolesDir = resolve(dirname(here), '../../roles')
const shippedFile = (name: string) => join(shippedRolesDir, name, `role${extname(here)}`)

/** Is it one of netplay's own playbooks, and not the admin's? */
export function isShippedPlaybook(file: string): boolean {
  // `playbooks/` lies beside `roles/` in the sources, and beside `dist/` in the package.
  const folders = [resolve(shippedRolesDir, '../playbooks'), resolve(shippedRolesDir, '../../playbooks')]
  return folders.includes(dirname(resolve(file)))
}

/**
 * The role of this name: the admin's own in `roles/` beside the playbook, in `../roles`, in `roles/` of the working folder, or in a folder of
 * `roles_path`, else netplay's.
 * @param origin where the name was written
 */
export function findRole(name: string, playbookDir: string, origin: Origin, rolesPath: readonly string[] = []): FoundRole {
  const shipped = existsSync(shippedFile(name)) ? shippedFile(name) : undefined
  const dirs = ownRoleDirs(playbookDir, rolesPath)
  for (const dir of dirs) {
    const own = ['ts', 'mts', 'js', 'mjs'].map(extension => join(dir, name, `role.${extension}`)).find(file => existsSync(file))
    if (own !== undefined) return { file: own, shipped: false, ...(shipped === undefined ? {} : { hides: shipped }) }
  }
  if (shipped !== undefined) return { file: shipped, shipped: true }
  throw errorAt(origin, `there is no role "${name}"${didYouMean(name, [...dirs, shippedRolesDir].flatMap(roleNames))}`, {
    next: `Netplay's own roles are ${shippedRoleNames().join(', ')}; one of your own is a file role.ts in one of: ${dirs.map(dir => join(dir, name)).join(', ')}.`,
  })
}

export const shippedRoleNames = (): string[] => roleNames(shippedRolesDir)

/** In netplay's own repository these are the sources of the shipped roles, which are not the admin's. */
export const ownRoleDirs = (playbookDir: string, rolesPath: readonly string[] = []): string[] => {
  const dirs = [join(playbookDir, 'roles'), resolve(playbookDir, '../roles'), resolve('roles'), ...rolesPath]
  const netplays = [shippedRolesDir, resolve(shippedRolesDir, '../../roles')]
  return [...new Set(dirs)].filter(dir => !netplays.includes(dir))
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

export function roleNames(dir: string): string[] {
  if (!isFolder(dir)) return []
  const names = readdirSync(dir).filter(name => isFolder(join(dir, name)))
  return names.filter(name => readdirSync(join(dir, name)).some(file => /^role\.m?[jt]s$/.test(file)))
}
