import { sh } from '../shell.js'
import { ProbeError, RequirementError } from './errors.js'
import { releasedWords } from './held-routes-compare.js'
import { familyOf, prefixPattern, printedPrefix } from './ip-words.js'
import { sha256 } from './path-key.js'
import { preludeFor } from './prelude-for.js'
import type { ResourceKind, ThingKind, World } from './resource.js'
import { taskOf } from './task.js'

/**
 * The data path, held while the control plane changes: routes of `main` that lead to pods on other hosts are copied into a table of their own
 * that is looked up first. What is copied is read when the step runs. A timer on the host lets go by itself. Gone with a boot.
 */
export interface HeldRoutes {
  /** of the hold: a file name, and part of a unit's name */
  name: string
  /** network of the pods, IPv4 or IPv6: only routes within it are held */
  podCidr: string
  /** number of the table; default one from 52000 to 59999 by the name */
  table?: number
  /** of the rule; default 100, well before main's 32766 */
  priority?: number
  /** after this time the host lets go by itself */
  timeoutSeconds: number
  held: boolean
}

export interface HeldRoutesState {
  /** the table is looked up */
  rule: boolean
  /** it has routes, or is looked up */
  table: boolean
  /** netplay's folder for it is there */
  ours: boolean
  /** mark of the plan that armed it */
  plan: string
  /** what the timer found when it let go, a line each: `at 2026-11-25T02:31:00Z`, then of each route `same|differs|lacks PREFIX WAY` */
  released: string[]
  /** a program that the host lacks */
  lacks?: string
}

const thing: ThingKind<HeldRoutesState> = {
  fingerprint: ({ rule, table }) => `rule=${rule ? 'present' : 'absent'} table=${table ? 'held' : 'clear'}`,
  fingerprintText: key => sh`np_held_state ${wordsOf(key)}`,
  // Whatever was held before this plan: undoing ends it. What it held then is nobody's to bring back.
  undo: key => ({ restore: sh`np_held_release ${wordsOf(key)}` }),
}

export const heldRoutesKind: ResourceKind<HeldRoutes, HeldRoutesState> = {
  kind: 'held-routes',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'podCidr', 'timeoutSeconds', 'held'],
    properties: {
      name: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,39}$' },
      podCidr: { type: 'string', pattern: prefixPattern },
      table: { type: 'integer', minimum: 1, maximum: 4294967295, not: { enum: [253, 254, 255] } },
      priority: { type: 'integer', minimum: 1, maximum: 32765 },
      timeoutSeconds: { type: 'integer', minimum: 1, maximum: 86400 },
      held: { type: 'boolean' },
    },
  },
  thing,
  key: ({ name, podCidr, table = tableOf(name), priority = 100 }) => {
    const family = familyOf(podCidr) ?? 4
    return `held-routes:${name} ${family} ${printedPrefix(podCidr, family)} ${table} ${priority}`
  },
  probe: desired => sh`np_held_look ${wordsOf(heldRoutesKind.key(desired))}`,
  parse: (output, desired) => parsed(output.toString(), heldRoutesKind.key(desired)),
  diff: (desired, observed, world) => {
    const { podCidr, held } = desired
    if (observed.lacks !== undefined) throw lackingTool(observed.lacks)
    if (!held) return observed.rule || observed.table ? [{ field: 'released', before: null, after: podCidr }] : []
    refuseForeign(desired, observed)
    const before = observed.rule ? 'armed by an earlier run that did not end it' : null
    return [
      ...(observed.rule && observed.plan === markOf(world) ? [] : [{ field: 'held', before, after: podCidr }]),
      ...(observed.released.length === 0
        ? []
        : [{ field: 'released by its timer', before: releasedWords(observed.released), after: null }]),
    ]
  },
  action: ({ held }) => (held ? 'create' : 'remove'),
  after: ({ held }, { released }, world) =>
    held
      ? { rule: true, table: true, ours: true, plan: markOf(world), released: [] }
      : { rule: false, table: false, ours: false, plan: '', released },
  steps: (desired, _observed, world) => {
    const words = wordsOf(heldRoutesKind.key(desired))
    return desired.held
      ? [sh`np_held_arm ${words} ${desired.timeoutSeconds} ${markOf(world)} ${scriptOf(words)}`]
      : [sh`np_held_release ${words}`]
  },
}

/** `heldRoutes('Hold the data path', { name: 'reflectors', podCidr: '10.244.0.0/16', timeoutSeconds: 600, held: true })`; in a playbook: `hold:` */
export const heldRoutes = taskOf(heldRoutesKind)

/** The words of a hold that its shell functions take: name, family, pod network, table, priority. */
export const heldWords = (desired: HeldRoutes): string[] => wordsOf(heldRoutesKind.key(desired))

const wordsOf = (key: string): string[] => key.slice('held-routes:'.length).split(' ')

const tableOf = (name: string) => 52_000 + (Number.parseInt(sha256(name).slice(0, 8), 16) % 8_000)

/** Every plan arms anew: it needs its whole time. */
const markOf = (world: World) => sha256(`held ${world.salt}`).slice(0, 16)

/** Runs under systemd, with nothing of a session around it. */
const scriptOf = (words: string[]) => {
  const call = sh`np_held_expire ${words}`
  return `${preludeFor(call.text)}\n${call.text}; exit\n`
}

function parsed(text: string, key: string): HeldRoutesState {
  const lines = text.split('\n').filter(Boolean)
  const value = (word: string) => lines.flatMap(line => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))
  const [state] = lines.filter(line => line.startsWith('rule='))
  const [lacks] = value('tool')
  if (state === undefined && lacks === undefined) throw new ProbeError(key, 'no line "rule="', text.slice(0, 400))
  const [plan] = value('plan')
  return {
    rule: state?.startsWith('rule=present ') ?? false,
    table: state?.endsWith('table=held') ?? false,
    ours: plan !== undefined || lines.includes('plan'),
    plan: plan ?? '',
    released: value('released'),
    ...(lacks === undefined ? {} : { lacks }),
  }
}

const lackingTool = (tool: string) =>
  new RequirementError(
    `${tool} is not there: routes cannot be held on this host`,
    'Install iproute2 and systemd there, or run with --no-hold.',
  )

function refuseForeign({ name, table = tableOf(name), priority = 100 }: HeldRoutes, { rule, table: filled, ours }: HeldRoutesState): void {
  if ((rule || filled) && !ours)
    throw new RequirementError(
      `routing table ${table} is in use on this host, and not by a hold of netplay${rule ? ` (rule at priority ${priority})` : ''}`,
      `Give the hold another \`table\`, or clear that one: ip route show table ${table}; ip rule show.`,
    )
}
