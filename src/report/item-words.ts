import type { Change } from '../change.js'
import type { RunEvent } from '../events.js'
import { fieldInWords, inWords, isText, oneLine } from './shown.js'

export type PlannedItem = Extract<RunEvent, { type: 'item-planned' }>

/** `file /etc/x    0644 root:root`: the thing as an admin names it, then what it gets. Contents are told apart, line by line. */
export function itemInWords(item: PlannedItem): string {
  const wording = item.changes.length === 0 && item.kind !== 'firewall-rule' ? ofNothing : (wordings[item.kind] ?? ofAny)
  const { thing, details } = wording(item)
  return oneLine([thing, ...(details === '' ? [] : [details]), ...(item.as === undefined ? [] : [`as ${item.as}`])].join('    '))
}

interface Wording {
  thing: string
  details: string
}

const wordings: Record<string, (item: PlannedItem) => Wording> = {
  file: ofPath,
  binary: ofPath,
  directory: ofPath,
  absent: ({ key, changes }) => ({ thing: `${changes[0]?.field ?? 'file'} ${nameOf(key)}`, details: '' }),
  symlink: ofSymlink,
  'awaited-file': ({ key, changes }) => ({ thing: `file ${nameOf(key)}`, details: changes.map(fieldInWords).join(', ') }),
  'systemd-unit': ({ key, changes }) => ({ thing: `unit ${nameOf(key)}`, details: changes.map(unitField).join(', ') }),
  sysctl: ofSysctl,
  'kernel-feature': ({ key, changes }) => ({ thing: `kernel ${nameOf(key)}`, details: kernelDetails(changes) }),
  'firewall-rule': ofRule,
  'firewall-policy': ofPolicy,
  route: ofRoute,
  'policy-rule': ({ key, changes }) => ({ thing: `rule ${nameOf(key).split(' ')[1]}: ${inWords(changes[0]?.after ?? null)}`, details: '' }),
  command: ({ changes }) => ({ thing: 'command', details: firstLine(changes) }),
  'container-image': ({ key, changes }) => ({
    thing: `image ${imageOf(key)}`,
    details: others(changes).replace(`${imageOf(key)} `, ''),
  }),
  'held-routes': ofHold,
  'etcd-key': ({ key, changes }) => ({ thing: `etcd ${nameOf(key)}`, details: others(changes) }),
  'absent-keys': ({ changes }) => ({ thing: `etcd ${changes.map(({ field }) => field).join(', ')}`, details: '' }),
  'calico-resource': ofCalico,
}

const nouns: Record<string, string> = {
  binary: 'file',
  absent: 'no',
  'awaited-file': 'file',
  'systemd-unit': 'unit',
  'kernel-feature': 'kernel',
  'firewall-policy': 'firewall policy',
  'policy-rule': 'rule',
  'etcd-key': 'etcd',
  'absent-keys': 'no etcd',
  'calico-resource': 'calico',
}
/** The key says runtime and how ids are compared before the name. */
const imageOf = (key: string) => nameOf(key).split('/').slice(2).join('/')

const ofNothing = ({ key, kind }: PlannedItem): Wording => ({
  thing: `${nouns[kind] ?? kind} ${kind === 'calico-resource' ? calicoName(key) : nameOf(key)}`,
  details: '',
})
const ofAny = ({ key, kind, changes }: PlannedItem): Wording => ({ thing: `${kind} ${nameOf(key)}`, details: others(changes) })

/** `0755 root:root   53 MB  sha256 932f48…`; of a change, each field with what it was. */
function ofPath({ key, kind, action, changes }: PlannedItem): Wording {
  const thing = `${kind === 'directory' ? 'directory' : 'file'} ${nameOf(key)}`
  const contents = changes.filter(({ field, after }) => field === 'content' && !isText(after))
  const rest = changes.filter(change => !contents.includes(change))
  if (action !== 'create') return { thing, details: [others(rest), ...contents.map(fieldInWords)].filter(Boolean).join(', ') }
  const owned = rest.filter(({ after }) => !isText(after)).map(fieldInWords)
  return { thing, details: [owned.join(' '), ...contents.map(fieldInWords)].filter(Boolean).join('   ') }
}

function ofSymlink({ key, changes }: PlannedItem): Wording {
  const target = changes.find(({ field }) => field === 'target')
  const rest = changes.filter(change => change !== target)
  const was = target === undefined || target.before === null ? '' : `was ${inWords(target.before)}`
  const thing = `symlink ${nameOf(key)}${target === undefined ? '' : ` → ${inWords(target.after)}`}`
  return { thing, details: [was, others(rest)].filter(Boolean).join(', ') }
}

