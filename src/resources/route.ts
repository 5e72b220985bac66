import type { Change } from '../change.js'
import { batched, sh } from '../shell.js'
import { ProbeError, RequirementError } from './errors.js'
import {
  addressPattern,
  devicePattern,
  familyOf,
  prefixPattern,
  printedAddress,
  printedPrefix,
  tableNumber,
  tableSchema,
} from './ip-words.js'
import type { ResourceKind, ThingKind } from './resource.js'
import { taskOf } from './task.js'

/** One live route. Told apart by table, destination and metric; it does not survive a boot by itself. */
export interface Route {
  /** prefix, address or `default` */
  to: string
  via?: string
  dev?: string
  /** default main */
  table?: number | 'main' | 'local' | 'default'
  /** default the kernel's: 0, for IPv6 1024 */
  metric?: number
  /** the next hop is on the link though no route says so */
  onlink?: boolean
  /** only where neither `to` nor `via` tell it; default 4 */
  ipVersion?: 4 | 6
}

export interface RouteState {
  present: boolean
  via?: string
  dev?: string
  onlink: boolean
  /** several next hops */
  isMultipath?: boolean
  /** the whole route as ip takes it again, for undo */
  words: string[]
  /** does the task name a device? */
  namesDevice: boolean
  /** `ip` is missing, or what it says */
  trouble?: string
}

const thing: ThingKind<RouteState> = {
  fingerprint: ({ present, via, dev, onlink, isMultipath, namesDevice }) => {
    const one = (word: string | undefined) => (isMultipath ? 'many' : (word ?? '-'))
    const hop = `via=${one(via)}${namesDevice ? ` dev=${one(dev)}` : ''}`
    return `route=${present ? 'present' : 'absent'} ${hop} onlink=${present ? (onlink ? 'yes' : 'no') : '-'}`
  },
  fingerprintText: (key, { namesDevice }) => sh`np_route_state ${partsOf(key)} ${namesDevice ? 'yes' : 'no'}`,
  undo: (key, { present, words }) => {
    const [family, table] = partsOf(key)
    return { restore: present ? sh`ip ${`-${family}`} route replace table ${table} ${words}` : sh`np_route_gone ${partsOf(key)}` }
  },
}

export const routeKind: ResourceKind<Route, RouteState> = {
  kind: 'route',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['to'],
    anyOf: [{ required: ['via'] }, { required: ['dev'] }],
    properties: {
      to: { type: 'string', pattern: prefixPattern },
      via: { type: 'string', pattern: addressPattern },
      dev: { type: 'string', pattern: devicePattern },
      table: tableSchema,
      metric: { type: 'integer', minimum: 0, maximum: 4294967295 },
      onlink: { type: 'boolean' },
      ipVersion: { enum: [4, 6] },
    },
  },
  thing,
  key: desired => {
    const family = ipVersionOf(desired)
    const metric = desired.metric ?? (family === 6 ? 1024 : 0)
    return `route:${family} ${tableNumber(desired.table ?? 'main')} ${printedPrefix(desired.to, family)} ${metric}`
  },
  probe: desired => batched('np_routes', partsOf(routeKind.key(desired)).slice(0, 3)),
  parse: parseRoute,
  diff(desired, observed) {
    if (observed.trouble !== undefined) throw routeTrouble(observed.trouble)
    const wanted = wantedOf(desired)
    const fields = (['via', 'dev', 'onlink'] as const).filter(field => wanted[field] !== undefined)
    const isSame = (field: 'via' | 'dev' | 'onlink') => observed.present && !observed.isMultipath && observed[field] === wanted[field]
    return fields
      .filter(field => !isSame(field))
      .map((field): Change => ({ field, before: observed.present ? shownHop(observed, field) : null, after: wanted[field]! }))
  },
  after: (desired, observed) => ({
    present: true,
    ...wantedOf(desired),
    onlink: desired.onlink ?? (observed.present && observed.onlink),
    words: [],
    namesDevice: observed.namesDevice,
  }),
  steps: desired => {
    const [family, table, to] = partsOf(routeKind.key(desired))
    const { via, dev } = wantedOf(desired)
    const hop = [...(via === undefined ? [] : ['via', via]), ...(dev === undefined ? [] : ['dev', dev])]
    const metric = desired.metric === undefined ? [] : ['metric', desired.metric]
    return [sh`ip ${`-${family}`} route replace ${to} table ${table} ${hop} ${metric} ${desired.onlink ? ['onlink'] : []}`]
  },
}

/** `route('Reach the pods of n2', { to: '10.244.2.0/24', via: '198.18.0.12', dev: 'host0' })` */
export const route = taskOf(routeKind)

const ipVersionOf = ({ to, via, ipVersion }: Route): 4 | 6 => familyOf(to) ?? familyOf(via) ?? ipVersion ?? 4
const wantedOf = ({ via, dev, onlink }: Route) => ({
  ...(via === undefined ? {} : { via: printedAddress(via) }),
  ...(dev === undefined ? {} : { dev }),
  ...(onlink === undefined ? {} : { onlink }),
})
const shownHop = (observed: RouteState, field: 'via' | 'dev' | 'onlink') =>
  observed.isMultipath ? observed.words.join(' ') : (observed[field] ?? null)
const partsOf = (key: string) => key.slice('route:'.length).split(' ') as [family: string, table: string, to: string, metric: string]

export const routeTrouble = (trouble: string): RequirementError =>
  trouble === ''
    ? new RequirementError('there is no program `ip` on this host', 'Install the package iproute2.')
    : new RequirementError('`ip` cannot tell the routes of this host', 'It says why.', trouble)

/** What is told of a route while it stands and is not part of it. */
const passing = new Set(['linkdown', 'dead', 'offload', 'rt_offload', 'trap', 'notify', 'pervasive'])

function parseRoute(output: Buffer, desired: Route): RouteState {
  const text = output.toString()
  const [, exit, said = ''] = /^exit (\d+)\n([^]*)$/.exec(text) ?? []
  if (exit === undefined) throw new ProbeError(routeKind.key(desired), 'no line "exit"', text.slice(0, 400))
  const namesDevice = desired.dev !== undefined
  const none: RouteState = { present: false, onlink: false, words: [], namesDevice }
  if (exit !== '0') return { ...none, trouble: exit === '127' ? '' : said.trim().slice(0, 400) }
  // A line that begins with a blank goes on with the route before it: the next hops of a route that has several.
  const routes = said
    .replaceAll(/\n(?=\s|nexthop)/g, ' ')
    .split('\n')
    .filter(line => line.trim() !== '')
  const metric = partsOf(routeKind.key(desired))[3]
  const found = routes.map(line => line.trim().split(/\s+/)).find(words => (valueAfter(words, 'metric') ?? '0') === metric)
  if (found === undefined) return none
  if (found.some(word => !/^[\w.:/@+-]+$/.test(word))) throw new ProbeError(routeKind.key(desired), 'a word of a route', said.slice(0, 400))
  const via = valueAfter(found, 'via')
  const hop = via === 'inet6' ? valueAfter(found, 'inet6') : via
  const dev = valueAfter(found, 'dev')
  return {
    present: true,
    ...(hop === undefined ? {} : { via: hop }),
    ...(dev === undefined ? {} : { dev }),
    onlink: found.includes('onlink'),
    ...(found.includes('nexthop') ? { isMultipath: true } : {}),
    words: found.filter(word => !passing.has(word)),
    namesDevice,
  }
}

const valueAfter = (words: readonly string[], name: string): string | undefined => {
  const at = words.indexOf(name)
  return at < 0 ? undefined : words[at + 1]
}
