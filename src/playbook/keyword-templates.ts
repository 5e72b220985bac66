import type { Variables } from '../inventory/model.js'
import { evaluate } from '../templates/evaluate.js'
import { Scope, UndefinedVariable } from '../templates/scope.js'
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
  if (entry.kind === 'scalar') return evaluated({ key: 'role', keyOrigin: entry.origin, keyIsText: true, value: entry }, scope).value
  if (entry.kind === 'sequence') return entry
  const early: string[] = ['role', 'name', 'tags', ...becomeKeys]
  return { ...entry, entries: entry.entries.map(one => (early.includes(one.key) ? evaluated(one, scope) : one)) }
}

/** Of a task: what is needed before any host is, such as tags and what is imported. Its other templates are evaluated host by host. */
export function withTaskNames(task: YamlMapping, vars: Variables, extraVars: Variables): YamlMapping {
  const scope = new Scope({ variables: [extraVars, vars], unavailable })
  const early = /^(?:ansible\.(?:builtin|legacy)\.)?(?:tags|notify|listen|become(?:_\w+)?|run_once|any_errors_fatal|import_(?:tasks|role))$/
  return { ...task, entries: task.entries.map(entry => (early.test(entry.key) ? evaluated(entry, scope) : entry)) }
}

const unavailable: ReadonlyMap<string, string> = new Map(
  ['inventory_hostname', 'groups', 'group_names', 'hostvars', 'ansible_host', 'playbook_dir', 'inventory_dir'].map(name => [
    name,
    'keywords of a play are read before its hosts are known; they see -e and the vars of the play',
  ]),
)

/** What is asked host by host, for who needs a host's variables. */
const instead: Readonly<Record<string, string>> = {
  import_tasks: 'As in Ansible, an import sees -e and the `vars` of the play. Write `include_tasks`, whose name is asked host by host.',
  import_role: 'As in Ansible, an import sees -e and the `vars` of the play. Write `include_role`, whose name is asked host by host.',
  role: 'Roles of a play see -e and its `vars`. Write `include_role` among `tasks`, whose name is asked host by host.',
  vars_files: 'Files of variables see -e and the `vars` of the play. What differs from host to host goes into group_vars and host_vars.',
}

/** @throws InputError of a name that is not known there, what to use */
export function evaluated(entry: YamlEntry, scope: Scope): YamlEntry {
  try {
    return { ...entry, value: evaluatedNode(entry.value, entry.key, scope) }
  } catch (error) {
    const next = instead[entry.key.replace(/^ansible\.(?:builtin|legacy)\./, '')]
    if (!(error instanceof UndefinedVariable) || next === undefined) throw error
    throw errorAt(error.details.origin ?? entry.keyOrigin, error.problem, { next, cause: error })
  }
}

function evaluatedNode(node: YamlNode, key: string, scope: Scope): YamlNode {
  const value = evaluate(valueOfNode(node), scope, key)
  if (value === undefined) throw errorAt(node.origin, `\`${key}\` must not be omit`, { next: 'Leave the key out.' })
  if (holdsSecret(value.value))
    throw errorAt(node.origin, `\`${key}\` holds something encrypted or private, and keywords of a play are shown`, {
      next: 'Write it in clear, or ask for it with `private: false`; nothing was changed.',
    })
  return value.node ?? node
}
