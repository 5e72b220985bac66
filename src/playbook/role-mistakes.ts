import { formatOrigin } from '../errors.js'
import { once } from '../once.js'
import { roleContexts } from './context.js'
import { errorAt } from '../error-at.js'
import type { Play, Playbook, RoleUse } from './model.js'
import { resolveParams } from './params.js'
import { playScope, type ScopeSource } from './play-scope.js'
import type { ParamMistake, RoleContext } from './role.js'
import { standsOn } from './written-task.js'

/**
 * What the roles themselves find wrong with their parameters, before any host is asked: schemas see one parameter of one host, roles all of them.
 * @returns sentences about what is odd and may stay
 * @throws InputError where the parameter was written
 */
export function roleMistakes({ plays, ...source }: ScopeSource & Pick<Playbook, 'plays'>): string[] {
  const warnings = new Set<string>()
  for (const play of plays) {
    const contextOf = roleContexts(source, play, () => undefined)
    for (const use of play.roles.filter(({ role }) => role.role.mistakes !== undefined))
      for (const host of play.hosts.filter(each => standsOn(use, each)))
        for (const mistake of use.role.role.mistakes!(contextOf(use, host) as RoleContext<never>)) {
          const text = `role "${use.role.name}" on ${host.name}: ${mistake.problem}`
          const origin = originOf(mistake, use, play, host, source)
          if (mistake.isWarning !== true) throw errorAt(origin, text, mistake.next === undefined ? {} : { next: mistake.next })
          // Once, however many hosts say it.
          warnings.add(`${formatOrigin(origin)}: role "${use.role.name}": ${mistake.problem}`)
        }
  }
  return [...warnings]
}

/** Where the parameter was given; one that nobody gave is the role's entry in the play. */
function originOf({ parameter }: ParamMistake, use: RoleUse, play: Play, host: Play['hosts'][number], source: ScopeSource) {
  const resolved = () =>
    resolveParams(
      use.role,
      use,
      play,
      host,
      source.extraVars,
      once(() => playScope(source, play, host, use)),
    )
  const given = parameter === undefined ? undefined : resolved().origins.get(parameter)
  return given ?? use.origin
}
