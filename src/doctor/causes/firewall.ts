import { blind, found, type Cause } from '../cause.js'
import { calicoDataOf } from '../calico-data.js'
import { needsEtcd, unreadOf } from '../etcd-seen.js'
import { covers } from '../ipv4.js'
import { subnetOf } from '../flannel-view.js'
import type { Fleet, HostView } from '../view.js'

export const forwardDropped: Cause = {
  id: 'P09',
  title: "docker's policy drops forwarded packets of pods",
  looksAt: "`iptables -S` (and iptables-legacy where its tables are in use): FORWARD's policy and accepts for the pod network",
  unseen: 'rules in tables of nftables itself, firewalld and cloud firewalls',
  role: 'flannel',
  task: 'Accept forwarded pod traffic',
  of: 'host',
  detect: (host, fleet) => {
    const networks = podNetworksOf(host, fleet)
    const unread = runsCalico(host) ? fleet.etcd.find(({ v3 }) => unreadOf(v3) !== undefined) : undefined
    if (networks.length === 0) return unread === undefined ? undefined : blind(needsEtcd(unread.v3))
    const { forward } = host.snapshot
    if (forward.get('iptables')?.some(line => line.startsWith('-P FORWARD ')) !== true)
      return blind(host.facts.uid === 0 ? `iptables, which ${host.name} does not answer` : `root on ${host.name}`)
    for (const [tool, lines] of forward)
      for (const network of networks)
        if (lines.includes('-P FORWARD DROP') && !accepts(lines, network))
          return found(
            `Forwarded pod traffic is dropped: policy of FORWARD is DROP and no rule accepts ${network}`,
            [
              { text: '-P FORWARD DROP', where: `${tool} -S FORWARD` },
              ...(host.facts.docker === 'absent'
                ? []
                : [{ text: `docker.service ${host.facts.docker}`, where: 'systemctl show docker.service' }]),
            ],
            'Accept what pods send by rules that come back after a boot and after a start of docker.',
            host.flannel === undefined ? 'calico-node' : undefined,
          )
    return undefined
  },
}

const runsCalico = ({ calico }: HostView) => calico?.container?.isRunning === true || calico?.node?.unit.isActive === true

/** Networks whose packets this host must forward. */
function podNetworksOf(host: HostView, fleet: Fleet): string[] {
  const flannel = host.flannel === undefined ? undefined : subnetOf(host.flannel, 'FLANNEL_NETWORK')?.value
  const pools = runsCalico(host) ? fleet.etcd.flatMap(etcd => calicoDataOf(etcd, fleet)?.pools ?? []) : []
  return [
    ...(flannel === undefined ? [] : [flannel]),
    ...pools.filter(({ isDisabled, cidr }) => !isDisabled && !cidr.includes(':')).map(({ cidr }) => cidr),
  ]
}

/**
 * Whether FORWARD, or a chain that it calls without a condition, lets pods' packets through. Felix accepts its own pods' by mark, before docker's
 * policy (measured), so its chain counts.
 */
function accepts(lines: readonly string[], network: string): boolean {
  const rules = rulesOf(lines)
  const called = new Set([
    'FORWARD',
    ...rules
      .filter(({ chain, target, conditions }) => chain === 'FORWARD' && target !== 'ACCEPT' && conditions.length === 0)
      .map(({ target }) => target),
  ])
  return rules.some(
    rule =>
      called.has(rule.chain) &&
      (rule.target === 'cali-FORWARD' || (rule.target === 'ACCEPT' && rule.conditions.every(condition => isAboutPods(condition, network)))),
  )
}

interface Rule {
  chain: string
  target: string
  /** `-s 10.244.0.0/16`; comments are none */
  conditions: string[]
}

const rulesOf = (lines: readonly string[]): Rule[] =>
  lines.flatMap(line => {
    const [, chain, rest] = /^-A (\S+)(.*)$/.exec(line) ?? []
    if (chain === undefined || rest === undefined) return []
    const plain = rest.replace(/ -m comment/g, '').replace(/ --comment ("(?:[^"\\]|\\.)*"|\S+)/g, '')
    const target = / -j (\S+)/.exec(plain)?.[1] ?? ''
    const conditions = plain.replace(/ -j \S+.*$/, '').trim()
    return [{ chain, target, conditions: conditions === '' ? [] : conditions.split(/ (?=!? ?-)/) }]
  })

const isAboutPods = (condition: string, network: string): boolean => {
  const [, option, value = ''] = /^(-[sdio]) (\S+)$/.exec(condition) ?? []
  if (option === '-s' || option === '-d') return covers(value, network)
  return option !== undefined && /^(cni0|cali\+|cbr0|flannel\.\d+)$/.test(value)
}
