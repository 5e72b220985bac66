import type { ResourceTask } from '../../src/resources/resource.js'
import { command } from '../../src/resources/command.js'
import { file } from '../../src/resources/file.js'
import { firewallPolicy } from '../../src/resources/firewall-policy.js'
import { firewallRule } from '../../src/resources/firewall-rule.js'
import { heldRoutes } from '../../src/resources/held-routes.js'
import { policyRule } from '../../src/resources/policy-rule.js'
import { route } from '../../src/resources/route.js'
import { sysctl } from '../../src/resources/sysctl.js'
import { systemdUnit } from '../../src/resources/systemd-unit.js'

/** One story of a kind on a real host; `systemContract` tells it in full. */
export interface SystemCase {
  title: string
  /** brings about where the story begins, whatever was there before */
  arrange: string
  /** what a plan of these tasks is to reach */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  tasks: ResourceTask<any, any>[]
  /** prints everything that tells the states apart; reads only */
  look: string
}

const links = `
for link in np0 np1; do ip link show $link >/dev/null 2>&1 || ip link add $link type veth peer name \${link}p; ip link set $link up; ip link set \${link}p up; done
ip addr replace 198.18.9.1/24 dev np0; ip addr replace 198.18.10.1/24 dev np1
ip route flush table 100 2>/dev/null || :; ip -6 route flush table 100 2>/dev/null || :
while ip route del 10.244.2.0/24 2>/dev/null; do :; done
while ip rule del priority 100 2>/dev/null; do :; done`
const lookAtRoutes = 'ip -4 route show table all | sort; ip -6 route show table 100 2>/dev/null | sort || :; ip rule show'
const lookAtFirewall = 'iptables-save | grep -v "^#" | sed "s/\\[.*//"; ip6tables-save | grep -v "^#" | sed "s/\\[.*//"'
const podRule = ['-s', '10.244.0.0/16', '-m', 'comment', '--comment', "pods' packets", '-j', 'ACCEPT']
const removePodRule = `while iptables -D FORWARD -s 10.244.0.0/16 -m comment --comment "pods' packets" -j ACCEPT 2>/dev/null; do :; done`

export const networkCases: SystemCase[] = [
  {
    title: 'a firewall rule in an empty chain',
    arrange: `${removePodRule}; iptables -P FORWARD ACCEPT`,
    tasks: [firewallRule('accept', { chain: 'FORWARD', rule: podRule })],
    look: lookAtFirewall,
  },
  {
    title: 'a firewall rule before and one behind those that are there',
    arrange: `${removePodRule}; iptables -F FORWARD; iptables -A FORWARD -s 192.0.2.1 -j DROP`,
    tasks: [
      firewallRule('accept', { chain: 'FORWARD', rule: podRule, position: 'first' }),
      firewallRule('log', { chain: 'FORWARD', rule: ['-d', '10.244.0.0/16', '-j', 'ACCEPT'], position: 'last' }),
    ],
    look: lookAtFirewall,
  },
  {
    title: 'a firewall rule of IPv6',
    arrange: 'ip6tables -F FORWARD',
    tasks: [firewallRule('accept', { chain: 'FORWARD', rule: ['-s', 'fd00::/48', '-j', 'ACCEPT'], ipVersion: 6 })],
    look: lookAtFirewall,
  },
  {
    title: 'the policy of a chain',
    arrange: 'iptables -P FORWARD DROP',
    tasks: [firewallPolicy('forward', { chain: 'FORWARD', policy: 'ACCEPT' })],
    look: lookAtFirewall,
  },
  {
    title: 'a route that is not there',
    arrange: links,
    tasks: [route('pods of n2', { to: '10.244.2.0/24', via: '198.18.9.2', dev: 'np0' })],
    look: lookAtRoutes,
  },
  {
    title: 'a route that leads elsewhere, with attributes of its own',
    arrange: `${links}; ip route add 10.244.2.0/24 via 198.18.10.2 dev np1 proto static mtu 1400; ip route add 10.244.2.0/24 via 198.18.10.3 metric 50`,
    tasks: [route('pods of n2', { to: '10.244.2.0/24', via: '198.18.9.2' })],
    look: lookAtRoutes,
  },
  {
    title: 'a route with several next hops becomes one',
    arrange: `${links}; ip route add 10.244.2.0/24 proto static nexthop via 198.18.9.2 weight 1 nexthop via 198.18.10.2 weight 3`,
    tasks: [route('pods of n2', { to: '10.244.2.0/24', via: '198.18.9.7', dev: 'np0' })],
    look: lookAtRoutes,
  },
  {
    title: 'a table of its own, looked up first',
    arrange: links,
    tasks: [
      route('held', { to: '10.244.3.0/24', via: '203.0.113.7', dev: 'np0', onlink: true, table: 100 }),
      route('held default', { to: 'default', via: '198.18.9.2', table: 100, metric: 20 }),
      route('held of IPv6', { to: 'fd00:1::/64', dev: 'np1', table: 100 }),
      policyRule('first', { priority: 100, to: '10.244.0.0/16', table: 100 }),
      policyRule('from', { priority: 100, from: '10.245.0.0/16', table: 'main' }),
    ],
    look: lookAtRoutes,
  },
  {
    title: 'sysctls, new and with a file of another value',
    arrange: `
      echo 0 >/proc/sys/net/ipv4/ip_forward; printf '20000\\t30000\\n' >/proc/sys/net/ipv4/ip_local_port_range
      rm -f /etc/sysctl.d/90-netplay-*; echo 'net.ipv4.ip_forward = 0' >/etc/sysctl.d/90-netplay-net.ipv4.ip_forward.conf
      ip link show np0 >/dev/null 2>&1 || ip link add np0 type veth peer name np0p
      ip link show np0.7 >/dev/null 2>&1 || ip link add link np0p name np0.7 type vlan id 7 2>/dev/null || ip link add np0.7 type veth peer name np07
      echo 0 >/proc/sys/net/ipv4/conf/np0.7/forwarding`,
    tasks: [
      sysctl('forward', { name: 'net.ipv4.ip_forward', value: 1 }),
      sysctl('ports', { name: 'net.ipv4.ip_local_port_range', value: '20000 30001' }),
      sysctl('proxy', { name: 'net/ipv4/conf/np0.7/proxy_arp', value: 1 }),
    ],
    look: `cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_local_port_range /proc/sys/net/ipv4/conf/np0.7/proxy_arp
      ls -A /etc/sysctl.d; for f in /etc/sysctl.d/90-netplay*; do [ ! -e "$f" ] || { stat -c '%a %U' "$f"; cat "$f"; }; done`,
  },
  {
    title: 'a command with quotes in it',
    arrange: "rm -f '/run/np it'\"'\"'s'",
    tasks: [command('mark', { run: `echo "it's" >"/run/np it's"`, done: `test -s "/run/np it's"`, undo: `rm "/run/np it's"` })],
    look: 'ls /run | grep "^np it" || :',
  },
]

