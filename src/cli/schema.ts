import { InputError } from '../errors.js'
import { playbookSchema, roleSchema, variablesSchema } from '../playbook/playbook-schema.js'
import type { Role } from '../playbook/role.js'
import { didYouMean } from '../suggest.js'
import { knownRoles, roleNamed } from './docs.js'
import { exitCodes, type ExitCode } from './exit-code.js'

/** `netplay schema [playbook|variables|ROLE]`. @throws InputError there is no such role, or one of the folder does not load */
export async function schema(of: string): Promise<ExitCode> {
  process.stdout.write(`${JSON.stringify(await schemaOf(of), null, 2)}\n`)
  return exitCodes.done
}

async function schemaOf(of: string): Promise<object> {
  const names = knownRoles()
  if (of === 'playbook') return playbookSchema(await rolesNamed(names), { isOpen: false })
  if (of === 'variables') return variablesSchema(await rolesNamed(names))
  if (names.includes(of)) return roleSchema(await roleNamed(of))
  throw new InputError(`there is no schema of "${of}"${didYouMean(of, ['playbook', 'variables', ...names])}`, {
    next: 'netplay schema playbook, netplay schema variables, or netplay schema ROLE.',
  })
}

async function rolesNamed(names: readonly string[]): Promise<Role[]> {
  const roles: Role[] = []
  for (const name of names) roles.push(await roleNamed(name))
  return roles
}
