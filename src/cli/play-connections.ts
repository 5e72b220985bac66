import { formatOrigin, type InputError, type Origin } from '../errors.js'
import { connectionVariables } from '../inventory/connection.js'
import type { Host, Variables } from '../inventory/model.js'
import { errorAt } from '../error-at.js'
import type { Become, Play, Playbook } from '../playbook/model.js'
import { hostVariables } from '../templates/host-scope.js'
import type { Connection } from '../transport/connection.js'
import { connectionFor, type ConnectOptions } from './connections.js'
import type { Passwords } from './passwords.js'

export interface PlayConnections {
  connections: Connection[]
  /** what is set and not obeyed, each once */
  warnings: string[]
}

/**
 * How each host of the plays is reached; one connection and one user for the whole run.
 * @throws {InputError} plays of one host want different users there, or a play's `vars` say how hosts are reached
 */
export function connectionsOf(playbook: Playbook, extraVars: Variables, options: ConnectOptions, passwords: Passwords): PlayConnections {
  for (const play of playbook.plays) refuseConnectionVars(play)
  const warnings = new Set<string>()
  const connections = lookedAt(playbook).map(host => {
    const variables = hostVariables(playbook.inventory, extraVars, host, { playbookDir: playbook.dir })
    const [first, ...others] = playsOn(playbook, host)
      .flatMap(becomings)
      .map(becoming => ({
        ...becoming,
        connection: connectionFor(host, variables, becoming.become, options, passwords, warning => warnings.add(warning)),
      }))
    const other = others.find(({ connection }) => userOf(connection) !== userOf(first!.connection))
    if (other !== undefined) throw differentUsers(host, first!, other)
    return first!.connection
  })
  return { connections, warnings: [...warnings] }
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

/** What the play says, and each of its roles and tasks that says something else. */
function becomings(play: Play): Becoming[] {
  const working = [...play.parts, ...play.handlers].flatMap(part => (part.type === 'flush' ? [] : [part.type === 'use' ? part.use : part]))
  if (working.every(({ become }) => become === undefined))
    return [{ play, become: play.become, origin: play.become?.origin ?? play.origin }]
  return working.map(({ become, origin }) => ({
    play,
    become: { ...play.become, ...become },
    origin: become?.origin ?? play.become?.origin ?? origin,
  }))
}

interface Becoming {
  play: Play
  become: Become | undefined
  origin: Origin
}

/** All that tells one user's shell from another's. */
function userOf({ become }: Connection): string {
  if (!become) return 'the login user'
  const { user, method, exe, flags } = become
  return [
    user,
    ...(method === undefined ? [] : [`by ${method}`]),
    ...(exe === undefined ? [] : [`(${exe})`]),
    ...(flags === undefined ? [] : [`with ${flags}`]),
  ].join(' ')
}

interface OnHost extends Becoming {
  connection: Connection
}

function differentUsers(host: Host, first: OnHost, other: OnHost): InputError {
  const words = ({ play, connection }: OnHost) => `play "${play.name}" as ${userOf(connection)}`
  return errorAt(
    other.origin,
    `on ${host.name}, ${words(other)} and ${words(first)} (${formatOrigin(first.origin)}): in one run a host is worked on as one user`,
    { next: 'Run these plays apart, or give all plays, roles and tasks of the host the same become and become_user; nothing was changed.' },
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
