import type { Origin } from '../errors.js'
import type { Value } from '../inventory/model.js'
import { describeNode, type YamlEntry, type YamlMapping, type YamlNode } from '../yaml.js'
import { errorAt } from '../error-at.js'
import { mergeLayers } from '../inventory/model.js'
import type { Become } from './model.js'
import { knownEntries } from './play-keys.js'
import { readBecome } from './read-become.js'
import { readTags, readText } from './read-node.js'
import { readVars, valueOf } from './read-vars.js'
import { readConditions } from './read-when.js'
import { roleEntryKeys } from './role.js'
import { strongestFirst, type Condition, type Included, type RoleTask, type TaskContext, type TaskVars } from './written-task.js'

/** A role's entry in a play, as written: the role is not loaded yet. */
export interface RoleEntry {
  name: string
  part?: string
  origin: Origin
  params: Map<string, Value>
  paramKeys: Map<string, Origin>
  vars: Map<string, Value>
  /** of a role among tasks: what `vars` was merged from, innermost first */
  around?: readonly TaskVars[]
  tags: string[]
  /** all must hold, or no task of the role runs */
  when: readonly Condition[]
  become?: Become
  /** of a role among tasks, where the role's name is asked host by host */
  included?: Included
}

/** `- flannel`, `- route-reflector/announce`, or a mapping with `role:` and its parameters as keys. */
export function readRoleEntry(node: YamlNode): RoleEntry {
  if (node.kind === 'scalar') return { ...nameAndPart(node), params: new Map(), paramKeys: new Map(), vars: new Map(), tags: [], when: [] }
  if (node.kind === 'sequence')
    throw errorAt(node.origin, `an entry of \`roles\` is a role's name or a mapping with \`role:\`, not ${describeNode(node)}`)
  const entry = (key: string) => node.entries.find(one => one.key === key)
  const parameters = node.entries.filter(({ key }) => !(roleEntryKeys as readonly string[]).includes(key))
  const [tags, vars, when] = [entry('tags')?.value, entry('vars')?.value, entry('when')?.value]
  const become = readBecome(entry)
  return {
    ...nameAndPart(nameNode(node)),
    params: new Map(parameters.map(parameter => [parameter.key, valueOf(parameter)])),
    paramKeys: new Map(parameters.map(({ key, keyOrigin }) => [key, keyOrigin])),
    vars: vars === undefined ? new Map<string, Value>() : readVars(vars),
    tags: tags === undefined ? [] : readTags(tags, 'tags'),
    when: when === undefined ? [] : readConditions(when, 'when'),
    ...(become === undefined ? {} : { become }),
  }
}

/** `import_role: {name: flannel}`, with what the task and the blocks around it hand on. Parameters are its `vars`, as in Ansible. */
export function readRoleTask({ key, value }: YamlEntry, around: TaskContext): RoleTask {
  if (value.kind !== 'mapping') throw errorAt(value.origin, `\`${key}\` is a mapping with \`name\`, not ${describeNode(value)}`)
  const entries = knownEntries(value, ['name', 'tasks_from'], key)
  const { when, vars, tags, become, included } = around
  if (around.runOnce || around.delegateTo !== undefined)
    throw errorAt(value.origin, 'a role cannot run once or on another host', {
      next: 'Put it into a play of its own, with that host in `hosts`.',
    })
  const part = entries.get('tasks_from')
  return {
    type: 'role',
    entry: {
      ...nameAndPart(nameNode(value)),
      ...(part === undefined ? {} : { part: readText(part.value, 'tasks_from') }),
      params: new Map(),
      paramKeys: new Map(),
      vars: new Map(mergeLayers(strongestFirst(vars).reverse())),
      around: vars,
      tags: [...tags],
      when,
      ...(become === undefined ? {} : { become }),
      ...(included === undefined ? {} : { included }),
    },
  }
}

function nameNode(node: YamlMapping): YamlNode {
  const named = node.entries.find(({ key }) => key === 'role') ?? node.entries.find(({ key }) => key === 'name')
  if (!named)
    throw errorAt(node.origin, 'this entry of `roles` does not say which role', {
      next: 'Write `- role: NAME` and its parameters under it.',
    })
  return named.value
}

function nameAndPart(node: YamlNode): { name: string; part?: string; origin: Origin } {
  const written = readText(node, 'role')
  const [, name, part] = /^([A-Za-z][\w.-]*)(?:\/([\w.-]+))?$/.exec(written) ?? []
  if (name === undefined) throw errorAt(node.origin, `${JSON.stringify(written)} is not the name of a role: NAME or NAME/PART`)
  return { name, origin: node.origin, ...(part === undefined ? {} : { part }) }
}
