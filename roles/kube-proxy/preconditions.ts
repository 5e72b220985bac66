import { check, sh, type Check, type CheckKind, type RoleContext, type RoleHost } from 'netplay'
import { known } from '../flannel/fact-preconditions.js'
import { binaryPresent, foldersWritable } from '../flannel/host-preconditions.js'
import { bad, good } from '../flannel/verdict.js'
import { iptablesKinds } from '../surroundings.js'
import { conntrackMax, type Params, type ProxyMode } from './config.js'
import { kubeconfigWhole, nodeKnown } from './kubeconfig.js'
import { nodeNameOf, nodeNameOfPeer } from './node-name.js'
import { proxyPath } from './unit.js'

export function preconditionsOf(context: RoleContext<Params>): Check[] {
  const { host, params } = context
  const { mode, kubeconfig } = params
  const node = nodeNameOf(host, params)
  return [
    judged('the host can run kube-proxy', platform(host), 'Nothing was changed on any host.'),
    judged(`the host can do mode ${mode}`, canDo(host, mode), `Install what is missing, or choose another kube_proxy_mode.`),
    judged('every host has a Node of its own', doubled(context), 'Set kube_proxy_node_name on each host to the name of its Node.'),
    check('the kubeconfig is whole', kubeconfigWhole, { path: kubeconfig }),
    check('the API knows the Node of this host', nodeKnown, { kubeconfig, node }),
    check('the tools are new enough', toolsFit, { mode }),
    check('connection tracking can be set', conntrackFits, { max: conntrackMax(params) }),
    check('the ports are free', portsFree, { ports: portsOf(params) }),
    check('one kind of iptables', iptablesKinds, {}),
    check('the files can be written', foldersWritable, {
      folders: ['/etc/systemd/system', '/etc/kubernetes', '/usr/local/bin'],
      programs: ['/usr/local/bin'],
    }),
    ...(params.binary === undefined ? [check('kube-proxy is installed', programPresent, { path: proxyPath })] : []),
  ]
}

/** Where the ports cannot be chosen they are kube-proxy's own. */
export const portsOf = ({ profile, healthz_port, metrics_port }: Params): number[] =>
  profile === 'classic' ? [10256, 10249] : [healthz_port, metrics_port]

const judged = (title: string, problem: string | undefined, next: string) =>
  check(title, known, problem === undefined ? {} : { problem, next })

function platform({ name, facts }: RoleHost): string | undefined {
  if (facts === undefined) return `${name} has not told its facts`
  if (facts.init !== 'systemd') return `${name} does not run systemd: its process 1 is ${facts.init || 'unknown'}`
  return facts.uid === 0 ? undefined : `on ${name} commands do not run as root (user id ${facts.uid}): use --become`
}

/** An unusable mode makes kube-proxy end: it falls back to none. Source: networking.md 2.7. */
function canDo({ name, facts }: RoleHost, mode: ProxyMode): string | undefined {
  if (facts === undefined) return undefined
  const needed = ({ iptables: ['iptables'], nftables: ['nft'], ipvs: ['iptables', 'ipset'] } as const)[mode]
  const missing = needed.filter(tool => facts.tools[tool] !== true)
  if (missing.length > 0) return `${name} has no ${missing.join(', no ')}, which mode ${mode} needs`
  const [major, minor] = facts.kernel.version
  if (mode === 'nftables' && (major < 5 || (major === 5 && minor < 13)))
    return `${name} has Linux ${facts.kernel.release}, and mode nftables needs 5.13 or newer`
  return undefined
}

function doubled(context: RoleContext<Params>): string | undefined {
  const { host, peers, params } = context
  const node = nodeNameOf(host, params)
  const other = peers.find(peer => peer.name !== host.name && nodeNameOfPeer(peer, context) === node)
  return other && `${host.name} and ${other.name} would both be Node ${node}`
}

/** Versions that the facts do not tell, and tools that they do not name. */
export const toolsFit: CheckKind<{ mode: ProxyMode }> = {
  kind: 'tools-fit',
  scope: 'host',
  probe: ({ mode }) => sh`
    case ${mode} in
      nftables) nft --version 2>&1 ;;
      ipvs) command -v ipvsadm >/dev/null || echo none ;;
    esac`,
  verdict: ({ mode }, _seen, { output }) => {
    if (mode === 'ipvs')
      return output.trim() === 'none'
        ? bad('this host has no ipvsadm, which mode ipvs needs', undefined, 'Install the package ipvsadm.')
        : good
    const [, major = 0, minor = 0, patch = 0] = /v(\d+)\.(\d+)(?:\.(\d+))?/.exec(output)?.map(Number) ?? []
    if (mode !== 'nftables' || major > 1 || (major === 1 && (minor > 0 || patch >= 1))) return good
    return bad(
      `mode nftables needs nft 1.0.1 or newer, and this host has: ${output.trim().slice(0, 200)}`,
      undefined,
      'Install a newer nftables.',
    )
  },
}

/** kube-proxy ends at once where it cannot set what it was told to (measured in a container's network namespace). */
export const conntrackFits: CheckKind<{ max: number }> = {
  kind: 'conntrack-fits',
  scope: 'host',
  probe: () => sh`
    f=/proc/sys/net/netfilter/nf_conntrack_max
    if [ ! -e $f ]; then echo absent; elif [ -w $f ]; then echo writable; else echo fixed; fi`,
  verdict: ({ max }, _seen, { output }) => {
    if (max === 0 || output.trim() !== 'fixed') return good
    return bad(
      'nf_conntrack_max cannot be written on this host, and kube-proxy would end because of it',
      undefined,
      'Set kube_proxy_conntrack to {max_per_core: 0, min: 0}: it is then left as it is.',
    )
  },
}

export const portsFree: CheckKind<{ ports: number[] }> = {
  kind: 'ports-free',
  scope: 'host',
  probe: ({ ports }) => sh`
    command -v ss >/dev/null || exit 0
    for p in ${ports}; do
      ss -H -l -n -t -p "sport = :$p" 2>/dev/null | sed -n "s/.*users:((\\"\\([^\\"]*\\)\\".*/$p \\1/p"
    done`,
  verdict: (_params, _seen, { output }) => {
    const taken = output
      .split('\n')
      .map(line => line.split(' '))
      .find(([port = '', program]) => port !== '' && program !== 'kube-proxy')
    if (taken === undefined) return good
    return bad(
      `TCP port ${taken[0]} is taken by ${taken[1]}`,
      undefined,
      'Stop that program, or choose another kube_proxy_healthz_port or kube_proxy_metrics_port.',
    )
  },
}

/** As flannel's, with the words of this role. */
export const programPresent: typeof binaryPresent = {
  ...binaryPresent,
  verdict: (params, seen, reply) => {
    const verdict = binaryPresent.verdict(params, seen, reply)
    return verdict.holds
      ? verdict
      : { ...verdict, next: 'Set kube_proxy_binary to the program on the controller (or {url, sha256, member}).' }
  },
}

export const preconditionKinds = [
  known,
  kubeconfigWhole,
  nodeKnown,
  toolsFit,
  conntrackFits,
  portsFree,
  foldersWritable,
  programPresent,
  iptablesKinds,
]
