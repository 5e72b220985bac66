import { batched, sh } from '../shell.js'
import { ProbeError } from './errors.js'
import type { FirewallTable } from './firewall-rule.js'
import { firewallTrouble } from './firewall-rule.js'
import type { ResourceKind, ThingKind } from './resource.js'
import { taskOf } from './task.js'

/** What becomes of packets that no rule of a built-in chain is about. Live only: it does not survive a boot by itself. */
export interface FirewallPolicy {
  /** default filter */
  table?: FirewallTable
  chain: string
  policy: 'ACCEPT' | 'DROP'
  /** default 4 */
  ipVersion?: 4 | 6
}

export interface FirewallPolicyState {
  policy: string
  trouble?: 'tool' | 'error'
  words?: string
}

const thing: ThingKind<FirewallPolicyState> = {
  fingerprint: ({ policy, trouble }) => `policy=${trouble ?? policy}`,
  fingerprintText: key => sh`np_policy_state ${partsOf(key)}`,
  undo: (key, { policy }) => {
    const [version, table, chain] = partsOf(key)
    return { restore: sh`np_iptables ${version} -t ${table} -P ${chain} ${policy}` }
  },
}

export const firewallPolicyKind: ResourceKind<FirewallPolicy, FirewallPolicyState> = {
  kind: 'firewall-policy',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['chain', 'policy'],
    properties: {
      table: { enum: ['filter', 'nat', 'mangle', 'raw'] },
      chain: { enum: ['INPUT', 'FORWARD', 'OUTPUT', 'PREROUTING', 'POSTROUTING'] },
      policy: { enum: ['ACCEPT', 'DROP'] },
      ipVersion: { enum: [4, 6] },
    },
  },
  thing,
  key: ({ table = 'filter', chain, ipVersion = 4 }) => `firewall-policy:${ipVersion}/${table}/${chain}`,
  probe: desired => batched('np_policies', partsOf(firewallPolicyKind.key(desired))),
  parse: (output, desired) => {
    const [, policy, words = ''] = /^policy (ACCEPT|DROP|tool|error) ([^\n]*)\n$/.exec(output.toString()) ?? []
    if (policy === undefined) throw new ProbeError(firewallPolicyKind.key(desired), 'no line "policy"', output.toString().slice(0, 400))
    return { policy, ...(policy === 'tool' || policy === 'error' ? { trouble: policy, words } : {}) }
  },
  diff: ({ policy, ipVersion }, observed) => {
    if (observed.trouble !== undefined) throw firewallTrouble(observed.trouble, observed.words, ipVersion)
    return observed.policy === policy ? [] : [{ field: 'policy', before: observed.policy, after: policy }]
  },
  after: ({ policy }) => ({ policy }),
  steps: ({ table = 'filter', chain, policy, ipVersion = 4 }) => [sh`np_iptables ${ipVersion} -t ${table} -P ${chain} ${policy}`],
}

/** `firewallPolicy('Forward by default', { chain: 'FORWARD', policy: 'ACCEPT' })` */
export const firewallPolicy = taskOf(firewallPolicyKind)

const partsOf = (key: string) => key.slice('firewall-policy:'.length).split('/') as [string, string, string]