/** `net.ipv4.ip_forward = 1    was 0`: the live value first, then whether it lasts. */
function ofSysctl({ key, changes }: PlannedItem): Wording {
  const live = changes.find(({ field }) => field === 'live')
  const thing = `sysctl ${nameOf(key)}${live === undefined ? '' : ` = ${inWords(live.after)}`}`
  const before = live === undefined || live.before === null ? [] : [`was ${inWords(live.before)}`]
  const boot = changes.some(({ after }) => isText(after)) ? ['at every boot too'] : []
  return { thing, details: [...before, ...boot].join(', ') }
}

const kernelDetails = (changes: readonly Change[]) =>
  [
    ...(changes.some(({ field }) => field === 'present') ? ['load it'] : []),
    ...(changes.some(({ after }) => isText(after)) ? ['load it at every boot'] : []),
  ]
    .join(', ')
    .replace('load it, load it', 'load it, and')

/** As it would be typed after `iptables -A`. */
function ofRule({ key }: PlannedItem): Wording {
  const [, version, table, chain, rule] = /^firewall:([^/]*)\/([^/]*)\/([^/]*)\/(.*)$/s.exec(key) ?? []
  if (rule === undefined) return { thing: `firewall ${nameOf(key)}`, details: '' }
  return { thing: `${firewall(version)}${inTable(table)} ${chain} ${rule}`, details: '' }
}

function ofPolicy({ key, changes }: PlannedItem): Wording {
  const [version, table, chain] = nameOf(key).split('/')
  return {
    thing: `${firewall(version)}${inTable(table)} -P ${chain} ${inWords(changes[0]?.after ?? null)}`,
    details: `was ${inWords(changes[0]?.before ?? null)}`,
  }
}

/** Fields are told line by line, as contents are. What is not known before is said. */
function ofCalico({ key, changes }: PlannedItem): Wording {
  const unknown = changes.flatMap(({ before }) =>
    typeof before === 'object' && before !== null && 'unknown' in before ? [inWords(before)] : [],
  )
  return { thing: `calico ${calicoName(key)}`, details: unknown.join(', ') }
}

/** `IPPool pods`; the classic pool is named by its network, with a slash of its own. */
const calicoName = (key: string) => nameOf(key).replace('/', ' ')

const firewall = (version: string | undefined) => (version === '6' ? 'firewall6' : 'firewall')
const inTable = (table: string | undefined) => (table === 'filter' ? '' : ` -t ${table}`)

/** Source: the key of resources/route.ts: family, number of the table, prefix, metric. */
function ofRoute({ key, changes }: PlannedItem): Wording {
  const [, table, to] = nameOf(key).split(' ')
  const hop = changes
    .filter(({ after }) => after !== null)
    .map(({ field, after }) => (after === true ? field : `${field} ${inWords(after)}`))
  const was = changes.filter(({ before }) => before !== null).map(({ field, before }) => `${field} ${inWords(before)}`)
  const place = table === '254' ? '' : ` table ${table}`
  return { thing: `route ${to} ${hop.join(' ')}${place}`, details: was.length === 0 ? '' : `was ${was.join(' ')}` }
}

/** `data path to 10.244.0.0/16    held, reflectors`: the key says name, family, pod network, table and priority. */
function ofHold({ key, action, changes }: PlannedItem): Wording {
  const [name, , podCidr, table] = nameOf(key).split(' ')
  const earlier = changes.flatMap(({ field, before }) =>
    before === null ? [] : [`${field === 'held' ? '' : `${field} `}${inWords(before)}`],
  )
  const does = action === 'remove' ? 'released once main is equal' : `held in table ${table}`
  return { thing: `data path to ${podCidr}`, details: [`${does}, ${name}`, ...earlier].join('; ') }
}

/** `enabled, running` rather than true. */
function unitField({ field, before, after }: Change): string {
  if (field === 'enabled' && typeof after === 'boolean') return after ? 'enabled' : 'disabled'
  if (field === 'active' && typeof after === 'boolean') return `${after ? 'running' : 'stopped'}${was(before)}`
  // Which file that is goes without saying.
  if (field === 'restart' || field === 'reload')
    return `${field}: ${inWords(after).replace(/its unit file changed: [^;]+/, 'its unit file changed')}`
  return fieldInWords({ field, before, after })
}

const was = (before: Change['before']) => (typeof before === 'string' ? `, was ${inWords(before)}` : '')

const others = (changes: readonly Change[]): string =>
  changes
    .filter(({ before, after }) => !(isText(after) || isText(before)))
    .map(fieldInWords)
    .join(', ')

const firstLine = (changes: readonly Change[]) => {
  const text = changes.map(({ after }) => inWords(after)).join(', ')
  return text.split('\\n')[0]!
}

const nameOf = (key: string) => key.slice(key.indexOf(':') + 1)
