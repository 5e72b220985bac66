import type { Origin } from '../errors.js'
import type { Value, Variables } from '../inventory/model.js'
import { describeNode, type YamlEntry, type YamlMapping, type YamlNode } from '../yaml.js'
import { readHold, type WrittenHold } from './hold.js'
import { errorAt } from '../error-at.js'
import { hostOrders, type Become, type HostOrder } from './model.js'
import { readEnvironment, readTasks, type TaskReading } from './read-tasks.js'
import { withKeywords, withRoleName, withVariables } from './keyword-templates.js'
import { knownEntries, playKeys } from './play-keys.js'
import { readBecome } from './read-become.js'
import {
  filled,
  readBoolean,
  readChoice,
  readList,
  readPercentage,
  readSerial,
  readTags,
  readText,
  readTexts,
  type ReadNode,
} from './read-node.js'
import { readRoleEntry, type RoleEntry } from './role-entry.js'
import { readVars } from './read-vars.js'
import { readVarsFiles, type VarsFile } from './vars-files.js'
import { endsLoading, type OnMistake } from './told-mistakes.js'
import { answered, readQuestions, type AskVariable } from './vars-prompt.js'
import type { WrittenTask } from './written-task.js'

/** A play as written: no host resolved, no role loaded. */
export interface WrittenPlay {
  origin: Origin
  name?: string
  patterns: string[]
  patternOrigin: Origin
  roles: RoleEntry[]
  preTasks: WrittenTask[]
  tasks: WrittenTask[]
  postTasks: WrittenTask[]
  handlers: WrittenTask[]
  /** maps of names to values */
  environment: Value[]
  vars: Map<string, Value>
  varsFiles: VarsFile[]
  /** answers to `vars_prompt` */
  prompted: Variables
  serial: (number | string)[]
  become?: Become
  maxFailPercentage?: number
  anyErrorsFatal?: boolean
  order: HostOrder
  tags: string[]
  hold?: WrittenHold
  /** tasks that were wrong are left out: what refers to them is not to be blamed */
  isPartial: boolean
  strategy?: { name: string; origin: Origin }
}

/** @param reading templates in its keywords see `-e` besides its `vars` and what was asked for. @throws InputError at the first key or value that is wrong */
export async function readPlay(written: YamlMapping, reading: Omit<TaskReading, 'vars'> & { ask?: AskVariable }): Promise<WrittenPlay> {
  const { extraVars, ask } = reading
  const known = knownEntries(written, playKeys, 'a play')
  const own = optionalEntry(known.get('vars'), readVars) ?? new Map<string, Value>()
  const questions = optionalEntry(known.get('vars_prompt'), node => readQuestions(withVariables(node, 'vars_prompt', own, extraVars))) ?? []
  const prompted = await answered(questions, extraVars, ask)
  const vars = new Map([...own, ...prompted])
  const node = withKeywords(written, vars, extraVars)
  const entries = knownEntries(node, playKeys, 'a play')
  const hosts = entries.get('hosts')
  if (!hosts) throw errorAt(node.origin, 'this play does not say on which hosts', { next: 'Write `hosts: GROUP` and run again.' })
  const optional = <T>(key: (typeof playKeys)[number], read: ReadNode<T>): T | undefined => optionalEntry(entries.get(key), read)
  optional('gather_facts', readBoolean)
  const [name, become, maxFailPercentage] = [
    optional('name', readText),
    readBecome(key => entries.get(key)),
    optional('max_fail_percentage', readPercentage),
  ]
  const strategy = entries.get('strategy')
  const hold = optional('hold', readHold)
  let isPartial = false
  const onMistake: OnMistake = mistake => {
    isPartial = true
    ;(reading.onMistake ?? endsLoading)(mistake)
  }
  const tasks = async (key: 'pre_tasks' | 'tasks' | 'post_tasks' | 'handlers') => {
    const entry = entries.get(key)
    return entry === undefined ? [] : readTasks(entry.value, key, { ...reading, vars, onMistake })
  }
  return {
    origin: node.origin,
    ...(name === undefined ? {} : { name }),
    patterns: readTexts(hosts.value, 'hosts'),
    patternOrigin: hosts.value.origin,
    roles: optional('roles', readRoles(vars, extraVars)) ?? [],
    preTasks: await tasks('pre_tasks'),
    tasks: await tasks('tasks'),
    postTasks: await tasks('post_tasks'),
    handlers: await tasks('handlers'),
    isPartial,
    environment: optional('environment', readEnvironment) ?? [],
    vars: own,
    prompted,
    varsFiles: optional('vars_files', readVarsFiles) ?? [],
    serial: optional('serial', readSerial) ?? [],
    ...(become === undefined ? {} : { become }),
    ...(maxFailPercentage === undefined ? {} : { maxFailPercentage }),
    anyErrorsFatal: optional('any_errors_fatal', readBoolean),
    order: optional('order', readChoice(hostOrders)) ?? 'inventory',
    tags: optional('tags', readTags) ?? [],
    ...(hold === undefined ? {} : { hold }),
    ...(strategy
      ? { strategy: { name: readChoice(['linear', 'free', 'host_pinned'])(strategy.value, 'strategy'), origin: strategy.keyOrigin } }
      : {}),
  }
}

function optionalEntry<T>(entry: YamlEntry | undefined, read: ReadNode<T>): T | undefined {
  const found = filled(entry)
  return found && read(found.value, found.key)
}

const readRoles =
  (vars: Variables, extraVars: Variables): ReadNode<RoleEntry[]> =>
  node =>
    readList(node, 'roles', 'a list of roles').items.map(entry => readRoleEntry(withRoleName(entry, vars, extraVars)))

export const expectMapping = (node: YamlNode): YamlMapping => {
  if (node.kind === 'mapping') return node
  throw errorAt(node.origin, `a play is a mapping with \`hosts\` and \`roles\` or \`tasks\`, not ${describeNode(node)}`)
}
