import type { ThingKey } from '../change.js'
import { ProbeError } from './errors.js'
import type { InputState } from './unit-inputs.js'

/** A unit as systemd shows it, and what its process was started with. Words are systemd's own (systemctl(1), "show"). */
export interface UnitState {
  /** `loaded`, `not-found`, `masked`, `bad-setting`, `error` */
  loadState: string
  /** UnitFileState; empty where there is no unit file */
  enabled: string
  /** ActiveState: `active`, `reloading`, `activating`, `deactivating`, `inactive`, `failed` */
  active: string
  sub: string
  type: string
  fragment: string
  /** InvocationID, or pid and start time where systemd has none; empty when planned */
  identity: string
  /** start of the main process, µs since 1970 */
  startedAtUs?: number
  needsReload: boolean
  inputs: InputState[]
}

export const isRunning = ({ active }: Pick<UnitState, 'active'>): boolean => active === 'active' || active === 'reloading'
/** A start job is under way or a crash loop goes on: there may be a process. */
export const isAlive = (state: Pick<UnitState, 'active'>): boolean => isRunning(state) || state.active === 'activating'

/** Units without [Install] have nothing to enable; generated ones are enabled by what they were made from. */
export const countsAsEnabled = (enabled: string): boolean =>
  ['enabled', 'alias', 'static', 'indirect', 'generated', 'transient'].includes(enabled)
export const countsAsDisabled = (enabled: string): boolean =>
  !['enabled', 'enabled-runtime', 'alias', 'linked', 'linked-runtime'].includes(enabled)

/**
 * What `np_units` prints for one unit: the properties, `record current|none`, then a line an input in the order of the question.
 * @throws ProbeError when it is something else, or systemd did not answer
 */
export function parseUnit(output: Buffer, unit: string, keys: readonly ThingKey[]): UnitState {
  const text = output.toString()
  const problem = (what: string) => new ProbeError(`unit:${unit}`, what, text.slice(0, 400))
  if (text.startsWith('error ')) throw problem(`systemd does not answer: ${text.slice(6).trim()}`)
  const [, head = '', record, tail = ''] = /^([^]*?)\nrecord (current|none)\n([^]*)$/.exec(text) ?? []
  if (record === undefined) throw problem('no line "record"')
  const properties = new Map(head.split('\n').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
  const get = (name: string) => properties.get(name) ?? ''
  if (get('LoadState') === '' || get('ActiveState') === '') throw problem('no LoadState or ActiveState')
  const lines = tail.split('\n').filter(line => line !== '')
  if (lines.length !== keys.length) throw problem(`${lines.length} inputs instead of ${keys.length}`)
  return {
    loadState: get('LoadState'),
    enabled: get('UnitFileState'),
    active: get('ActiveState'),
    sub: get('SubState'),
    type: get('Type'),
    fragment: get('FragmentPath'),
    identity: get('InvocationID') || `pid${get('ExecMainPID')}-${get('ExecMainStartTimestampMonotonic')}`,
    ...startOf(get('ExecMainStartTimestamp'), get('InactiveExitTimestamp'), get('Type')),
    needsReload: get('NeedDaemonReload') === 'yes',
    inputs: lines.map((line, i) => parseInput(line, keys[i]!, record === 'current', problem)),
  }
}

function parseInput(line: string, key: ThingKey, isCurrent: boolean, problem: (what: string) => ProbeError): InputState {
  const digest = '([0-9a-f]{64}|absent|other|unreadable|-)'
  const time = '(-|[0-9]+(?:\\.[0-9]+)?)'
  const match = new RegExp(`^input ${digest} ${digest} ${time} ${time} ([^\\t]*)\\t?(.*)$`).exec(line)
  if (match === null) throw problem(`line ${JSON.stringify(line)}`)
  const [, present, recorded, linkTime, fileTime, target, link] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const changedAtUs = Math.max(microseconds(linkTime), microseconds(fileTime))
  return {
    key,
    ...(present === '-' ? {} : { present }),
    ...(recorded === '-' || !isCurrent ? {} : { recorded }),
    ...(changedAtUs > 0 ? { changedAtUs } : {}),
    ...(target === '' ? {} : { target }),
    ...(link === '' ? {} : { link }),
  }
}

/** A time without a fraction is of a host that cannot tell more: the end of that second counts. */
const microseconds = (time: string): number => {
  if (time === '-') return 0
  const [seconds, fraction] = time.split('.')
  return Number(seconds) * 1e6 + (fraction === undefined ? 999_999 : Math.ceil(Number(`0.${fraction}`) * 1e6))
}

/** When a forking service's main process is known its parent has long read its files: there the start of the whole activation counts. */
const startOf = (main: string, activation: string, type: string) => {
  const startedAtUs = timestamp(type === 'forking' ? activation : main) ?? timestamp(activation)
  return startedAtUs === undefined ? {} : { startedAtUs }
}

/** `Sun 2026-11-22 22:33:00.123456 UTC` (systemctl --timestamp=us+utc); whole seconds, cut off, before systemd 247. */
export const timestamp = (text: string): number | undefined => {
  const match = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))? UTC$/.exec(text)
  if (match === null) return undefined
  return Date.parse(`${match[1]}T${match[2]}Z`) * 1000 + Number((match[3] ?? '').padEnd(6, '0'))
}
