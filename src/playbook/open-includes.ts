import type { Host, Value } from '../inventory/model.js'
import { once } from '../once.js'
import { UndefinedVariable } from '../templates/scope.js'
import { toPlain, type YamlEntry } from '../yaml.js'
import { asksResults, decided } from './conditions.js'
import { evaluated, withVariables } from './keyword-templates.js'
import { itemsOf, loopVariables } from './loop-items.js'
import type { Play } from './model.js'
import { playScope, type ScopeSource } from './play-scope.js'
import { holdsSecret } from './secret-params.js'
import { orTold, type OnMistake } from './told-mistakes.js'
import type { IncludeTask, TaskVars, WrittenTask } from './written-task.js'

export interface Opening {
  source: ScopeSource
  /** its parts are not looked at */
  play: Play
  /** names that tasks register; those of the tasks come to it */
  registered: Set<string>
  /** told of each include and each task that is wrong, which is left out */
  onMistake: OnMistake
}

/** After each include whose name is asked host by host stands what it includes, for those hosts alone. Everything that any host names is read. */
export async function openIncludes(tasks: readonly WrittenTask[], opening: Opening): Promise<WrittenTask[]> {
  const open: WrittenTask[] = []
  for (const task of tasks) {
    open.push(task)
    if (task.type === 'kind' && task.register !== undefined) opening.registered.add(task.register)
    if (task.type === 'include') open.push(...(await orTold(opening.onMistake, () => opened(task, opening), [])))
  }
  return open
}

async function opened(include: IncludeTask, opening: Opening): Promise<WrittenTask[]> {
  const { context } = include
  // What variables decide is decided here; in what is included the words may mean something else.
  const when = context.when.filter(each => asksResults(each, opening.registered))
  const tasks: WrittenTask[] = []
  for (const { entry, vars, hosts } of namedBy(include, opening)) {
    const included = { from: context.included?.from ?? include, hosts }
    const inside = await include.open(entry, { ...context, when, vars: [...vars, ...context.vars], included }, opening.onMistake)
    tasks.push(...(await openIncludes(inside, opening)))
  }
  return tasks
}

/** What an include names, with the item of its loop, and the hosts that name it. */
interface Named {
  same: string
  entry: YamlEntry
  vars: readonly TaskVars[]
  hosts: Set<string>
}

/** As in Ansible, hosts that name the same at the same item share it; but none loses the order of its items by that. */
function namedBy(include: IncludeTask, opening: Opening): Named[] {
  const { play } = opening
  if (play.hosts.length === 0) return withoutHost(include, opening)
  const all: Named[] = []
  for (const host of play.hosts.filter(({ name }) => include.context.included?.hosts.has(name) ?? true)) {
    let from = 0
    for (const { same, ...named } of namedOn(host, include, opening)) {
      const found = all.findIndex((one, at) => at >= from && one.same === same)
      const at = found < 0 ? all.push({ ...named, same, hosts: new Set() }) - 1 : found
      all[at]!.hosts.add(host.name)
      from = at + 1
    }
  }
  return all
}

function namedOn(host: Host, include: IncludeTask, { source, play, registered }: Opening): Omit<Named, 'hosts'>[] {
  const { context, entry, origin } = include
  const scope = once(() => playScope(source, play, host, context.vars))
  const [items, loop] = itemsOf({ ...include, when: context.when }, scope)
  return items.flatMap((item, index) => {
    const variables = loop === undefined ? undefined : loopVariables(loop, item!, index)
    const inside = variables === undefined ? scope : once(() => scope().with(variables))
    if (decided(context.when, inside, registered) === false) return []
    const named = evaluated(entry, inside())
    const vars = variables === undefined ? [] : [{ level: 21, of: `an item of ${include.title}`, origin, vars: variables }]
    return [{ same: sameness(named, loop?.indexVariable === undefined ? [item] : [item, index], host), entry: named, vars }]
  })
}

/** Two secrets print alike: hosts do not share them. */
const sameness = ({ value }: YamlEntry, [item, index]: [(Value | undefined)?, number?], host: Host): string =>
  JSON.stringify([toPlain(value), item?.value, index, ...(item !== undefined && holdsSecret(item.value) ? [host.name] : [])])

/** Who looks at a playbook without its inventory sees what needs none. */
function withoutHost({ entry, loop }: IncludeTask, { source, play }: Opening): Named[] {
  if (loop !== undefined) return []
  try {
    const value = withVariables(entry.value, entry.key, play.vars, source.extraVars)
    return [{ same: '', entry: { ...entry, value }, vars: [], hosts: new Set() }]
  } catch (error) {
    if (error instanceof UndefinedVariable) return []
    throw error
  }
}
