import { playbookSchema, roleSchema, variablesSchema } from '../src/playbook/playbook-schema.js'
import { shippedRoleNames } from '../src/playbook/find-role.js'
import type { Role } from '../src/playbook/role.js'
import type { Page } from './kind-pages.js'

/** The JSON Schemas of netplay's own roles; those of an admin are in what `netplay schema` prints. */
export async function schemaPages(): Promise<Page[]> {
  const roles: Role[] = []
  for (const name of shippedRoleNames().sort()) roles.push(((await import(`../roles/${name}/role.js`)) as { default: Role }).default)
  const page = (name: string, schema: object): Page => ({
    name: `schema/${name}.schema.json`,
    wanted: `${JSON.stringify(schema, null, 1)}\n`,
  })
  return [
    page('playbook', playbookSchema(roles, { isOpen: true })),
    page('variables', variablesSchema(roles)),
    ...roles.map(role => page(`roles/${role.name}`, roleSchema(role))),
  ]
}
