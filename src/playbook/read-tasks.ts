import { dirname, isAbsolute, join, resolve } from 'node:path'
import { errorAt } from '../error-at.js'
import { someOf } from '../some-of.js'
import { connectionVariables } from '../inventory/connection.js'
import type { Variables } from '../inventory/model.js'
import { loadSource } from '../source-text.js'
import type { OpenVault } from '../vaulted.js'
import { describeNode, entryOf, parseYaml, type YamlEntry, type YamlMapping, type YamlNode } from '../yaml.js'
import { holdsTemplate } from '../templates/evaluate.js'
import { withTaskNames } from './keyword-templates.js'
import { knownEntries } from './play-keys.js'
import { readBecome } from './read-become.js'
import { missingFile } from './read-missing.js'
import { filled, readBoolean, readList, readTags, readText, readTexts } from './read-node.js'
import { readVars, valueOfNode } from './read-vars.js'
import { readRoleTask } from './role-entry.js'
import { readLoop } from './read-loop.js'
import { readConditions } from './read-when.js'
import { endsLoading, orTold, type OnMistake } from './told-mistakes.js'
import { taskEntries, type IncludeKey, type TaskEntries, type TaskKeyword } from './task-keys.js'
import type { IncludeTask, KindTask, TaskContext, TaskVars, WrittenTask } from './written-task.js'

/** Where tasks are read: what names of files in them can see, and which files are open already. */
export interface TaskReading {
  file: string
  /** every file read */
  files: string[]
  /** what templates in names of files, tags and `notify` see */
  vars: Variables
  extraVars: Variables
  openVault?: OpenVault
  /** files that include each other, outermost first */
  includers?: readonly string[]
  /** told of each task that is wrong, which is then left out; default: the first one is thrown */
  onMistake?: OnMistake
}

const outermost: TaskContext = { when: [], vars: [], environment: [], tags: [], notify: [], runOnce: false, anyErrorsFatal: false }

/**
 * Tasks as written, one after another: blocks are opened, and files of `import_tasks` and `include_tasks` stand in their place where their names
 * hold no templates, each with what it hands on. @throws InputError at the first key or value that is wrong
 */
export async function readTasks(
  node: YamlNode,
  key: string,
  reading: TaskReading,
  around: TaskContext = outermost,
): Promise<WrittenTask[]> {
  const tasks: WrittenTask[] = []
  if (node.kind === 'scalar' && node.value === null) return tasks
  const { onMistake = endsLoading } = reading
  for (const item of readList(node, key, 'a list of tasks').items)
    tasks.push(...(await orTold(onMistake, () => readTask(item, reading, around), [])))
  return tasks
}

async function readTask(node: YamlNode, reading: TaskReading, around: TaskContext): Promise<WrittenTask[]> {
  if (node.kind !== 'mapping') throw errorAt(node.origin, `a task is a mapping with the key of a kind, not ${describeNode(node)}`)
  const entries = taskEntries(withTaskNames(node, reading.vars, reading.extraVars))
  const optional = optionalOf(entries.keywords)
  const inside = contextOf(node, entries, around)
  const block = entries.keywords.get('block')
  if (block !== undefined) {
    refuseWith(entries, block)
    return readTasks(block.value, 'block', reading, inside)
  }
  const meta = optional('meta', readText)
  if (meta !== undefined) {
    if (meta !== 'flush_handlers')
      throw errorAt(entries.keywords.get('meta')!.value.origin, `netplay has no \`meta: ${meta}\`; it has flush_handlers`)
    return [{ type: 'flush', ...(inside.included === undefined ? {} : { included: inside.included }) }]
  }
  if (entries.include !== undefined) return includeTask(node, entries, entries.include, reading, inside)
  if (entries.kind === undefined) throw nothingToDo(node)
  return [kindTask(node, entries, entries.kind, inside)]
}

