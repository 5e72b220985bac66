import { isIP } from 'node:net'
import { formatOrigin, type Origin } from '../errors.js'
import { describeNode, type YamlEntry, type YamlNode } from '../yaml.js'
import { errorAt } from '../error-at.js'
import { someOf } from '../some-of.js'
import type { Host } from '../inventory/model.js'
import { hostVariables } from '../templates/host-scope.js'
import type { Play } from './model.js'
import { knownEntries } from './play-keys.js'
import type { ScopeSource } from './play-scope.js'
import { readText, type ReadNode } from './read-node.js'

/** `hold:` of a play: the data path is held from before the first to after the last play with the same name. */
export interface Hold {
  name: string
  /** network of the pods; default: what the hosts' calico_pod_cidr or flannel_network says */
  podCidr: string
  /** after this time each host lets go by itself; default 600 */
  timeoutSeconds: number
  /** how long main and held routes may take to become equal before they are let go; default 120 */
  agreeSeconds: number
  /** of the routes; default by the name */
  table?: number
  /** of the rule; default 100 */
  priority?: number
  /** by host of its plays: where it is reached, templates evaluated */
  addresses?: ReadonlyMap<string, string>
  origin: Origin
}

/** What a later play of the same hold may leave out: its name alone means the same. */
export type WrittenHold = Pick<Hold, 'name' | 'origin'> & Partial<Hold>

const holdKeys = ['name', 'pod_cidr', 'timeout', 'agree_within', 'table', 'priority'] as const

/** `hold: {name: reflectors, pod_cidr: 10.244.0.0/16, timeout: 10m}`, or `hold: reflectors` in the plays after the first. */
export const readHold: ReadNode<WrittenHold> = node => {
  if (node.kind === 'scalar') return { name: nameOf(node), origin: node.origin }
  if (node.kind !== 'mapping') throw errorAt(node.origin, `\`hold\` is a mapping with ${holdKeys.join(', ')}, not ${describeNode(node)}`)
  const entries = knownEntries(node, holdKeys, '`hold`')
  const read = <T>(key: (typeof holdKeys)[number], from: (entry: YamlEntry) => T): T | undefined => {
    const entry = entries.get(key)
    return entry === undefined ? undefined : from(entry)
  }
  const name = read('name', ({ value }) => nameOf(value))
  if (name === undefined) throw errorAt(node.origin, '`hold` has no `name`', { next: 'Plays that share a hold share its name.' })
  const found = {
    podCidr: read('pod_cidr', cidr),
    timeoutSeconds: read('timeout', entry => duration(entry, 5, 3600)),
    agreeSeconds: read('agree_within', entry => duration(entry, 1, 3600)),
    table: read('table', entry => whole(entry, 1, 4_294_967_295)),
    priority: read('priority', entry => whole(entry, 1, 32_765)),
  }
  return {
    name,
    origin: node.origin,
    ...(Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Partial<Hold>),
  }
}

function nameOf(node: YamlNode): string {
  const name = readText(node, 'name')
  if (/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) return name
  throw errorAt(
    node.origin,
    `a hold's name is lower-case letters, digits and -, at most 40 of them: it is part of a unit's name on the hosts`,
  )
}

function cidr({ value }: YamlEntry): string {
  const text = readText(value, 'pod_cidr')
  const [address = '', length = ''] = text.split('/')
  const bits = isIP(address) === 6 ? 128 : 32
  if (isIP(address) !== 0 && /^\d{1,3}$/.test(length) && Number(length) >= 1 && Number(length) <= bits) return text
  throw errorAt(value.origin, `\`pod_cidr\` must be the network of the pods, as in 10.244.0.0/16, not ${JSON.stringify(text)}`)
}

const units: Record<string, number> = { '': 1, s: 1, m: 60, h: 3600 }

function duration({ key, value }: YamlEntry, least: number, most: number): number {
  const [, count, unit] = /^(\d{1,6})\s*([smh]?)$/.exec(readText(value, key).trim()) ?? []
  const seconds = Number(count) * (units[unit ?? ''] ?? 0)
  if (count !== undefined && seconds >= least && seconds <= most) return seconds
  throw errorAt(value.origin, `\`${key}\` must be a time from ${least}s to ${most / 60}m, as in 10m`)
}

