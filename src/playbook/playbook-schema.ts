import type { ParamsSchema } from '../resources/resource.js'
import { becomeMethods } from '../transport/connection.js'
import { definitions, draft, editorSchema } from './editor-schema.js'
import { describedKinds } from './kind-docs.js'
import { hostOrders } from './model.js'
import type { playKeys } from './play-keys.js'
import { parametersOf, variablePrefix, variablesOf, type Role, type roleEntryKeys } from './role.js'
import type { IncludeKey, TaskKeyword } from './task-keys.js'

type Described = Pick<Role, 'name' | 'params' | 'description' | 'parts'>

const text = { type: 'string' }
const texts = { anyOf: [text, { type: 'array', items: text }] }
const yes = editorSchema({ type: 'boolean' })
const condition = { type: ['string', 'boolean', 'array'], description: 'an expression, or a list of which all must hold' }
const variables = { type: ['object', 'null'], description: 'variables' }
const tasks = { type: ['array', 'null'], items: { $ref: '#/definitions/task' } }
const become = {
  become: yes,
  become_user: text,
  become_method: editorSchema({ enum: [...becomeMethods] }),
  become_exe: text,
  become_flags: text,
}
const environment = { type: ['object', 'array'], description: 'what the texts of commands run with' }
const duration = { type: ['string', 'integer'], description: 'as in 10m' }

/** The parameters of one role. */
export const roleSchema = ({ name, description, params }: Described): ParamsSchema => ({
  $schema: draft,
  title: `Parameters of role ${name}`,
  ...(description === undefined ? {} : { description }),
  definitions,
  ...params,
  properties: parametersIn({ params }),
})

const parametersIn = (role: Pick<Role, 'params'>) =>
  Object.fromEntries(Object.entries(parametersOf(role)).map(([name, schema]) => [name, editorSchema(schema)]))

/** Variables in group_vars, host_vars and vars_files that are parameters of roles; others may stand beside them. */
export function variablesSchema(roles: readonly Described[]): ParamsSchema {
  // A role's own variables first: one that it shares has there the schema of the role that it is named after.
  const own = roles.flatMap(role => Object.entries(parametersIn(role)).map(([name, schema]) => [variablesOf(role, name), schema] as const))
  const shared = own.flatMap(([[, ...others], schema]) => others.map((name): [string, ParamsSchema] => [name, schema]))
  const properties = Object.fromEntries([...shared, ...own.map(([[name], schema]): [string, ParamsSchema] => [name!, schema])])
  const prefixes = roles.map(({ name }) => variablePrefix(name))
  return {
    $schema: draft,
    title: 'Variables of roles',
    definitions,
    type: ['object', 'null'],
    properties,
    patternProperties: Object.fromEntries(prefixes.map(prefix => [strayPattern(prefix, Object.keys(properties), prefixes), false])),
  }
}

/** Names that look like a parameter of the role and are none. */
function strayPattern(prefix: string, known: readonly string[], prefixes: readonly string[]): string {
  const after = (names: readonly string[]) =>
    names.filter(name => name.startsWith(prefix) && name !== prefix).map(name => name.slice(prefix.length))
  const others = after(prefixes).map(other => `(?!${other})`)
  return `^${prefix}(?!(?:${after(known).join('|')})$)${others.join('')}`
}

/** @param options.isOpen roles that are not among `roles` may be named */
export function playbookSchema(roles: readonly Described[], { isOpen }: { isOpen: boolean }): ParamsSchema {
  return {
    $schema: draft,
    title: 'Playbook of netplay',
    definitions: { ...definitions, play: playSchema(roles, isOpen), import: importSchema, task: taskSchema() },
    type: 'array',
    items: {
      if: { anyOf: [{ required: ['import_playbook'] }, { required: ['ansible.builtin.import_playbook'] }] },
      then: { $ref: '#/definitions/import' },
      else: { $ref: '#/definitions/play' },
    },
  }
}

const importSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { import_playbook: text, 'ansible.builtin.import_playbook': text, name: text, tags: texts },
}