function kindTask(
  node: YamlMapping,
  { keywords }: TaskEntries,
  { kind, entry }: NonNullable<TaskEntries['kind']>,
  inside: TaskContext,
): KindTask {
  const optional = optionalOf(keywords)
  if (entry.value.kind !== 'mapping')
    throw errorAt(entry.value.origin, `\`${entry.key}\` is a mapping of parameters, not ${describeNode(entry.value)}`, {
      next: `Write them one a line below \`${entry.key}:\`. See docs/tasks.md.`,
    })
  const name = keywords.get('name')?.value
  const register = optional('register', readText)
  const loop = readLoop(keywords)
  return {
    ...inside,
    type: 'kind',
    origin: node.origin,
    kind,
    params: valueOfNode(entry.value),
    ...(name === undefined ? {} : { name: valueOfNode(name) }),
    ...(loop === undefined ? {} : { loop }),
    ...(register === undefined ? {} : { register }),
    listen: optional('listen', readTexts) ?? [],
  }
}

/** What a task, block or include adds to what is around it. */
function contextOf(node: YamlMapping, entries: TaskEntries, around: TaskContext): TaskContext {
  const { keywords } = entries
  const optional = optionalOf(keywords)
  const vars = optional('vars', readTaskVars)
  const environment = keywords.get('environment')?.value
  const delegateTo = keywords.get('delegate_to')?.value
  const become = readBecome(key => keywords.get(key))
  const notify = keywords.get('notify')?.value
  return {
    when: [...around.when, ...(optional('when', readConditions) ?? [])],
    vars: [...(vars === undefined ? [] : [{ ...holderOf(entries), origin: node.origin, vars }]), ...around.vars],
    environment: [...around.environment, ...(environment === undefined ? [] : environmentsIn(environment))],
    tags: [...new Set([...around.tags, ...(optional('tags', readTags) ?? [])])],
    notify: [
      ...around.notify,
      ...(notify === undefined ? [] : textNodes(notify).map(one => ({ name: readText(one, 'notify'), origin: one.origin }))),
    ],
    runOnce: optional('run_once', readBoolean) ?? around.runOnce,
    anyErrorsFatal: optional('any_errors_fatal', readBoolean) ?? around.anyErrorsFatal,
    ...(delegateTo === undefined ? delegated(around) : { delegateTo: valueOfNode(delegateTo) }),
    ...(become === undefined
      ? around.become === undefined
        ? {}
        : { become: around.become }
      : { become: { ...around.become, ...become } }),
    ...(around.included === undefined ? {} : { included: around.included }),
  }
}

/** Whose `vars` they are, and how strong; the name as it is written. */
function holderOf({ keywords, kind, include }: TaskEntries): Pick<TaskVars, 'level' | 'of'> {
  const name = nameOf(keywords)
  if (kind !== undefined) return { level: 17, of: `task "${name ?? kind.kind.key}"` }
  const word = include?.key ?? 'block'
  return { level: word.startsWith('include_') ? 21 : 16, of: name === undefined ? word : `${word} "${name}"` }
}

/** As it is written; what is encrypted is no name. */
function nameOf(keywords: TaskEntries['keywords']): string | undefined {
  const name = keywords.get('name')?.value
  return name?.kind === 'scalar' && name.value !== null && name.vaulted === undefined ? name.raw : undefined
}

/** A host is reached in one way for the whole run: @throws InputError where a variable says otherwise */
function readTaskVars(node: YamlNode) {
  const vars = readVars(node)
  for (const [name, { origin }] of vars)
    if (connectionVariables.has(name))
      throw errorAt(origin, `${name} in the vars of a task is not obeyed: a host is reached in one way for the whole run`, {
        next: 'Set it in the inventory, group_vars or host_vars, or with -e.',
      })
  return vars
}

const delegated = ({ delegateTo }: TaskContext) => (delegateTo === undefined ? {} : { delegateTo })
const textNodes = (node: YamlNode): readonly YamlNode[] => (node.kind === 'sequence' ? node.items : [node])
const environmentsIn = (node: YamlNode) => textNodes(node).map(valueOfNode)

/** A map or a list of maps, of a play as well as of a task. */
export const readEnvironment = (node: YamlNode) => environmentsIn(node)

