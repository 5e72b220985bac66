import { batched, sh } from '../shell.js'
import { ProbeError, RequirementError } from './errors.js'
import type { ResourceKind, ThingKind } from './resource.js'
import { taskOf } from './task.js'

export type FirewallTable = 'filter' | 'nat' | 'mangle' | 'raw'

/** One live rule of iptables, by whichever variant the host's own `iptables` is. It does not survive a boot by itself: see firewallUnit. */
export interface FirewallRule {
  /** default filter */
  table?: FirewallTable
  chain: string
  /** words as for `iptables -A CHAIN`: ['-s', '10.244.0.0/16', '-j', 'ACCEPT'] */
  rule: string[]
  /** where it goes when it is missing; others put theirs first too, so its place later is not judged. Default first */
  position?: 'first' | 'last'
  /** default 4 */
  ipVersion?: 4 | 6
}

export interface FirewallRuleState {
  present: boolean
  /** there is no iptables here, or it refuses to look */
  trouble?: 'tool' | 'error'
  words?: string
  /** the question, for whoever has only the state */
  rule: RuleWords
}
/** 4 or 6, table, chain, and the rule with a word a line */
export type RuleWords = [string, string, string, string]

const thing: ThingKind<FirewallRuleState> = {
  fingerprint: ({ present, trouble }) => `rule=${trouble ?? (present ? 'present' : 'absent')}`,
  fingerprintText: (_key, { rule }) => sh`np_rule_state ${rule}`,
  undo: (_key, first) => (first.present ? {} : { restore: sh`np_rule_remove ${first.rule}` }),
}

export const firewallRuleKind: ResourceKind<FirewallRule, FirewallRuleState> = {
  kind: 'firewall-rule',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['chain', 'rule'],
    properties: {
      table: { enum: ['filter', 'nat', 'mangle', 'raw'] },
      chain: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_-]{0,27}$' },
      rule: { type: 'array', minItems: 1, items: { type: 'string', pattern: '^[^\\n\\u0000]+$' } },
      position: { enum: ['first', 'last'] },
      ipVersion: { enum: [4, 6] },
    },
  },
  thing,
  key: desired => `firewall:${wordsOf(desired).slice(0, 3).join('/')}/${desired.rule.join(' ')}`,
  probe: desired => batched('np_rules', wordsOf(desired)),
  parse: (output, desired) => {
    const [, found, words = ''] = /^rule (present|absent|tool|error) ([^\n]*)\n$/.exec(output.toString()) ?? []
    if (found === undefined) throw new ProbeError(firewallRuleKind.key(desired), 'no line "rule"', output.toString().slice(0, 400))
    return {
      present: found === 'present',
      rule: wordsOf(desired),
      ...(found === 'tool' || found === 'error' ? { trouble: found, words } : {}),
    }
  },
  diff: (desired, { present, trouble, words }) => {
    if (trouble !== undefined) throw firewallTrouble(trouble, words, desired.ipVersion)
    return present ? [] : [{ field: `${desired.table ?? 'filter'} ${desired.chain}`, before: null, after: desired.rule.join(' ') }]
  },
  after: (_desired, { rule }) => ({ present: true, rule }),
  steps: desired => [sh`np_rule_add ${desired.position === 'last' ? '-A' : '-I'} ${wordsOf(desired)}`],
}

/** `firewallRule('Accept packets of pods', { chain: 'FORWARD', rule: ['-s', podCidr, '-j', 'ACCEPT'] })` */
export const firewallRule = taskOf(firewallRuleKind)

const wordsOf = ({ table = 'filter', chain, rule, ipVersion = 4 }: FirewallRule): RuleWords => [
  String(ipVersion),
  table,
  chain,
  rule.join('\n'),
]

export const firewallTrouble = (trouble: 'tool' | 'error', words: string | undefined, ipVersion: 4 | 6 = 4): RequirementError => {
  const tool = ipVersion === 6 ? 'ip6tables' : 'iptables'
  return trouble === 'tool'
    ? new RequirementError(`there is no ${tool} on this host`, `Install the package iptables.`)
    : new RequirementError(
        `${tool} refuses to look at its rules`,
        'It says why; as a user other than root it always refuses (become).',
        words,
      )
}
