import { findRole, ownRoleDirs, roleNames, shippedRoleNames } from '../playbook/find-role.js'
import { loadRole } from '../playbook/load-role.js'
import type { Role } from '../playbook/role.js'
import { loadSettings } from '../settings/settings.js'

/** Roles that a playbook of the working folder can name: shipped ones, and those in `roles/` and in the folders of `roles_path`. */
export class KnownRoles {
  readonly names: readonly string[]

  private constructor(private readonly rolesPath: readonly string[]) {
    this.names = [...new Set([...shippedRoleNames(), ...ownRoleDirs(process.cwd(), rolesPath).flatMap(roleNames)])].sort()
  }

  /** @throws InputError of ansible.cfg */
  static async here(): Promise<KnownRoles> {
    return new KnownRoles((await loadSettings()).values.rolesPath)
  }

  /** @throws InputError as a playbook that names it would */
  async load(name: string): Promise<Role> {
    return (await loadRole(name, findRole(name, process.cwd(), { file: 'netplay', line: 0, column: 0 }, this.rolesPath))).role
  }
}
