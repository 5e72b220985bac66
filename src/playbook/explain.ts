import { resolve } from 'node:path'
import { formatOrigin, type Origin } from '../errors.js'
import type { Host, Inventory, Layer, Value, Variables } from '../inventory/model.js'
import type { Play, RoleUse } from './model.js'
import { standsOn, strongestFirst, type Loop, type TaskVars } from './written-task.js'

/** One place that sets a variable, weakest first; `level` as Ansible numbers it. */
export interface Setting {
  level: number
  group?: string
  /** the task, block or include whose `vars` it is */
  of?: string
  value: Value
}

/** Where the variables of a host hold: outside of plays, in a play, in a role, a task, a block or an include of it. */
export interface View {
  /** `play 1 "etcd"`, `role flannel in play 2`, `task "Write it" (site.yml:12:7) in play 1`; absent outside of plays */
  where?: string
  play?: Play
  /** the role, or `vars` of the task, block or include and of those around it, innermost first */
  of?: RoleUse | readonly TaskVars[]
  /** of the task */
  loop?: Loop
  layers: readonly (Layer & Pick<Setting, 'of'>)[]
  /** what is the same there holds here because of it */
  within?: View
}

/** All views of a host: what the inventory says, then each play that has it, then what of the play is given something: roles, tasks, blocks, includes. */
export function viewsOf(host: Host, plays: readonly Play[], extraVars: Variables): View[] {
  const extra: Layer = { level: 22, vars: extraVars }
  const outside: View = { layers: [...host.layers, extra] }
  return [outside, ...plays.filter(play => play.hosts.includes(host)).flatMap(play => viewsInPlay(play, host, outside, extra))]
}

function viewsInPlay(play: Play, host: Host, outside: View, extra: Layer): View[] {
  const layers = [...host.layers, ...(play.varsLayers ?? [{ level: 12, vars: play.vars }])]
  const ofPlay: View = { where: `play ${play.index} "${play.name}"`, play, layers: [...layers, extra], within: outside }
  const inner = new Map<TaskVars, View>()
  /** Tasks of a block share what is around them. */
  const viewOf = (vars: readonly TaskVars[], loop?: Loop): View => {
    const [own, ...around] = vars
    if (own === undefined) return ofPlay
    const view: View = inner.get(own) ?? {
      where: `${own.of} (${formatOrigin(own.origin)}) in play ${play.index}`,
      play,
      of: vars,
      ...(own.level === 17 && loop !== undefined ? { loop } : {}),
      layers: [...layers, ...strongestFirst(vars).reverse(), extra],
      within: viewOf(around),
    }
    inner.set(own, view)
    return view
  }
  for (const part of [...play.parts, ...play.handlers]) {
    if (part.type === 'use' && standsOn(part.use, host)) viewOf(part.use.around ?? [])
    if (part.type === 'kind' && standsOn(part, host)) viewOf(part.vars, part.loop)
  }
  const roles = play.roles.filter(use => use.vars.size + use.params.size > 0 && standsOn(use, host))
  const viewOfRole = (use: RoleUse): View => ({
    where: `role ${use.role.name} in play ${play.index}`,
    play,
    of: use,
    layers: [
      ...layers,
      ...(use.around ? strongestFirst(use.around).reverse() : [{ level: 15, vars: use.vars }]),
      { level: 20, vars: use.params },
      extra,
    ],
    within: viewOf(use.around ?? []),
  })
  return [ofPlay, ...inner.values(), ...roles.map(viewOfRole)]
}

/**
 * Every place of the view that sets the variable, weakest first: the last one wins. Where inventory and playbook lie side by side, their
 * group_vars are the same files; each is told once.
 */
export function settingsOf(name: string, { layers }: View): Setting[] {
  const settings = layers.flatMap(({ level, group, of, vars }): Setting[] => {
    const value = vars.get(name)
    return value === undefined ? [] : [{ level, value, ...(group === undefined ? {} : { group }), ...(of === undefined ? {} : { of }) }]
  })
  const isSame = (a: Origin, b: Origin) => a.line > 0 && a.line === b.line && a.column === b.column && resolve(a.file) === resolve(b.file)
  return settings.filter(({ value }, at) => !settings.slice(at + 1).some(later => isSame(later.value.origin, value.origin)))
}