function whole({ key, value }: YamlEntry, least: number, most: number): number {
  const text = readText(value, key)
  if (/^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text)
  throw errorAt(value.origin, `\`${key}\` must be a whole number from ${least} to ${most}`)
}

/** A hold with everything it says, by name; plays as written, in order. @throws InputError where plays of one hold are apart, or differ */
export function settledHolds(plays: readonly { name?: string; origin: Origin; hold?: WrittenHold }[]): Map<string, Hold> {
  const holds = new Map<string, Hold>()
  plays.forEach(({ hold }, at) => {
    if (hold === undefined) return
    const first = holds.get(hold.name)
    if (first === undefined) return void holds.set(hold.name, firstOf(hold))
    const between = plays[at - 1]!
    if (between.hold?.name !== hold.name)
      throw errorAt(
        between.origin,
        `this play stands between plays of hold "${hold.name}" (${formatOrigin(first.origin)}) and is not of it`,
        {
          next: `Give it \`hold: ${hold.name}\` too, or move it: a hold lasts from its first play to its last.`,
        },
      )
    sameAs(first, hold)
  })
  return holds
}

const firstOf = (hold: WrittenHold): Hold => ({ timeoutSeconds: 600, agreeSeconds: 120, podCidr: '', ...hold })

/** Variables by which the roles know the network of the pods. */
const networkVariables = ['calico_pod_cidr', 'flannel_network'] as const

/** A hold that names no network is about that of its hosts' roles. @throws InputError they name none, or not all the same */
export function settleNetworks(plays: readonly Play[], { inventory, extraVars }: ScopeSource): void {
  for (const hold of new Set(plays.flatMap(play => play.hold ?? []))) {
    const hosts = [...new Set(plays.filter(play => play.hold === hold).flatMap(({ peers }) => peers))]
    const variables = new Map(hosts.map(host => [host, hostVariables(inventory, extraVars, host)]))
    const address = (host: Host) => (variables.get(host)!.get('ansible_host') ?? variables.get(host)!.get('ansible_ssh_host'))?.value
    hold.addresses = new Map(hosts.map(host => [host.name, textOr(address(host), host.name)]))
    if (hold.podCidr !== '') continue
    const named = hosts.map(host => networkVariables.map(name => variables.get(host)!.get(name)?.value).find(Boolean))
    const [network] = named
    if (typeof network !== 'string' || named.some(other => other !== network))
      throw errorAt(hold.origin, `hold "${hold.name}" does not say which network its pods have`, {
        next: `Write \`pod_cidr: NETWORK\` in its first play, or set ${networkVariables.join(' or ')} for all its hosts.`,
      })
    hold.podCidr = network
  }
}

const textOr = (value: unknown, otherwise: string) => (typeof value === 'string' ? value : otherwise)

function sameAs(first: Hold, hold: WrittenHold): void {
  for (const key of ['podCidr', 'timeoutSeconds', 'agreeSeconds', 'table', 'priority'] as const)
    if (hold[key] !== undefined && hold[key] !== first[key])
      throw errorAt(hold.origin, `hold "${hold.name}" is written otherwise in its first play, ${formatOrigin(first.origin)}`, {
        next: `Write \`hold: ${hold.name}\` here: the first play says the rest.`,
      })
}

/** Every host that forwards to the pods must hold. @throws InputError a `--limit` leaves out a host of a hold's plays, and others are worked on */
export function refusePartOfHold(plays: readonly Play[]): void {
  for (const hold of new Set(plays.flatMap(play => play.hold ?? []))) {
    const held = plays.filter(play => play.hold === hold)
    const worked = new Set(held.flatMap(play => play.hosts))
    const left = [...new Set(held.flatMap(play => play.peers))].filter(host => !worked.has(host))
    if (worked.size === 0 || left.length === 0) continue
    const names = left.map(({ name }) => name)
    throw errorAt(hold.origin, `--limit leaves ${someOf(names, 5)} out of hold "${hold.name}": packets from there would be lost`, {
      next: 'Run without --limit, or with --no-hold where lost packets do not matter.',
    })
  }
}
