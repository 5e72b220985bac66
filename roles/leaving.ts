import { check, sh, type AbsentRoleHost, type Check, type CheckKind, type ParamMistake, type RoleContext, type RoleHost } from 'netplay'

/** Inventory group of the hosts that playbooks/decommission.yml takes out of the cluster. */
export const leavingGroup = 'leaving'

/** Parameter of every role that a host can leave. */
export const leaveParams = {
  leave_with_pods: {
    type: 'boolean',
    default: false,
    description: 'Part leave: go on although pods run on the host. They lose their network.',
  },
} as const

type Seen = Pick<RoleContext, 'host' | 'groups' | 'absent' | 'part'>

/** Of a host that leaves and is dead: declared away (`netplay_absent`), so that nobody can stop anything there. */
export interface DeadHost extends AbsentRoleHost {
  /** the host of the inventory that has its address by now */
  heir?: string
}

export const deadHosts = ({ absent, groups }: Pick<RoleContext, 'absent' | 'groups'>): DeadHost[] =>
  absent
    .filter(({ groups: own }) => own.includes(leavingGroup))
    .map(({ name, address, groups: own, reason, vars }) => {
      const heir = staying(groups).find(host => host.address === address)
      return { name, address, groups: own, reason, vars, ...(heir === undefined ? {} : { heir: heir.name }) }
    })

const staying = (groups: RoleContext['groups']): RoleHost[] => {
  const leaving = new Set((groups[leavingGroup] ?? []).map(({ name }) => name))
  return (groups['nodes'] ?? []).filter(({ name }) => !leaving.has(name))
}

/** What the inventory alone says against it. @param endpoints of etcd */
export function leavingMistakes(context: Seen, endpoints: readonly string[]): ParamMistake[] {
  const { host, groups, part } = context
  if (part === 'leave') return [...memberMistake(host, endpoints), ...twinMistake(host, groups)]
  const dead = deadHosts(context)
  if (dead.length > 0 || (groups[leavingGroup] ?? []).length > 0) return dead.flatMap(each => memberMistake(each, endpoints))
  return [{ problem: `no host is in group "${leavingGroup}": nothing leaves`, isWarning: true }]
}

function memberMistake(
  { name, address, groups }: Pick<RoleHost, 'name' | 'address' | 'groups'>,
  endpoints: readonly string[],
): ParamMistake[] {
  const isMember = groups.includes('etcd') || endpoints.some(endpoint => new URL(endpoint).hostname === address)
  if (!isMember) return []
  return [
    {
      problem: `${name} leaves the cluster and is a member of its etcd`,
      next: `Take it out of etcd first: etcdctl member remove, then out of group etcd (and etcd_endpoints), and run the playbooks of the daemons that read these. Nothing was changed.`,
    },
  ]
}

/** One machine under two names: what leaves under the one would be taken from the other. */
function twinMistake(host: RoleHost, groups: RoleContext['groups']): ParamMistake[] {
  const twin = staying(groups).find(({ name, address }) => name !== host.name && address === host.address)
  if (twin === undefined) return []
  return [
    {
      problem: `${host.name} leaves and ${twin.name} stays, and both are ${host.address}: it is one machine`,
      next: `If ${twin.name} has taken over the address of ${host.name}, declare ${host.name} away: netplay_absent="WHY until YYYY-MM-DD". Nothing was changed.`,
    },
  ]
}

/** Nobody is to be at the address of a host that is declared dead: its daemon would come back with what is taken away. */
export const nobodyAnswers: CheckKind<{ dead: { name: string; address: string }[] }> = {
  kind: 'nobody-answers',
  scope: 'host',
  probe: ({ dead }) => sh`
    for a in ${dead.map(({ address }) => address)}; do
      ! ping -n -c 1 -W 1 "$a" >/dev/null 2>&1 || echo "$a"
    done`,
  verdict: ({ dead }, _seen, { output }) => {
    const alive = dead.filter(({ address }) => output.split('\n').includes(address))
    if (alive.length === 0) return { holds: true }
    const told = alive.map(({ name, address }) => `${name} is declared away, and somebody answers at its address ${address}`)
    return {
      holds: false,
      reason: told.join('; '),
      next: 'Power it off, or take netplay_absent away so that it is stopped first. If another machine has the address by now, name that one in the inventory.',
    }
  },
}

export const deadPreconditions = (dead: readonly DeadHost[]): Check[] => {
  const unseen = dead.flatMap(({ name, address, heir }) => (heir === undefined ? [{ name, address }] : []))
  return unseen.length === 0 ? [] : [check('hosts that are declared dead are', nobodyAnswers, { dead: unseen })]
}

export interface PodsParams {
  host: string
  /** name of the CNI network */
  network: string
  /** words of `ip link show` that list the links to pods; those whose names begin with `prefix` count */
  links: string[]
  prefix: string
  /** they may lose their network */
  mayStay: boolean
  /** that says so */
  variable: string
}

/** Pods have no network any more once the host has left. Links to them are what counts; names are what the plugins wrote down. */
export const noPods: CheckKind<PodsParams> = {
  kind: 'no-pods',
  scope: 'host',
  probe: ({ network, links }) => sh`
    ip -o link show ${links} 2>/dev/null | sed -n 's/^[0-9]*: \\([^:@]*\\).*/link \\1/p'
    for f in /var/lib/cni/results/${network}-* /var/lib/cni/cache/results/${network}-*; do
      [ -f "$f" ] || continue
      name=$(tr -d '\\n' <"$f" | sed -n 's#.*"K8S_POD_NAMESPACE", *"\\([^"]*\\)".*"K8S_POD_NAME", *"\\([^"]*\\)".*#\\1/\\2#p')
      [ -n "$name" ] || { name=\${f##*/}; name=\${name#${network}-}; }
      echo "pod $name"
    done`,
  verdict: ({ host, prefix, mayStay, variable }, _seen, { output }) => {
    const told = (word: string) => output.split('\n').flatMap(line => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))
    const links = told('link').filter(link => link.startsWith(prefix))
    if (links.length === 0) return { holds: true }
    const names = told('pod').length === 0 ? links : told('pod')
    const which = `${names.slice(0, 8).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`
    const pods = links.length === 1 ? `a pod runs on ${host}` : `${links.length} pods run on ${host}`
    if (mayStay) return { holds: true, warning: `${pods} and will have no network: ${which}` }
    return {
      holds: false,
      reason: `${pods}: ${which}`,
      next: `Drain the host first (kubectl drain), or let them lose their network: -e ${variable}=true.`,
    }
  },
}
