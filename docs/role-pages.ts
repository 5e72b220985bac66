import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Role } from '../src/playbook/role.js'
import { withTable } from './parameter-table.js'

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export interface RolePage {
  role: Pick<Role, 'name' | 'params'>
  file: string
  text: string
  wanted: string
}

/** The page of every shipped role, as it is and as it should be. @throws Error when a role has no page */
export async function rolePages(): Promise<RolePage[]> {
  const names = (await readdir(fromHere('../roles'))).filter(name => existsSync(fromHere(`../roles/${name}/role.ts`)))
  const pages: RolePage[] = []
  for (const name of names.sort()) pages.push(await pageOf(name))
  return pages
}

async function pageOf(name: string): Promise<RolePage> {
  const { default: role } = (await import(`../roles/${name}/role.js`)) as { default: RolePage['role'] }
  const file = fromHere(`roles/${name}.md`)
  const text = await readFile(file, 'utf8')
  return { role, file, text, wanted: withTable(text, role) }
}

/** Writes the tables anew. @returns names of the roles whose page has changed */
export async function writeRolePages(): Promise<string[]> {
  const stale = (await rolePages()).filter(({ text, wanted }) => text !== wanted)
  await Promise.all(stale.map(({ file, wanted }) => writeFile(file, wanted)))
  return stale.map(({ role }) => role.name)
}
