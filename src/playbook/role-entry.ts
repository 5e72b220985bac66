import type { Origin } from '../errors.js'
import type { Value } from '../inventory/model.js'
import { describeNode, type YamlEntry, type YamlMapping, type YamlNode } from '../yaml.js'
import { errorAt } from '../error-at.js'
import { laterError } from './play-keys.js'
import { readTags, readText } from './read-node.js'
import { readVars, valueOf } from './read-vars.js'

/** A role's entry in a play, as written: the role is not loaded yet. */
export interface RoleEntry {
  name: string
  part?: string
  origin: Origin
  params: Map<string, Value>
  paramKeys: Map<string, Origin>
  vars: Map<string, Value>
  tags: string[]
}

/** `- flannel`, `- route-reflector/announce`, or a mapping with `role:` and its parameters as keys. */
export function readRoleEntry(node: YamlNode): RoleEntry {
  if (node.kind === 'scalar') return { ...nameAndPart(node), params: new Map(), paramKeys: new Map(), vars: new Map(), tags: [] }
  if (node.kind === 'sequence')
    throw errorAt(node.origin, `an entry of \`roles\` is a role's name or a mapping with \`role:\`, not ${describeNode(node)}`)
  const entry = (key: string) => node.entries.find(one => one.key === key)
  for (const key of ['when', 'become', 'become_user', 'become_method']) refuse(entry(key))
  const parameters = node.entries.filter(({ key }) => !['role', 'name', 'tags', 'vars'].includes(key))
  const [tags, vars] = [entry('tags')?.value, entry('vars')?.value]
  return {
    ...nameAndPart(nameNode(node)),
    params: new Map(parameters.map(parameter => [parameter.key, valueOf(parameter)])),
    paramKeys: new Map(parameters.map(({ key, keyOrigin }) => [key, keyOrigin])),
    vars: vars === undefined ? new Map<string, Value>() : readVars(vars),
    tags: tags === undefined ? [] : readTags(tags, 'tags'),
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

function refuse(entry: YamlEntry | undefined) {
  if (entry) throw laterError(entry.key, entry.keyOrigin, 'a role in a play')
}
