import { NetplayError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import { absentOf } from '../inventory/absent.js'
import type { Host, Variables } from '../inventory/model.js'
import { plainOfJinja } from '../templates/node-values.js'
import { once } from '../once.js'
import { evaluate, EvaluatedVariables } from '../templates/evaluate.js'
import { Undefined, wholeOf } from '../templates/values.js'
import type { Play, RoleUse } from './model.js'
import { asText } from '../inventory/typed-value.js'
import { Vaulted } from '../vaulted.js'
import { resolveParams } from './params.js'
import { playScope, type ScopeSource } from './play-scope.js'
import type { AbsentRoleHost, RoleContext, RoleHost } from './role.js'

/**
 * What the roles of a play see, host by host.
 * @param facts of a host; `undefined` for one that could not be reached. Asked only when a role asks
 * @returns a function that makes the context of a role on a host. @throws InputError when a parameter is wrong there
 */
export function roleContexts(
  source: ScopeSource,
  play: Play,
  facts: (host: string) => Facts | undefined,
): (use: RoleUse, host: Host) => RoleContext<Record<string, unknown>> {
  const { inventory, extraVars } = source
  const made = new Map<Host, RoleHost>()
  const seen = (host: Host): RoleHost => {
    const scope = once(() => playScope(source, play, host))
    const variables = () => new EvaluatedVariables([extraVars, play.vars, host.vars], scope)
    const known = made.get(host) ?? new SeenHost(host, variables, facts)
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
      known.set(peer, of && paramsIfRight(use, play, of, source))
    }
    return known.get(peer)
  }
  return (use, host) => {
    const scope = once(() => playScope(source, play, host, use))
    return {
      host: seen(host),
      peers,
      groups,
      // Asked by few roles, and of every host of the inventory.
      get absent() {
        return (absent ??= [...inventory.hosts.values()].flatMap(each => awayOf(each, seen)))
      },
      params: resolveParams(use.role, use, play, host, extraVars, scope).params,
      paramsOf: peer => paramsOf(use, peer),
      vars: name => {
        const written = scope().written(name)
        if (written !== undefined) return evaluate(written, scope(), name)?.value
        const magic = scope().variable(name)
        return magic === undefined || magic instanceof Undefined ? undefined : plainOfJinja(wholeOf(magic))
      },
      ...(use.part === undefined ? {} : { part: use.part }),
    }
  }
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
function paramsIfRight(use: RoleUse, play: Play, host: Host, source: ScopeSource): Params | undefined {
  try {
    return resolveParams(
      use.role,
      use,
      play,
      host,
      source.extraVars,
      once(() => playScope(source, play, host, use)),
    ).params
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    return undefined
  }
}

class SeenHost implements RoleHost {
  private merged: SeenVariables | undefined

  constructor(
    private readonly of: Host,
    private readonly variables: () => Variables,
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
    return (this.merged ??= new SeenVariables(this.variables()))
  }
  get address(): string {
    const address = this.vars.get('ansible_host') ?? this.vars.get('ansible_ssh_host')
    if (address instanceof Vaulted) return asText({ value: address, origin: address.origin }, 'ansible_host')
    return typeof address === 'string' ? address : this.of.name
  }
}

/** Variables as a role sees them, each evaluated when it is looked at and not before. */
class SeenVariables implements ReadonlyMap<string, unknown> {
  constructor(private readonly written: Variables) {}

  get size() {
    return this.written.size
  }
  has(name: string) {
    return this.written.has(name)
  }
  /** @throws InputError where the value was written */
  get(name: string): unknown {
    return this.written.get(name)?.value
  }
  keys() {
    return this.written.keys()
  }
  *values(): MapIterator<unknown> {
    for (const [, value] of this) yield value
  }
  *entries(): MapIterator<[string, unknown]> {
    for (const [name, { value }] of this.written) yield [name, value]
  }
  [Symbol.iterator]() {
    return this.entries()
  }
  forEach(told: (value: unknown, name: string, map: ReadonlyMap<string, unknown>) => void) {
    for (const [name, value] of this) told(value, name, this)
  }
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