function playSchema(roles: readonly Described[], isOpen: boolean): ParamsSchema {
  const batch = { type: ['integer', 'string'], pattern: '^-?[0-9]+(\\.[0-9]+)?%?$|\\{\\{' }
  const properties: Record<(typeof playKeys)[number], ParamsSchema> = {
    name: { type: ['string', 'number'] },
    hosts: { ...texts, description: 'a pattern: groups, hosts, `web:!n7`' },
    roles: { type: ['array', 'null'], items: roleEntry(roles, isOpen) },
    vars: variables,
    vars_files: {
      anyOf: [text, { type: 'array', items: texts }, { type: 'null' }],
      description: 'of a list inside, the first that is there',
    },
    vars_prompt: { type: ['array', 'null'], items: questionSchema, description: 'variables to be asked for' },
    serial: { anyOf: [batch, { type: 'array', items: batch }], description: 'hosts of a batch, or a share of them' },
    ...become,
    max_fail_percentage: { type: ['number', 'string'], description: 'a batch with more failed hosts than this stops the run' },
    any_errors_fatal: yes,
    order: editorSchema({ enum: [...hostOrders] }),
    tags: texts,
    hold: { anyOf: [text, holdSchema], description: 'the data path is held from before the first to after the last play with this name' },
    gather_facts: yes,
    strategy: editorSchema({ enum: ['linear', 'free', 'host_pinned'] }),
    pre_tasks: tasks,
    tasks,
    post_tasks: tasks,
    handlers: tasks,
    environment,
  }
  return { type: 'object', required: ['hosts'], additionalProperties: false, properties }
}

const questionSchema = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: { ...text, description: 'the variable' },
    prompt: { ...text, description: 'the question; default: the name' },
    default: { type: ['string', 'number', 'boolean', 'null'], description: 'for an empty answer' },
    private: { ...yes, description: 'typed without echo, shown nowhere; default: true' },
    confirm: { ...yes, description: 'typed twice' },
    unsafe: { ...yes, description: 'a template in the answer is text' },
  },
}

const holdSchema = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: text,
    pod_cidr: text,
    timeout: duration,
    agree_within: duration,
    table: { type: 'integer' },
    priority: { type: 'integer' },
  },
}

function roleEntry(roles: readonly Described[], isOpen: boolean): ParamsSchema {
  const names = { enum: roles.flatMap(({ name, parts = [] }) => [name, ...parts.map(part => `${name}/${part}`)]) }
  const name = isOpen
    ? { anyOf: [names, { type: 'string', pattern: '^[A-Za-z]|\\{\\{' }] }
    : { anyOf: [names, { $ref: '#/definitions/template' }] }
  const keys: Record<(typeof roleEntryKeys)[number], ParamsSchema> = {
    role: name,
    name,
    tags: texts,
    when: condition,
    vars: variables,
    ...become,
  }
  const entryOf = (role: Described): ParamsSchema => ({
    if: { required: ['role'], properties: { role: { pattern: `^${role.name}(/|$)` } } },
    then: { properties: { ...keys, ...parametersIn(role) }, additionalProperties: false },
  })
  return {
    if: { type: 'object' },
    then: { anyOf: [{ required: ['role'] }, { required: ['name'] }], properties: keys, allOf: roles.map(entryOf) },
    else: name,
  }
}

function taskSchema(): ParamsSchema {
  const keywords: Record<TaskKeyword, ParamsSchema> = {
    name: { type: ['string', 'number'] },
    when: condition,
    loop: { type: ['array', 'string'] },
    loop_control: { type: 'object', additionalProperties: false, properties: { loop_var: text, index_var: text, label: {} } },
    vars: variables,
    tags: texts,
    register: text,
    notify: texts,
    listen: texts,
    environment,
    run_once: yes,
    delegate_to: text,
    any_errors_fatal: yes,
    ...become,
    block: tasks,
    meta: { enum: ['flush_handlers'] },
  }
  const role = { type: 'object', required: ['name'], additionalProperties: false, properties: { name: text, tasks_from: text } }
  const file = { anyOf: [text, { type: 'object', required: ['file'], additionalProperties: false, properties: { file: text } }] }
  const includes: Record<IncludeKey, ParamsSchema> = { import_tasks: file, include_tasks: file, import_role: role, include_role: role }
  const kinds = describedKinds().map(({ key, summary, schema }): [string, ParamsSchema] => [
    key,
    editorSchema({ ...schema, description: summary }),
  ])
  return {
    type: 'object',
    additionalProperties: false,
    properties: { ...keywords, ...includes, ...Object.fromEntries(kinds) },
    // Ansible's long names mean the same.
    patternProperties: { '^ansible\\.(builtin|legacy)\\.': {} },
  }
}
