import type { Variables } from '../inventory/model.js'
import { evaluate } from '../templates/evaluate.js'
import { Scope } from '../templates/scope.js'
import { type YamlEntry, type YamlMapping, type YamlNode } from '../yaml.js'
import { errorAt } from '../error-at.js'
import { valueOfNode } from './read-vars.js'
import { becomeKeys } from './become-keys.js'
import { holdsSecret } from './secret-params.js'

/** They are evaluated where they are used, host by host. */
const later = new Set(['vars', 'vars_prompt', 'roles', 'tasks', 'pre_tasks', 'post_tasks', 'handlers', 'environment'])

/**
 * A play with the templates in its keywords (`hosts`, `serial`, `name` …) evaluated. No host is known yet: they see `-e` and the play's own `vars`.
 * @throws InputError where one needs anything else
 */
export function withKeywords(play: YamlMapping, vars: Variables, extraVars: Variables): YamlMapping {
  const scope = new Scope({ variables: [extraVars, vars], unavailable })
  return { ...play, entries: play.entries.map(entry => (later.has(entry.key) ? entry : evaluated(entry, scope))) }
}

/** One keyword of a play by itself. */
export const withVariables = (node: YamlNode, key: string, vars: Variables, extraVars: Variables): YamlNode =>
  evaluatedNode(node, key, new Scope({ variables: [extraVars, vars], unavailable }))

/** The role's name in its entry, its tags, and whom it becomes: they too are needed before any host is. */
export function withRoleName(entry: YamlNode, vars: Variables, extraVars: Variables): YamlNode {
  const scope = new Scope({ variables: [extraVars, vars], unavailable })
  if (entry.kind === 'scalar') return evaluatedNode(entry, 'role', scope)
  if (entry.kind === 'sequence') return entry
  const early: string[] = ['role', 'name', 'tags', ...becomeKeys]
  return { ...entry, entries: entry.entries.map(one => (early.includes(one.key) ? evaluated(one, scope) : one)) }
}

/** Of a task: what is needed before any host is, such as tags and names of files. Its other templates are evaluated host by host. */
export function withTaskNames(task: YamlMapping, vars: Variables, extraVars: Variables): YamlMapping {
  const scope = new Scope({ variables: [extraVars, vars], unavailable })
  const early =
    /^(?:ansible\.(?:builtin|legacy)\.)?(?:tags|notify|listen|become(?:_\w+)?|run_once|any_errors_fatal|(?:import|include)_(?:tasks|role))$/
  return { ...task, entries: task.entries.map(entry => (early.test(entry.key) ? evaluated(entry, scope) : entry)) }
}

const unavailable: ReadonlyMap<string, string> = new Map(
  ['inventory_hostname', 'groups', 'group_names', 'hostvars', 'ansible_host', 'playbook_dir', 'inventory_dir'].map(name => [
    name,
    'keywords of a play are read before its hosts are known; they see -e and the vars of the play',
  ]),
)

const evaluated = (entry: YamlEntry, scope: Scope): YamlEntry => ({ ...entry, value: evaluatedNode(entry.value, entry.key, scope) })

function evaluatedNode(node: YamlNode, key: string, scope: Scope): YamlNode {
  const value = evaluate(valueOfNode(node), scope, key)
  if (value === undefined) throw errorAt(node.origin, `\`${key}\` must not be omit`, { next: 'Leave the key out.' })
  if (holdsSecret(value.value))
    throw errorAt(node.origin, `\`${key}\` holds something encrypted or private, and keywords of a play are shown`, {
      next: 'Write it in clear, or ask for it with `private: false`; nothing was changed.',
    })
  return value.node ?? node
}
