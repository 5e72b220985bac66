import { batched, sh } from '../shell.js'
import { ProbeError } from './errors.js'
import { familyOf, prefixPattern, printedPrefix, tableName, tableNumber, tableSchema } from './ip-words.js'
import type { ResourceKind, ThingKind } from './resource.js'
import { routeTrouble } from './route.js'
import { taskOf } from './task.js'

/** One live rule that says which routing table is looked up, and when. Others at the same priority are left alone; it does not survive a boot by itself. */
export interface PolicyRule {
  /** 0 is looked at first; main is at 32766 */
  priority: number
  /** default all */
  from?: string
  to?: string
  table: number | 'main' | 'local' | 'default'
  /** only where neither `from` nor `to` tell it; default 4 */
  ipVersion?: 4 | 6
}

export interface PolicyRuleState {
  present: boolean
  /** `ip` is missing, or what it says */
  trouble?: string
}

const thing: ThingKind<PolicyRuleState> = {
  fingerprint: ({ present }) => `rule=${present ? 'present' : 'absent'}`,
  fingerprintText: key => sh`np_lookup_state ${wordsOf(key)}`,
  undo: (key, { present }) => (present ? {} : { restore: sh`np_lookup_del ${wordsOf(key)}` }),
}

export const policyRuleKind: ResourceKind<PolicyRule, PolicyRuleState> = {
  kind: 'policy-rule',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['priority', 'table'],
    properties: {
      priority: { type: 'integer', minimum: 0, maximum: 4294967295 },
      from: { type: 'string', pattern: prefixPattern },
      to: { type: 'string', pattern: prefixPattern },
      table: tableSchema,
      ipVersion: { enum: [4, 6] },
    },
  },
  thing,
  key: desired => {
    const family = familyOf(desired.to) ?? familyOf(desired.from) ?? desired.ipVersion ?? 4
    return `rule:${family} ${desired.priority} ${selector(desired.from, family) || 'all'} ${selector(desired.to, family) || '-'} ${tableNumber(desired.table)}`
  },
  probe: desired => batched('np_policy_rules', wordsOf(policyRuleKind.key(desired)).slice(0, 1)),
  parse: (output, desired) => {
    const text = output.toString()
    const [, exit, said = ''] = /^exit (\d+)\n([^]*)$/.exec(text) ?? []
    if (exit === undefined) throw new ProbeError(policyRuleKind.key(desired), 'no line "exit"', text.slice(0, 400))
    if (exit !== '0') return { present: false, trouble: exit === '127' ? '' : said.trim().slice(0, 400) }
    const [, priority, from, to, table, name] = wordsOf(policyRuleKind.key(desired))
    const line = `${priority}: from ${from}${to === '' ? '' : ` to ${to}`} lookup `
    const lines = said.split('\n').map(each => each.trim().split(/\s+/).join(' '))
    return { present: lines.includes(line + table) || lines.includes(line + name) }
  },
  diff: (desired, { present, trouble }) => {
    if (trouble !== undefined) throw routeTrouble(trouble)
    const [, , from, to, , table] = wordsOf(policyRuleKind.key(desired))
    return present ? [] : [{ field: 'rule', before: null, after: `from ${from}${to === '' ? '' : ` to ${to}`} lookup ${table}` }]
  },
  after: () => ({ present: true }),
  steps: desired => [sh`np_lookup_add ${wordsOf(policyRuleKind.key(desired))}`],
}

/** `policyRule('Look up held routes first', { priority: 100, to: '10.244.0.0/16', table: 100 })` */
export const policyRule = taskOf(policyRuleKind)

const selector = (prefix: string | undefined, family: 4 | 6) => {
  const printed = prefix === undefined ? '' : printedPrefix(prefix, family)
  return printed === 'default' ? '' : printed
}

/** What the host's functions are asked: family, priority, from, to (may be empty), table by number and by name. */
const wordsOf = (key: string): [string, string, string, string, string, string] => {
  const [family, priority, from, to, table] = key.slice('rule:'.length).split(' ') as [string, string, string, string, string]
  return [family, priority, from, to === '-' ? '' : to, table, tableName(Number(table))]
}
