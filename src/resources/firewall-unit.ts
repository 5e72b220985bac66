import { quote } from '../shell.js'
import type { FirewallPolicy } from './firewall-policy.js'
import type { FirewallRule } from './firewall-rule.js'

export interface FirewallUnit {
  /** shown by systemctl, e.g. `Forwarded packets of pods` */
  description: string
  /** where the role puts the script; 0755 */
  scriptPath: string
  rules?: FirewallRule[]
  /** set before the rules are put in */
  policies?: FirewallPolicy[]
  /** services that make or flush rules themselves: ours are put in again after each start of one. Default docker.service */
  after?: string[]
}

/**
 * A oneshot unit and its script that keep rules and policies through boots and restarts of docker. The role writes both with `file` and runs the unit with
 * `systemdUnit`, the script among its inputs.
 *
 * systemd.unit(5): PartOf passes docker's stop and restart on to this unit, After puts its start behind docker's, WantedBy=docker.service
 * starts it with docker after a stop. There is no ExecStop: while docker restarts the rules stay, and no packet is lost.
 */
export function firewallUnit({ description, scriptPath, rules = [], policies = [], after = ['docker.service'] }: FirewallUnit): {
  unit: string
  script: string
} {
  const services = after.join(' ')
  const unit = [
    '[Unit]',
    `Description=${description}`,
    `After=network-pre.target ${services}`.trimEnd(),
    ...(after.length > 0 ? [`PartOf=${services}`] : []),
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStart=${scriptPath}`,
    `ExecReload=${scriptPath}`,
    '',
    '[Install]',
    `WantedBy=multi-user.target ${services}`.trimEnd(),
    '',
  ].join('\n')
  const lines = [...policies.map(policyLine), ...rules.map(ruleLine)]
  const script = ['#!/bin/sh', '# Written by netplay: puts in each rule that is missing.', 'set -eu', ...lines, ''].join('\n')
  return { unit, script }
}

const policyLine = ({ table = 'filter', chain, policy, ipVersion = 4 }: FirewallPolicy): string =>
  `${toolOf(ipVersion, table)} -P ${chain} ${policy}`

function ruleLine({ table = 'filter', chain, rule, position = 'first', ipVersion = 4 }: FirewallRule): string {
  const tool = toolOf(ipVersion, table)
  const words = rule.map(quote).join(' ')
  return `${tool} -C ${chain} ${words} 2>/dev/null || ${tool} ${position === 'last' ? '-A' : '-I'} ${chain} ${words}`
}

const toolOf = (ipVersion: 4 | 6, table: string) => `${ipVersion === 6 ? 'ip6tables' : 'iptables'} -w 30 -t ${table}`
