import { dirname, resolve } from 'node:path'
import { errorAt } from '../error-at.js'
import { formatOrigin } from '../errors.js'
import type { Variables } from '../inventory/model.js'
import { didYouMean } from '../suggest.js'
import { Vaulted } from '../vaulted.js'
import { findRole } from './find-role.js'
import { loadRole } from './load-role.js'
import type { LoadedRole, RoleUse } from './model.js'
import { checkEntry } from './params.js'
import type { FilePlay } from './read-file.js'
import type { RoleEntry } from './role-entry.js'
import { shownOrigin } from './role-error.js'

/** Roles as the plays of a playbook use them; each is loaded once. */
export class UsedRoles {
  private readonly loaded = new Map<string, LoadedRole>()

  constructor(
    private readonly note: (note: string) => void,
    private readonly rolesPath?: readonly string[],
  ) {}

  /** @throws InputError there is no such role, it does not load, or it does not take what is written of it */
  async use({ name, ...entry }: RoleEntry, { file, tags }: FilePlay): Promise<RoleUse> {
    const role = await this.load(name, dirname(resolve(file)), entry)
    const { parts = [] } = role.role
    if (entry.part !== undefined && !parts.includes(entry.part)) {
      const hint = didYouMean(entry.part, parts) || (parts.length > 0 ? `; it has ${parts.join(', ')}` : '; it has none')
      throw errorAt(entry.origin, `role "${name}" has no part "${entry.part}"${hint}`)
    }
    const use = { ...entry, role, tags: [...new Set([...tags, ...entry.tags])] }
    checkEntry(role, use)
    return use
  }

  private async load(name: string, playbookDir: string, { origin }: Pick<RoleEntry, 'origin'>): Promise<LoadedRole> {
    const found = findRole(name, playbookDir, origin, this.rolesPath)
    const known = this.loaded.get(found.file)
    if (known) return known
    if (found.hides !== undefined)
      this.note(`role "${name}" is your own, ${shownOrigin({ file: found.file, line: 0, column: 0 }).file}, not netplay's`)
    const role = await loadRole(name, found)
    this.loaded.set(found.file, role)
    return role
  }

  /** The same role with the same parameters runs once a play, as in Ansible. */
  distinct(uses: RoleUse[]): RoleUse[] {
    const plain = (values: Variables) => [...values].map(([name, { value }]) => [name, value])
    // Two secrets print alike; where they are written tells them apart.
    const apart = function (this: Record<string, unknown>, key: string, printed: unknown) {
      const value = this[key]
      return value instanceof Vaulted ? `secret at ${formatOrigin(value.origin)}` : printed
    }
    const seen = new Set<string>()
    return uses.filter(use => {
      const same = JSON.stringify([use.role.file, use.part, plain(use.params), plain(use.vars), use.tags], apart)
      if (!seen.has(same)) return seen.add(same)
      this.note(`${formatOrigin(use.origin)}: role "${use.role.name}" stands twice in this play with the same parameters; it runs once`)
      return false
    })
  }
}
