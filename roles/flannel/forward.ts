import { directory, file, firewallRule, firewallUnit, kernelFeature, sysctl, systemdUnit, type Task } from 'netplay'

export const forwardUnit = 'netplay-forward.service'
const scriptPath = '/usr/local/sbin/netplay-forward'
export const forwardPaths = { unit: forwardUnit, unitFile: `/etc/systemd/system/${forwardUnit}`, script: scriptPath }

export const forwardRules = (network: string) =>
  (['-s', '-d'] as const).map(side => ({
    table: 'filter' as const,
    chain: 'FORWARD',
    rule: [side, network, '-j', 'ACCEPT'],
    position: 'first' as const,
  }))

/**
 * Forwarding that no restart of docker takes away: docker sets FORWARD to DROP when it turns forwarding on itself. So forwarding is on, and persisted,
 * before; and pods are accepted by rules of their own, put back at boot and whenever docker starts.
 */
export function forwardTasks(network: string, runtimes: string[]): Task[] {
  const rules = forwardRules(network)
  const after = runtimes.filter(unit => unit === 'docker.service')
  const { unit, script } = firewallUnit({ description: `Accept forwarded packets of pods in ${network}`, scriptPath, rules, after })
  return [
    kernelFeature('See bridged pod traffic in the firewall', { name: 'br_netfilter' }),
    sysctl('Forward packets of pods', { name: 'net.ipv4.ip_forward', value: '1' }),
    sysctl('Filter bridged pod traffic', { name: 'net.bridge.bridge-nf-call-iptables', value: '1' }),
    directory('Folder of our scripts', { path: '/usr/local/sbin', parents: true }),
    file('Script that accepts forwarded pod traffic', { path: scriptPath, content: script, mode: 0o755 }),
    file('Unit that accepts forwarded pod traffic', { path: forwardPaths.unitFile, content: unit, mode: 0o644 }),
    systemdUnit('Accept forwarded pod traffic', { name: forwardUnit, enabled: true, active: true, inputs: [scriptPath] }),
    ...rules.map(rule => firewallRule(`Accept forwarded packets ${rule.rule[0] === '-s' ? 'from' : 'to'} pods`, rule)),
  ]
}
