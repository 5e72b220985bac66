import { connectionVariables } from '../inventory/connection.js'
import type { Host, Variables } from '../inventory/model.js'
import { errorAt } from '../error-at.js'
import type { WorksAs } from '../plan/work-as.js'
import type { Become, Play, Playbook, RoleUse } from '../playbook/model.js'
import { standsOn, type KindTask } from '../playbook/written-task.js'
import { hostVariables } from '../templates/host-scope.js'
import type { Connection } from '../transport/connection.js'
import { connectionFor, type ConnectOptions } from './connections.js'
import type { Passwords } from './passwords.js'

export interface PlayConnections {
  connections: Connection[]
  worksAs: WorksAs
  /** what is set and not obeyed, each once */
  warnings: string[]
}

/** A role or a task of a play. */
type Part = RoleUse | KindTask

/** One word of a play's on whom to become, with the roles and tasks that say it. */
interface Becoming {
  become: Become | undefined
  parts: Part[]
}

/**
 * How each host of the plays is reached: one connection and one shell for the whole run, which is root's where anything on the host is done as root.
 * @throws {InputError} a play's `vars` say how hosts are reached
 */
export function connectionsOf(playbook: Playbook, extraVars: Variables, options: ConnectOptions, passwords: Passwords): PlayConnections {
  for (const play of playbook.plays) refuseConnectionVars(play)
  const warnings = new Set<string>()
  const warn = (message: string) => void warnings.add(message)
  const becomings = new Map(playbook.plays.map(play => [play, becomingsOf(play)]))
  const others = new Map<string, Map<Part, { user?: string }>>()
  const connections = lookedAt(playbook).map(host => {
    const variables = hostVariables(playbook.inventory, extraVars, host, { playbookDir: playbook.dir })
    const ways = playsOn(playbook, host)
      .flatMap(play => saidOn(host, play, becomings.get(play)!))
      .map(({ become, parts }) => ({ parts, connection: connectionFor(host, variables, become, options, passwords, warn) }))
    const main = shellOf(ways.map(({ connection }) => connection))
    const elsewhere = ways.filter(({ connection }) => userOf(connection) !== userOf(main))
    if (elsewhere.length > 0)
      others.set(
        host.name,
        new Map(elsewhere.flatMap(({ parts, connection }) => parts.map(part => [part, { user: userOf(connection) }] as const))),
      )
    sayUnusedWays(main, ways, warn)
    return main
  })
  return { connections, worksAs: (host, part) => others.get(host)?.get(part), warnings: [...warnings] }
}

/** Facts are read on all hosts of the plays, `--limit` or not: roles need their peers' addresses. */
const lookedAt = ({ plays, hosts }: Playbook): Host[] => [...new Set([...hosts, ...plays.flatMap(({ peers }) => peers)])]

/** Plays that do something on the host; of a host that is only looked at, the first that does. */
function playsOn({ plays }: Playbook, host: Host): Play[] {
  const working = plays.filter(
    ({ parts, hosts, delegates }) => parts.some(({ type }) => type !== 'flush') && [...hosts, ...delegates].includes(host),
  )
  return working.length > 0 ? working : plays.filter(({ peers }) => peers.includes(host)).slice(0, 1)
}

/** What the play's roles and tasks say, each different word of it once, with those that say it. */
function becomingsOf(play: Play): Becoming[] {
  const found = new Map<string, Becoming>()
  const working = [...play.parts, ...play.handlers].flatMap((part): Part[] =>
    part.type === 'use' ? [part.use] : part.type === 'kind' ? [part] : [],
  )
  for (const part of working) {
    const become = { ...play.become, ...part.become }
    const { enabled, user, method, exe, flags } = become
    const words = JSON.stringify([enabled, user, method, exe, flags])
    const known = found.get(words) ?? { become, parts: [] }
    found.set(words, known)
    known.parts.push(part)
  }
  return [...found.values()]
}

/** What is included for other hosts alone says nothing of this one; a play that does nothing on it has a word of its own. */
function saidOn(host: Host, play: Play, becomings: readonly Becoming[]): Becoming[] {
  const said = becomings.filter(({ parts }) => play.delegates.includes(host) || parts.some(part => standsOn(part, host)))
  return said.length > 0 ? said : [{ become: play.become, parts: [] }]
}

/** `undefined`: whoever logged in. */
const userOf = ({ become }: Connection): string | undefined => become && (become.user ?? 'root')

/** Root goes down to everybody else; who logs in may be root. */
const shellOf = (connections: readonly Connection[]): Connection =>
  connections.find(connection => userOf(connection) === 'root') ??
  connections.find(connection => userOf(connection) === undefined) ??
  connections[0]!

/** From root there is one way down, and to root one way up. */
function sayUnusedWays(main: Connection, ways: readonly { connection: Connection }[], warn: (message: string) => void): void {
  const wayOf = ({ become: { method = 'sudo', exe, flags } = {} }: Connection) => JSON.stringify([method, exe, flags])
  for (const { connection } of ways.filter(each => each.connection.become !== undefined && wayOf(each.connection) !== wayOf(main)))
    warn(
      `become_method, become_exe or become_flags for ${userOf(connection)} differ from those for ${userOf(main) ?? 'the login user'} on one host, and have no effect: a host has one shell, which goes down to other users (docs/become.md)`,
    )
}

/** They would hold for one play, while the connection is the run's. */
function refuseConnectionVars({ vars, roles }: Play): void {
  for (const [name, { origin }] of [vars, ...roles.map(role => role.vars)].flatMap(scope => [...scope]))
    if (connectionVariables.has(name))
      throw errorAt(origin, `${name} in the vars of a play is not obeyed: a host is reached in one way for the whole run`, {
        next: 'Set it in the inventory, group_vars or host_vars, or with -e.',
      })
}
