import { formatOrigin } from '../errors.js'
import type { Variables } from '../inventory/model.js'
import { shippedRoleNames } from './find-role.js'
import type { LoadedRole, Playbook } from './model.js'
import { parametersOf, variablePrefix, variablesOf } from './role.js'
import { didYouMean } from '../suggest.js'

/** Warnings about variables that look like a parameter of a role in use and are none: `flannel_bakend` in group_vars. */
export function unknownVariables({ plays, extraVars }: Pick<Playbook, 'plays' | 'extraVars'>): string[] {
  const roles = new Map(plays.flatMap(play => play.roles.map(({ role }) => [role.name, role])))
  if (roles.size === 0) return []
  const known = new Set([...roles.values()].flatMap(({ role }) => Object.keys(parametersOf(role)).flatMap(name => variablesOf(role, name))))
  const prefixes = [...new Set([...roles.keys(), ...shippedRoleNames()])].sort((a, b) => b.length - a.length)
  const warnings = new Set<string>()
  for (const variables of scopesOf(plays, extraVars))
    for (const [name, { origin }] of variables) {
      if (known.has(name)) continue
      // `etcd_seed_x` is about role etcd-seed, not about etcd.
      const role = roles.get(prefixes.find(prefix => name.startsWith(variablePrefix(prefix))) ?? '')
      if (role) warnings.add(`${formatOrigin(origin)}: ${sentence(name, role, known)}`)
    }
  return [...warnings]
}

const sentence = (variable: string, role: LoadedRole, known: ReadonlySet<string>) =>
  `variable ${variable} is no parameter of role "${role.name}"${didYouMean(variable, known)}`

/** Hosts share what their groups say: each map is looked at once. */
function scopesOf(plays: Playbook['plays'], extraVars: Variables): Set<Variables> {
  const scopes = new Set<Variables>([extraVars])
  for (const play of plays) {
    for (const { vars } of [play, ...play.roles]) scopes.add(vars)
    for (const host of play.hosts) for (const { vars } of host.layers) scopes.add(vars)
  }
  return scopes
}
