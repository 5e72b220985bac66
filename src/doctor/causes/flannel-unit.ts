import { blind, found, type Cause } from '../cause.js'
import { isLoopback, memberOf, type EtcdAccess } from '../etcd-access.js'
import { evidenceOf } from '../flags.js'
import { list, saidBy, stateOf } from '../flannel-judge.js'
import { shortened } from '../text-file.js'
import { saidIn } from '../unit.js'

export const interfaceAbsent: Cause = {
  id: 'P27',
  title: 'flanneld is told an interface that this host does not have, or that is down',
  looksAt: '-iface against the interfaces and addresses of the host',
  unseen: '-iface-regex and -iface-can-reach',
  role: 'flannel',
  task: 'Write flannel.service',
  of: 'host',
  detect: ({ flannel, facts, name }) => {
    if (flannel === undefined || flannel.ifaces.length === 0) return undefined
    if (!facts.isAddressKnown) return blind(`the program ip, which ${name} does not have`)
    const fits = (wanted: string) =>
      facts.interfaces.some(
        ({ name: device, isUp, addresses }) =>
          isUp && addresses.some(({ family, address }) => (family === 4 && device === wanted) || address === wanted),
      )
    if (flannel.ifaces.some(({ value }) => fits(value))) return undefined
    const seen = facts.interfaces.filter(({ name: device }) => device !== 'lo' && !/^(veth|cali)/.test(device))
    return found(
      `flanneld is told to use ${flannel.ifaces.map(({ value }) => value).join(', ')}, which is no interface or address of this host that is up: it ends at its next start`,
      [
        ...flannel.ifaces.map(evidenceOf),
        {
          text: shortened(
            seen.map(({ name: device, isUp, addresses }) => `${device} ${isUp ? (addresses[0]?.address ?? '') : 'DOWN'}`.trim()).join(', '),
          ),
          where: 'ip addr show',
        },
      ],
      'Give each host the address that its peers send to, rather than a name.',
    )
  },
}

export const oneEndpoint: Cause = {
  id: 'P28',
  title: 'A client names one etcd member, and there are more',
  looksAt:
    "endpoints of flanneld, calico/node, its CNI plugin, calicoctl and route reflectors, against etcd's own daemons and all other clients",
  unseen: 'members that no client names and that run on no host of the inventory',
  role: 'flannel',
  of: 'host',
  detect: (host, fleet) => {
    const own = fleet.etcd.flatMap(etcd => etcd.accesses.filter(access => access.host === host.name).map(access => ({ etcd, access })))
    const lonely = own.filter(({ access }) => isLonely(access))
    const bad = lonely.filter(({ etcd }) => Math.max(etcd.members.length, etcd.memberCount ?? 0) > 1)
    if (bad.length === 0) {
      const open = lonely.find(({ etcd }) => etcd.memberCount === undefined)
      return open === undefined ? undefined : blind(`to know how many members etcd has, which no host of the inventory tells`)
    }
    const { etcd } = bad[0]!
    return found(
      `${list(bad.map(({ access }) => access.who))} on this host name${bad.length === 1 ? 's' : ''} one etcd member of ${Math.max(etcd.members.length, etcd.memberCount ?? 0)}: when that one is lost, so are they`,
      bad.map(({ access }) => access.evidence),
      'Name all members as endpoints.',
      bad[0]!.access.who === 'flannel' ? 'flannel' : bad[0]!.access.who === 'route reflector' ? 'route-reflector' : 'calico-node',
    )
  },
}

/** A member of its own on each host is no single point. */
const isLonely = ({ endpoints }: EtcdAccess) => new Set(endpoints.map(memberOf)).size === 1 && !isLoopback(memberOf(endpoints[0]!))

export const noRestart: Cause = {
  id: 'P35',
  title: 'flanneld ends with status 0 when its lease is removed, and its unit does not start it again',
  looksAt: 'Restart= of the unit, and whether it is dead',
  role: 'flannel',
  task: 'Write flannel.service',
  of: 'host',
  detect: host => {
    const unit = host.flannel?.unit
    const restart = unit?.properties['Restart'] ?? 'always'
    if (unit === undefined || restart === 'always') return undefined
    const isDead =
      unit.properties['ActiveState'] === 'inactive' &&
      unit.properties['ExecMainStatus'] === '0' &&
      unit.properties['ExecMainStartTimestampMonotonic'] !== '0'
    return found(
      `flanneld ends with status 0 when its lease is removed, and Restart=${restart} does not start it again${isDead ? ': it is dead now' : ''}`,
      [
        saidIn(unit, 'Service', 'Restart') ?? { text: `Restart=${restart}`, where: `systemctl show ${unit.name}` },
        ...(isDead ? [...stateOf(host.flannel!), ...(saidBy(host, host.flannel!, /Lease has been revoked/) ?? [])] : []),
      ],
      'Restart=always with RestartSec=5.',
    )
  },
}

export const halfTls: Cause = {
  id: 'P40',
  title: 'flanneld has a CA but no certificate and key (or one of them): it speaks plain http to a TLS port',
  looksAt: 'the three files on its command line or in its environment',
  role: 'flannel',
  task: 'Write flannel.service',
  of: 'host',
  detect: ({ flannel }) => {
    if (flannel === undefined || !flannel.isOnEtcd) return undefined
    const { caFile, certFile, keyFile, endpoints } = flannel
    const given = [caFile, certFile, keyFile].flatMap(setting => setting ?? [])
    const missing = Object.entries({ 'etcd-cafile': caFile, 'etcd-certfile': certFile, 'etcd-keyfile': keyFile }).flatMap(
      ([name, setting]) => (setting === undefined ? [name] : []),
    )
    const isTls = endpoints?.value.includes('https://') === true
    if (missing.length === 0 || (given.length === 0 && !isTls)) return undefined
    return found(
      `flanneld has no ${missing.join(' and no ')}: without all three it speaks plain http to etcd's TLS port, and says nothing`,
      [...given, ...(endpoints === undefined ? [] : [endpoints])].map(evidenceOf),
      'Give it CA, certificate and key together.',
    )
  },
}
