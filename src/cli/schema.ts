import { InputError } from '../errors.js'
import { playbookSchema, roleSchema, variablesSchema } from '../playbook/playbook-schema.js'
import type { Role } from '../playbook/role.js'
import { didYouMean } from '../suggest.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import { KnownRoles } from './known-roles.js'

/** `netplay schema [playbook|variables|ROLE]`. @throws InputError there is no such role, or one of the folder does not load */
export async function schema(of: string): Promise<ExitCode> {
  process.stdout.write(`${JSON.stringify(await schemaOf(of), null, 2)}\n`)
  return exitCodes.done
}

async function schemaOf(of: string): Promise<object> {
  const known = await KnownRoles.here()
  if (of === 'playbook') return playbookSchema(await all(known), { isOpen: false })
  if (of === 'variables') return variablesSchema(await all(known))
  if (known.names.includes(of)) return roleSchema(await known.load(of))
  throw new InputError(`there is no schema of "${of}"${didYouMean(of, ['playbook', 'variables', ...known.names])}`, {
    next: 'netplay schema playbook, netplay schema variables, or netplay schema ROLE.',
  })
}

async function all(known: KnownRoles): Promise<Role[]> {
  const roles: Role[] = []
  for (const name of known.names) roles.push(await known.load(name))
  return roles
}
