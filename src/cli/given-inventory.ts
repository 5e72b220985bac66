import { InputError } from '../errors.js'

/** The sources of `-i`. @throws {InputError} there is none: netplay takes no inventory by itself, as Ansible takes /etc/ansible/hosts */
export function givenInventory({ inventory }: { inventory: string[] }): string[] {
  if (inventory.length > 0) return inventory
  throw new InputError('no inventory was given', { next: 'Name it: -i hosts.ini, or a list of hosts as in -i n1,n2.' })
}
