import { resolve } from 'node:path'
import type { Origin } from '../errors.js'
import type { Host, Inventory, Layer, Value, Variables } from '../inventory/model.js'
import type { Play, RoleUse } from './model.js'

/** One place that sets a variable, weakest first; `level` as Ansible numbers it. */
export interface Setting {
  level: number
  group?: string
  value: Value
}

/** Where the variables of a host hold: outside of plays, in a play, in a role of it. */
export interface View {
  /** `play 1 "etcd"`, `role flannel of play 2`; absent outside of plays */
  where?: string
  play?: Play
  use?: RoleUse
  layers: readonly Layer[]
}

/** All views of a host: what the inventory says, then each play that has it, then its roles that are given something. */
export function viewsOf(host: Host, plays: readonly Play[], extraVars: Variables): View[] {
  const extra: Layer[] = [{ level: 22, vars: extraVars }]
  const inPlays = plays
    .filter(play => play.hosts.includes(host))
    .flatMap((play): View[] => {
      const layers = [...host.layers, ...(play.varsLayers ?? [{ level: 12, vars: play.vars }])]
      const where = `play ${play.index} "${play.name}"`
      const roles = play.roles.filter(({ vars, params }) => vars.size + params.size > 0)
      return [
        { where, play, layers: [...layers, ...extra] },
        ...roles.map(use => ({
          where: `role ${use.role.name} in play ${play.index}`,
          play,
          use,
          layers: [...layers, { level: 15, vars: use.vars }, { level: 20, vars: use.params }, ...extra],
        })),
      ]
    })
  return [{ layers: [...host.layers, ...extra] }, ...inPlays]
}

/**
 * Every place of the view that sets the variable, weakest first: the last one wins. Where inventory and playbook lie side by side, their
 * group_vars are the same files; each is told once.
 */
export function settingsOf(name: string, { layers }: View): Setting[] {
  const settings = layers.flatMap(({ level, group, vars }): Setting[] => {
    const value = vars.get(name)
    return value === undefined ? [] : [{ level, value, ...(group === undefined ? {} : { group }) }]
  })
  const isSame = (a: Origin, b: Origin) => a.line > 0 && a.line === b.line && a.column === b.column && resolve(a.file) === resolve(b.file)
  return settings.filter(({ value }, at) => !settings.slice(at + 1).some(later => isSame(later.value.origin, value.origin)))
}

/** What a place is called: `[web:vars]`, `group_vars/web beside the playbook`. */
export function placeOf({ level, group = '', value }: Setting): string {
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
    20: "a key of the role's entry",
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
  if (winner.level === loser.level && winner.group !== undefined) return betweenGroups(winner, loser, inventory)
  if (winner.level === loser.level) return 'of two at the same level the later file wins'
  return plainReason(winner, loser)
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
