import { InputError, type Origin } from '../errors.js'
import type { Value } from './model.js'
import type { Assignment, Operation, Warn } from './operations.js'

export interface DraftHost {
  name: string
  origin: Origin
  /** Source in which the host was first written, absolute; absent for a host list. */
  file?: string
  vars: Map<string, Value>
  /** Groups the host is written into, in that order. */
  groups: Set<string>
  /** Written into `ungrouped`, and into a group too. */
  leftUngrouped?: true
}

export interface DraftGroup {
  name: string
  priority: number
  vars: Map<string, Value>
  hosts: Set<string>
  /** Child groups, each with the place where it was said. */
  children: Map<string, Origin>
  parents: Set<string>
}

/** More hosts than this is a mistake in a range. */
const mostHosts = 1_000_000
const nowhere: Origin = { file: 'inventory', line: 0, column: 0 }

/** The inventory while its sources are read; `all` and `ungrouped` exist from the start. */
export class Draft {
  readonly hosts = new Map<string, DraftHost>()
  readonly groups = new Map<string, DraftGroup>()

  constructor(private readonly warn: Warn) {
    this.group('all')
    this.group('ungrouped')
    this.child('all', 'ungrouped', nowhere)
  }

  /** @param file absolute path of the source, absent for a host list */
  carryOut(operations: readonly Operation[], file?: string): void {
    operations.forEach(refuseImpossible)
    for (const operation of operations) {
      if (operation.op === 'group') this.group(operation.name)
      else if (operation.op === 'child') this.child(operation.parent, operation.child, operation.origin)
      else if (operation.op === 'group-vars') operation.vars.forEach(assignment => this.groupVariable(operation.group, assignment))
      else for (const name of operation.names) this.host(name, operation, file)
    }
  }

  private group(name: string): DraftGroup {
    const group = this.groups.get(name) ?? { name, priority: 1, vars: new Map(), hosts: new Set(), children: new Map(), parents: new Set() }
    if (!this.groups.has(name)) this.groups.set(name, group)
    return group
  }

  private child(parent: string, child: string, origin: Origin): void {
    const { children } = this.group(parent)
    if (children.has(child)) return
    children.set(child, origin)
    this.group(child).parents.add(parent)
  }

  private host(name: string, { group, port, vars, origin }: Extract<Operation, { op: 'hosts' }>, file?: string): void {
    const host = this.hosts.get(name) ?? this.newHost(name, origin, file, port)
    host.groups.add(group)
    this.group(group).hosts.add(name)
    // Source: ansible lib/ansible/inventory/data.py `set_variable`: where a group is called the same, it takes the variables.
    for (const assignment of vars) {
      if (this.groups.has(name)) this.groupVariable(name, assignment)
      else host.vars.set(...assignment)
    }
  }

  /** A port counts only where the host is written first: `h:22` then `h:23` stays 22. */
  private newHost(name: string, origin: Origin, file?: string, port?: number): DraftHost {
    if (this.hosts.size >= mostHosts) throw new InputError(`the inventory has more than ${mostHosts} hosts`, { origin })
    const host: DraftHost = { name, origin, file, vars: new Map(), groups: new Set() }
    if (port !== undefined) host.vars.set('ansible_port', { value: port, origin })
    this.hosts.set(name, host)
    return host
  }

  private groupVariable(name: string, [key, value]: Assignment): void {
    const group = this.group(name)
    if (key !== 'ansible_group_priority') group.vars.set(key, value)
    else group.priority = priorityOf(value)
  }

  /** Rules that hold once all sources are read: who is a child of `all`, who is in `ungrouped`. */
  settle(): void {
    for (const group of this.groups.values()) if (group.name !== 'all' && group.parents.size === 0) this.child('all', group.name, nowhere)
    const ungrouped = this.group('ungrouped')
    const above = [...ungrouped.parents].find(name => name !== 'all')
    for (const host of this.hosts.values()) {
      const grouped = [...host.groups].some(name => name !== 'all' && name !== 'ungrouped')
      if (grouped && host.groups.delete('ungrouped')) {
        ungrouped.hosts.delete(host.name)
        host.leftUngrouped = true
      }
      if (!grouped && above !== undefined) throw lostBelow(above, this.group(above).children.get('ungrouped')!, host)
      if (!grouped) ungrouped.hosts.add(host.name)
      if (!grouped) host.groups.add('ungrouped')
      if (!this.groups.has(host.name)) continue
      if (!grouped) throw lost(host)
      this.warn(`"${host.name}" is a host and a group; patterns take it for the host, variables of one are those of the group`, host.origin)
    }
  }
}

/** To Ansible the group of that name becomes a child of `ungrouped`, and the host is in no group, not even in `all`. */
const lost = ({ name, origin }: DraftHost) =>
  new InputError(`the host "${name}" is in no group, and a group has the same name: Ansible would lose the host`, {
    origin,
    next: 'Write it into a group, or rename one of the two.',
  })

/** To Ansible they are then hosts with a group, which leave `ungrouped`, and are nowhere. */
const lostBelow = (parent: string, origin: Origin, { name }: DraftHost) =>
  new InputError(`"ungrouped" lies in group "${parent}": Ansible would lose its hosts, "${name}" for one`, {
    origin,
    next: `Write the hosts into a group of their own, and that into [${parent}:children].`,
  })

/** Before anything of a source is carried out, so that a broken one can be left out whole. */
function refuseImpossible(operation: Operation): void {
  if (operation.op === 'hosts' && operation.names.some(name => name.trim() === ''))
    throw new InputError('a host needs a name', { origin: operation.origin })
  if (operation.op !== 'child') return
  const { parent, child, origin } = operation
  if (parent === child) throw new InputError(`the group "${parent}" cannot contain itself`, { origin })
  if (child === 'all') throw new InputError('"all" contains every group and cannot be the child of one', { origin })
}

function priorityOf({ value, origin }: Value): number {
  const number = typeof value === 'string' && /^\s*[-+]?\d+\s*$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number)) return Math.trunc(number)
  if (typeof number === 'boolean') return Number(number)
  throw new InputError('ansible_group_priority is a whole number', { origin })
}
