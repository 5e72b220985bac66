import { absent, absentKeys, check, command, gate, joined, sh, systemdUnit, type Check, type Task } from 'netplay'
import { etcdCluster } from '../etcd-cluster.js'
import { etcdPreconditions } from '../etcd-preconditions.js'
import { deadHosts, deadPreconditions, noPods } from '../leaving.js'
import { networkName, conflistName } from './cni.js'
import { forgottenRoutes } from './forgotten-routes.js'
import { forwardPaths, forwardRules } from './forward.js'
import { uplinkOf } from './iface.js'
import type { Context } from './preconditions.js'

/** What must hold where flannel leaves: pods are gone, and etcd can be told. */
export const leavePreconditions = (context: Context): Check[] => [...etcdPreconditions(etcdCluster(context)), podsGone(context)]

const podsGone = ({ host, params }: Context): Check =>
  check('the host is drained', noPods, {
    host: host.name,
    network: networkName,
    links: ['master', 'cni0'],
    prefix: 'veth',
    mayStay: params.leave_with_pods,
    variable: 'flannel_leave_with_pods',
  })

/**
 * flannel leaves the host: no new pods, the daemon stopped, then its lease; a lease that goes first is taken again by the daemon. Programs, plugins and
 * kernel settings stay: they do nothing by themselves. Source: networking.md 4.1 (rollback), 4.6; P35.
 */
export function leaveTasks(context: Context): Task[] {
  const { host, params } = context
  return [
    absent('No CNI configuration', { path: `${params.cni_conf_dir}/${conflistName}` }),
    gate(podsGone(context), { timeoutMs: 1_000 }),
    systemdUnit('Stop flanneld', { name: 'flannel.service', enabled: false, active: false }),
    leaseGone(context, { name: host.name, address: uplinkOf(host, params.iface).address, isRemade: true }),
    absent('No subnet of this host', { path: '/run/flannel/subnet.env' }),
    linksGone(context),
    rulesGone(),
    absent('No flannel.service', { path: '/etc/systemd/system/flannel.service' }),
    ...forwardGone(params.network),
  ]
}

const leaseGone = (context: Context, { name, address, isRemade = false }: { name: string; address: string; isRemade?: boolean }): Task =>
  absentKeys(`Give back the lease of ${name}`, {
    cluster: etcdCluster(context),
    prefix: `${context.params.etcd_prefix}/subnets/`,
    where: { PublicIP: address },
    isRemade,
  })

/** flanneld leaves its device and routes when it stops, so that pods go on; here none are left. It makes them again when it starts, and the bridge the first pod. */
function linksGone({ params: { network, vni } }: Context): Task {
  const tunnel = `flannel.${vni}`
  const there = sh`ip link show dev ${tunnel} >/dev/null 2>&1 || ip link show dev cni0 >/dev/null 2>&1 || ip -4 route show root ${network} | grep -q .`
  return command('No bridge, tunnel and routes of pods', {
    shows: `ip link delete cni0, ${tunnel}; ip route flush root ${network}`,
    done: String(sh`! { ${there}; }`),
    run: String(sh`
      for link in cni0 ${tunnel}; do
        ! ip link show dev "$link" >/dev/null 2>&1 || ip link delete "$link"
      done
      ! ip -4 route show root ${network} | grep -q . || ip -4 route flush root ${network}`),
    undo: String(sh`:`),
  })
}

/** The daemons of 2017 leave their rules when they stop; newer ones take them away. */
function rulesGone(): Task {
  const list = (table: string) => sh`iptables -w 30 -t ${table} -S 2>/dev/null`
  const theirs = sh`grep -E ${'^-[AN] .*(--comment "?flanneld |FLANNEL-)'}`
  const clear = (table: string) => sh`
    ${list(table)} | ${theirs} | sed -n 's/^-A/-D/p' | while read -r rule; do printf '%s\\n' "$rule" | xargs iptables -w 30 -t ${table}; done
    ${list(table)} | sed -n 's/^-N \\(FLANNEL-[A-Z]*\\)$/\\1/p' | while read -r chain; do iptables -w 30 -t ${table} -X "$chain"; done`
  return command('No firewall rules of flanneld', {
    shows: 'iptables -D each rule with the comment "flanneld …"; the chains FLANNEL-…',
    done: String(sh`! { ${list('filter')}; ${list('nat')}; } | ${theirs} >/dev/null`),
    run: String(joined([clear('filter'), clear('nat')])),
    // It makes them again when it starts.
    undo: String(sh`:`),
  })
}

/** The accepts for forwarded pod traffic, and what puts them back. */
function forwardGone(network: string): Task[] {
  const { unit, unitFile, script } = forwardPaths
  const rules = forwardRules(network).map(({ chain, rule }) => sh`${chain} ${rule}`)
  const [from, to] = rules as [(typeof rules)[number], (typeof rules)[number]]
  const has = (rule: typeof from) => sh`iptables -w 30 -C ${rule} 2>/dev/null`
  return [
    systemdUnit('Accept pod traffic no more at boot', { name: unit, enabled: false, active: false }),
    absent('No unit that accepts it', { path: unitFile }),
    absent('No script that accepts it', { path: script }),
    command('Accept forwarded pod traffic no more', {
      shows: `iptables -D FORWARD -s ${network} -j ACCEPT; the same with -d`,
      done: String(sh`! ${has(from)} && ! ${has(to)}`),
      run: String(sh`
        while ${has(from)}; do iptables -w 30 -D ${from}; done
        while ${has(to)}; do iptables -w 30 -D ${to}; done`),
      undo: String(sh`
        ${has(from)} || iptables -w 30 -I ${from}
        ${has(to)} || iptables -w 30 -I ${to}`),
    }),
  ]
}

export const forgetPreconditions = (context: Context): Check[] => [
  ...etcdPreconditions(etcdCluster(context)),
  ...deadPreconditions(deadHosts(context)),
]

/** On hosts that stay: what dead ones left in etcd goes, and no route leads to a host that has left. */
export const forgetTasks = (context: Context): Task[] => [
  ...deadHosts(context).flatMap(dead => {
    // Whoever has its address has its lease too: flanneld takes up the one that names it.
    return dead.heir === undefined ? [leaseGone(context, { name: dead.name, address: dead.address })] : []
  }),
  gate(forgotten(context), { timeoutMs: 30_000 }),
]

export const forgotten = (context: Context): Check => {
  const { params } = context
  return check('No route to a host that has left', forgottenRoutes, {
    cluster: etcdCluster(context),
    prefix: params.etcd_prefix,
    network: params.network,
    vni: params.vni,
  })
}