/** What a place is called: `[web:vars]`, `group_vars/web beside the playbook`. */
export function placeOf({ level, group = '', of, value }: Setting): string {
  const names: Record<number, string> = {
    2: `[${group}:vars] of the inventory`,
    3: `[${group}:vars] of the inventory`,
    4: 'group_vars/all of the inventory',
    5: 'group_vars/all of the playbook',
    6: `group_vars/${group} of the inventory`,
    7: `group_vars/${group} of the playbook`,
    8: value.origin.line > 0 ? 'the host in the inventory' : 'the inventory',
    9: 'host_vars of the inventory',
    10: 'host_vars of the playbook',
    12: 'vars of the play',
    13: 'vars_prompt of the play',
    14: 'vars_files of the play',
    15: "vars of the role's entry",
    16: `vars of ${of}`,
    17: `vars of ${of}`,
    20: "a key of the role's entry",
    21: `vars of ${of}`,
    22: 'extra vars (-e)',
  }
  return names[level] ?? `level ${level}`
}

/** Why the last setting beats the one before it. `undefined`: nothing else sets the variable. */
export function reasonOf(settings: readonly Setting[], inventory: Inventory): string | undefined {
  const [winner, loser] = [settings.at(-1), settings.at(-2)]
  if (!winner || !loser) return undefined
  if (winner.level === 22) return 'extra vars (-e) win over everything'
  const fileOfAll = (winner.level === 4 || winner.level === 5) && loser.level === 3
  if (fileOfAll)
    return `group_vars/all beats [${loser.group}:vars]: files of group_vars come after all that the inventory itself says of groups, those for all too`
  if (winner.of !== undefined) return reasonInPlay(winner, loser)
  if (winner.level === loser.level && winner.group !== undefined) return betweenGroups(winner, loser, inventory)
  if (winner.level === loser.level) return 'of two at the same level the later file wins'
  return plainReason(winner, loser)
}

/** Of what holds in a part of a play alone. */
function reasonInPlay(winner: Setting, loser: Setting): string {
  if (winner.level === loser.level) return 'of blocks, imports and includes within each other the inner one wins'
  if (winner.level === 21 && loser.of !== undefined)
    return 'vars of include_tasks and include_role beat those of what is around them, and of what they include'
  if (loser.of !== undefined) return 'vars of a task beat those of what is around it'
  const here = { 16: 'the tasks in it', 17: 'this task alone', 21: 'what it includes' }[winner.level]
  return `they hold for ${here}, and beat all that the play and the inventory say, vars_files and host_vars too`
}

function betweenGroups(winner: Setting, loser: Setting, inventory: Inventory): string {
  if (winner.group === loser.group) return `of two files for ${winner.group} the later wins: sources in the order of -i`
  const [a, b] = [inventory.groups.get(winner.group!), inventory.groups.get(loser.group!)]
  if (!a || !b) return 'the later one wins'
  const isEarlier =
    a.depth < b.depth || (a.depth === b.depth && (a.priority < b.priority || (a.priority === b.priority && a.name < b.name)))
  if (isEarlier)
    return `a later folder of group_vars beats an earlier one, whatever the groups: ${winner.group} is merged before ${loser.group} within each`
  if (a.depth !== b.depth) return `a deeper group wins: ${winner.group} is ${a.depth} below all, ${loser.group} ${b.depth}`
  if (a.priority !== b.priority)
    return `ansible_group_priority: ${winner.group} has ${a.priority}, ${loser.group} ${b.priority}, both ${a.depth} below all`
  return `of groups of one depth and priority the last in the alphabet wins: ${winner.group} comes after ${loser.group}`
}

function plainReason(winner: Setting, loser: Setting): string {
  const sides = new Set([winner.level, loser.level])
  if (winner.level === 8) return 'what the inventory says of the host itself beats what is said of its groups'
  if (winner.level === 9 || winner.level === 10) return `${placeOf(winner)} come after ${placeOf(loser)}`
  if (sides.has(6) && sides.has(7)) return 'group_vars of the playbook beat those of the inventory, whatever the depth of the groups'
  if (sides.has(4) && sides.has(5)) return 'group_vars of the playbook beat those of the inventory'
  if (winner.level === 6 || winner.level === 7) return `group_vars of a group beat ${placeOf(loser)}`
  if (winner.level === 3) return 'what is said of a group beats what is said of all'
  if (winner.level === 12) return 'vars of a play beat all that the inventory says, host_vars too'
  return `${placeOf(winner)} come after ${placeOf(loser)}`
}
