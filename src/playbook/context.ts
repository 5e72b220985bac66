import type { Facts } from '../facts/facts.js'
import { magicVariables } from '../inventory/magic.js'
import type { Host, Value } from '../inventory/model.js'
import type { Play, Playbook, RoleUse } from './model.js'
import { resolveParams } from './params.js'
import type { RoleContext, RoleHost } from './role.js'
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
  const groups = lazily(inventory.groups.keys(), name => inventory.hostsOf(name).map(seen))
  return (use, host) => ({
    host: seen(host),
    peers,
    groups,
    params: resolveParams(use.role, use, play, host, extraVars).params,
    vars: name => {
      const value = [extraVars, use.vars, play.vars, host.vars].find(scope => scope.has(name))?.get(name)
      if (value === undefined) return (magicVariables(inventory, host) as unknown as Record<string, unknown>)[name]
      refuseTemplates(value)
      return value.value
    },
    ...(use.part === undefined ? {} : { part: use.part }),
  })
}

class SeenHost implements RoleHost {
  private merged: Map<string, unknown> | undefined

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
    return (this.merged ??= new Map(this.scopes.flatMap(scope => [...scope].map(([name, { value }]) => [name, value] as const))))
  }
  get address(): string {
    const address = this.vars.get('ansible_host') ?? this.vars.get('ansible_ssh_host')
    return typeof address === 'string' ? address : this.of.name
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