const unitText = (seconds: number, install = 'multi-user.target') =>
  `[Unit]\nDescription=np dummy\n[Service]\nExecStart=/bin/sleep ${seconds}\n[Install]\nWantedBy=${install}\n`

const unitsAway = `
systemctl disable --now np-a.service np-b.service >/dev/null 2>&1 || :
rm -rf /etc/systemd/system/np-*.service /etc/np.conf /run/netplay/units/np-*; systemctl daemon-reload; systemctl reset-failed 2>/dev/null || :`
const lookAtUnits = `
for unit in np-a.service np-b.service; do systemctl show -p LoadState,ActiveState,UnitFileState,NeedDaemonReload,Result $unit; done
ls -A /etc/systemd/system /etc/systemd/system/*.wants; cat /etc/systemd/system/np-* /etc/np.conf 2>/dev/null || :
for pid in $(pgrep -x sleep); do tr '\\0' ' ' </proc/$pid/cmdline; done`

export const systemdCases: SystemCase[] = [
  {
    title: 'routes to other hosts, held',
    arrange: `${links}
      systemctl stop netplay-held-contract.timer netplay-held-contract.service 2>/dev/null || :; rm -rf /run/netplay/held; ip route flush table 52007 2>/dev/null || :
      while ip route del 10.244.3.0/24 2>/dev/null; do :; done; while ip route del 10.244.4.0/24 2>/dev/null; do :; done
      for to in 10.244.2.9 10.244.4.7; do ip route del $to 2>/dev/null || :; done; ip route del blackhole 10.244.9.0/24 2>/dev/null || :
      ip route add 10.244.2.0/24 via 198.18.9.2 dev np0 proto static
      ip route add 10.244.3.0/24 via 203.0.113.7 dev np1 proto static onlink
      ip route add 10.244.4.0/24 nexthop via 198.18.9.2 weight 1 nexthop via 198.18.10.2 weight 3
      ip route add blackhole 10.244.9.0/24; ip route add 10.244.2.9 dev np1; ip route add 10.244.4.7 dev np0`,
    tasks: [heldRoutes('hold', { name: 'contract', podCidr: '10.244.0.0/16', table: 52007, timeoutSeconds: 300, held: true })],
    look: `ip rule show; ip route show table 52007 2>/dev/null || :; ip route show table main
      systemctl is-active netplay-held-contract.timer || :; find /run/netplay/held -mindepth 1 -printf '%M %u %P\\n' 2>/dev/null | sort`,
  },
  {
    title: 'a unit on a host that has none',
    arrange: unitsAway,
    tasks: [
      file('unit', { path: '/etc/systemd/system/np-a.service', content: unitText(1001) }),
      systemdUnit('run', { name: 'np-a.service', enabled: true, active: true }),
    ],
    look: lookAtUnits,
  },
  {
    title: 'a running unit with another unit file and another configuration',
    arrange: `${unitsAway}
      printf '${unitText(1002).replaceAll('\n', '\\n')}' >/etc/systemd/system/np-a.service; echo a=1 >/etc/np.conf
      sleep 0.1; systemctl daemon-reload; systemctl enable --now np-a.service 2>/dev/null`,
    tasks: [
      file('conf', { path: '/etc/np.conf', content: 'a=2\n' }),
      file('unit', { path: '/etc/systemd/system/np-a.service', content: unitText(1003) }),
      systemdUnit('run', { name: 'np-a.service', enabled: true, active: true, inputs: ['/etc/np.conf', '/bin/sleep'] }),
    ],
    look: lookAtUnits,
  },
  {
    title: 'a unit that runs is stopped and disabled, one that was stopped is started',
    arrange: `${unitsAway}
      for unit in a b; do printf '${unitText(1004).replaceAll('\n', '\\n')}' >/etc/systemd/system/np-$unit.service; done
      systemctl daemon-reload; systemctl enable --now np-a.service 2>/dev/null`,
    tasks: [
      systemdUnit('stop', { name: 'np-a.service', enabled: false, active: false }),
      systemdUnit('start', { name: 'np-b.service', active: true }),
    ],
    look: lookAtUnits,
  },
]
