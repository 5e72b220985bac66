import { NetplayError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import { absentOf } from '../inventory/absent.js'
import { magicVariables } from '../inventory/magic.js'
import type { Host, Value } from '../inventory/model.js'
import type { Play, Playbook, RoleUse } from './model.js'
import { resolveParams } from './params.js'
import type { AbsentRoleHost, RoleContext, RoleHost } from './role.js'
import { refuseTemplates } from './templates.js'

/**
 * What the roles of a play see, host by host.
 * @param facts of a host; `undefined` for one that could not be reached. Asked only when a role asks
 * @returns a function that makes the context of a role on a host. @throws InputError when a parameter is wrong there
 */
export function roleContexts(
  { inventory, extraVars }: Pick<Playbook, 'inventory' | 'extraVars'>,
  play: Play,
  facts: (host: string) => Facts | undefined,
): (use: RoleUse, host: Host) => RoleContext<Record<string, unknown>> {
  const made = new Map<Host, RoleHost>()
  const seen = (host: Host): RoleHost => {
    const known = made.get(host) ?? new SeenHost(host, [host.vars, play.vars, extraVars], facts)
    made.set(host, known)
    return known
  }
  const peers = play.peers.map(seen)
  const groups = lazily(inventory.groups.keys(), name =>
    inventory
      .hostsOf(name)
      .filter(host => absentOf(host) === undefined)
      .map(seen),
  )
  const byName = new Map(play.peers.map(host => [host.name, host]))
  let absent: AbsentRoleHost[] | undefined
  const resolved = new Map<RoleUse, Map<RoleHost, Params | undefined>>()
  const paramsOf = (use: RoleUse, peer: RoleHost): Params | undefined => {
    const known = resolved.get(use) ?? new Map<RoleHost, Params | undefined>()
    resolved.set(use, known)
    if (!known.has(peer)) {
      const of = byName.get(peer.name)
      known.set(peer, of && paramsIfRight(use, play, of, extraVars))
    }
    return known.get(peer)
  }
  return (use, host) => ({
    host: seen(host),
    peers,
    groups,
    // Asked by few roles, and of every host of the inventory.
    get absent() {
      return (absent ??= [...inventory.hosts.values()].flatMap(each => awayOf(each, seen)))
    },
    params: resolveParams(use.role, use, play, host, extraVars).params,
    paramsOf: peer => paramsOf(use, peer),
    vars: name => {
      const value = [extraVars, use.vars, play.vars, host.vars].find(scope => scope.has(name))?.get(name)
      if (value === undefined) return (magicVariables(inventory, host) as unknown as Record<string, unknown>)[name]
      return plain(value)
    },
    ...(use.part === undefined ? {} : { part: use.part }),
  })
}

function awayOf(host: Host, seen: (host: Host) => RoleHost): AbsentRoleHost[] {
  const away = absentOf(host)
  if (away === undefined) return []
  const { name, address, groups } = seen(host)
  return [
    {
      name,
      address,
      groups,
      reason: away.reason,
      get vars() {
        return seen(host).vars
      },
    },
  ]
}

type Params = Record<string, unknown>

/** What is wrong with the parameters of a host is told of that host; one that `--limit` leaves out stops nobody. */
function paramsIfRight(use: RoleUse, play: Play, host: Host, extraVars: Playbook['extraVars']): Params | undefined {
  try {
    return resolveParams(use.role, use, play, host, extraVars).params
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    return undefined
  }
}

class SeenHost implements RoleHost {
  private merged: SeenVariables | undefined

  constructor(
    private readonly of: Host,
    private readonly scopes: readonly ReadonlyMap<string, Value>[],
    private readonly ask: (host: string) => Facts | undefined,
  ) {}

  get name() {
    return this.of.name
  }
  get groups() {
    return this.of.groups
  }
  get facts() {
    return this.ask(this.of.name)
  }
  get vars(): ReadonlyMap<string, unknown> {
    return (this.merged ??= new SeenVariables(new Map(this.scopes.flatMap(scope => [...scope]))))
  }
  get address(): string {
    const address = this.vars.get('ansible_host') ?? this.vars.get('ansible_ssh_host')
    return typeof address === 'string' ? address : this.of.name
  }
}

/** Variables as a role sees them. What cannot be read yet, a template or a vaulted value, is refused when it is looked at and not before. */
class SeenVariables implements ReadonlyMap<string, unknown> {
  constructor(private readonly written: ReadonlyMap<string, Value>) {}

  get size() {
    return this.written.size
  }
  has(name: string) {
    return this.written.has(name)
  }
  /** @throws InputError where the value was written */
  get(name: string): unknown {
    const value = this.written.get(name)
    return value === undefined ? undefined : plain(value)
  }
  keys() {
    return this.written.keys()
  }
  *values(): MapIterator<unknown> {
    for (const [, value] of this) yield value
  }
  *entries(): MapIterator<[string, unknown]> {
    for (const [name, value] of this.written) yield [name, plain(value)]
  }
  [Symbol.iterator]() {
    return this.entries()
  }
  forEach(told: (value: unknown, name: string, map: ReadonlyMap<string, unknown>) => void) {
    for (const [name, value] of this) told(value, name, this)
  }
}

const plain = (value: Value): unknown => {
  refuseTemplates(value)
  return value.value
}

/** Members are made when asked for, once: a role rarely looks at groups, and an inventory may have thousands. */
function lazily<T>(names: Iterable<string>, make: (name: string) => T): Record<string, T> {
  const made = new Map<string, T>()
  const get = (name: string) => {
    if (!made.has(name)) made.set(name, make(name))
    return made.get(name)!
  }
  const record = Object.create(null) as Record<string, T>
  for (const name of names) Object.defineProperty(record, name, { get: () => get(name), enumerable: true })
  return record
}