/** What an import names, and an include without templates, stands in its place at once. What other includes name is known host by host. */
async function includeTask(
  node: YamlMapping,
  { keywords }: TaskEntries,
  { key, entry }: NonNullable<TaskEntries['include']>,
  reading: TaskReading,
  inside: TaskContext,
): Promise<WrittenTask[]> {
  for (const word of ['register', 'listen'] as const) {
    const written = keywords.get(word)
    if (written) throw errorAt(written.keyOrigin, `\`${word}\` of ${key} is not there in netplay`, { next: 'Give it to each task in it.' })
  }
  const apply = entryOf(entry.value, 'apply')
  if (apply)
    throw errorAt(apply.keyOrigin, `\`apply\` of ${key} is not there in netplay`, {
      next: `Write its keys beside \`${key}\`: they hold for what it includes.`,
    })
  const loop = readLoop(keywords)
  const isImport = key === 'import_tasks' || key === 'import_role'
  if (isImport && loop !== undefined)
    throw errorAt(loop.over.origin, `${key} has no \`loop\`, as in Ansible`, { next: `Write \`${key.replace('import', 'include')}\`.` })
  const open: IncludeTask['open'] = (named, around, onMistake) => opened(key, named, { ...reading, onMistake }, around)
  if (isImport || (loop === undefined && !holdsTemplate(valueOfNode(entry.value)))) return opened(key, entry, reading, inside)
  if (inside.runOnce)
    throw errorAt(node.origin, `${key} cannot run once where what it names is known host by host`, {
      next: 'Give `run_once` to the tasks in it.',
    })
  return [
    {
      type: 'include',
      origin: node.origin,
      title: nameOf(keywords) ?? key,
      entry,
      ...(loop === undefined ? {} : { loop }),
      context: inside,
      open,
    },
  ]
}

async function opened(key: IncludeKey, entry: YamlEntry, reading: TaskReading, inside: TaskContext): Promise<WrittenTask[]> {
  if (key === 'import_role' || key === 'include_role') return [readRoleTask(entry, inside)]
  const named = entry.value.kind === 'mapping' ? knownEntries(entry.value, ['file'], key).get('file')?.value : entry.value
  if (named === undefined) throw errorAt(entry.value.origin, `\`${key}\` does not say which file`)
  const written = readText(named, key)
  const file = isAbsolute(written) ? written : join(dirname(reading.file), written)
  const includers = [...(reading.includers ?? []), reading.file]
  if (includers.some(one => resolve(one) === resolve(file)))
    throw errorAt(named.origin, `${file} is being read already: ${[...includers, file].join(' -> ')}`)
  const source = await loadSource(file, { openVault: reading.openVault }).catch((error: unknown) => {
    const hosts = inside.included && [...inside.included.hosts]
    const wantedBy = hosts?.length ? `, which ${someOf(hosts, 1)} would include` : ''
    throw missingFile(error, `there is no file of tasks ${file}${wantedBy}`, named.origin)
  })
  reading.files.push(file)
  return readTasks(parseYaml(source), key, { ...reading, file, includers }, inside)
}

function refuseWith({ kind, include, keywords }: TaskEntries, block: YamlEntry): void {
  const other = kind?.entry ?? include?.entry ?? ['loop', 'register', 'listen'].flatMap(key => keywords.get(key as TaskKeyword) ?? [])[0]
  if (other) throw errorAt(other.keyOrigin, `a block has no \`${other.key}\`: give it to the tasks in it`, {})
  if (block.value.kind !== 'sequence') throw errorAt(block.value.origin, '`block` is a list of tasks')
}

function nothingToDo(node: YamlMapping) {
  return errorAt(node.origin, 'this task does not say what it does', {
    next: 'Give it the key of a kind, such as `file:`. docs/tasks.md has them all.',
  })
}

const optionalOf =
  (keywords: ReadonlyMap<TaskKeyword, YamlEntry>) =>
  <T>(key: TaskKeyword, read: (node: YamlNode, key: string) => T): T | undefined => {
    const entry = filled(keywords.get(key))
    return entry && read(entry.value, key)
  }
