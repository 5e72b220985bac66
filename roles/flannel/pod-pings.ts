import { joined, sh, type CheckKind, type Reached, type Seen } from 'netplay'

export interface PodPingParams {
  /** where the CNI plugins are */
  binDir: string
  /** plugin configurations in the order of the list, each with name and cniVersion */
  plugins: Record<string, unknown>[]
  /** the host's own address and MTU, where the path below the pods' network should be looked at when pods do not reach each other */
  underlay?: { address: string; mtu: number }
  /** whose journal tells more; default flannel.service */
  unit?: string
}

interface Pod {
  host: string
  address: string
  mtu: number
  underlay?: { address: string; mtu: number }
}

const pod = 'netplay-check'
/** Above this many hosts each pings its next one only: a ring still crosses every host twice. */
const fullMeshUpTo = 20
const ipv4AndIcmpBytes = 28

/** A pod made by the real CNI plugins on every host: each reaches the others with small and with full-size packets that must not be cut up. */
export const podPings: CheckKind<PodPingParams> = {
  kind: 'pod-pings',
  scope: 'play',
  setup: params => sh`
    for t in ip ping; do command -v $t >/dev/null || { echo "$t is missing on this host: pods cannot be tried" >&2; exit 1; }; done
    ${teardown(params)}
    ip netns add ${pod}
    ip -n ${pod} link set lo up
    prev=
    ${joined(params.plugins.map(plugin => addText(plugin, params.binDir)))}
    set -- $(ip -n ${pod} -4 -o addr show dev eth0)
    address=\${4%/*}
    link=$(ip -n ${pod} -o link show dev eth0)
    mtu=\${link#* mtu }
    mtu=\${mtu%% *}
    # While pods live that were made for a smaller MTU, the bridge keeps theirs.
    bridge=$(cat /sys/class/net/cni0/mtu 2>/dev/null || echo "$mtu")
    [ "$bridge" -ge "$mtu" ] || mtu=$bridge
    echo "$address $mtu" ${params.underlay === undefined ? [] : [params.underlay.address, params.underlay.mtu]}`,
  teardown,
  probe: (_params, seen) => {
    const own = podOf(seen, seen.host)
    if (own === undefined) return sh`echo none`
    const targets = targetsOf(seen).map(({ host, address, mtu, underlay }) =>
      [host, address, Math.min(mtu, own.mtu) - ipv4AndIcmpBytes, ...underlayOf(own.underlay, underlay)].join(' '),
    )
    return sh`
      # An earlier look may have gone over a tunnel that is about to go: the pod would keep to that path's MTU for ten minutes.
      ip -n ${pod} route flush cache
      for t in ${targets}; do
        set -- $t
        small=lost full=lost
        ip netns exec ${pod} ping -n -c 1 -W 2 "$2" >/dev/null 2>&1 && small=answered
        words=$(ip netns exec ${pod} ping -n -M do -c 1 -W 2 -s "$3" "$2" 2>&1) && full=answered
        below=
        if [ $full = lost ] && [ -n "\${4-}" ]; then
          below=" [the hosts themselves: $5 bytes with DF to $4 answered]"
          ping -n -M do -c 1 -W 2 -s "$5" "$4" >/dev/null 2>&1 || below=" [the hosts themselves: $5 bytes with DF to $4 lost]"
        fi
        echo "$1 $small $full $3 $(printf '%s' "$words" | tr '\\n' ' ' | cut -c1-200)$below"
      done`
  },
  verdict: ({ unit = 'flannel.service' }, seen, { output }) => {
    if (podOf(seen, seen.host) === undefined)
      return {
        holds: false,
        reason: `no pod could be made on ${seen.host}`,
        evidence: seen.setups[seen.host] ?? '',
        next: `See what the CNI plugin says above; \`journalctl -u ${unit}\` on the host.`,
      }
    const pings = output.split('\n').flatMap(pingOf)
    const reached = pings.map(ping => ping.reached)
    const lost = pings.filter(ping => ping.reached.reason !== undefined)
    const [first] = lost
    if (first === undefined) return { holds: true, detail: `${targetsOf(seen).length} pods reached`, reached }
    const { host: to, reason } = first.reached
    const others = lost.length === 1 ? '' : `; nor to ${lost.length - 1} of the other ${pings.length - 1}`
    return {
      holds: false,
      reached,
      reason: `pod on ${seen.host} → pod on ${to}: ${reason}${others}`,
      evidence: first.words,
      next: 'Look at routes, FORWARD (iptables -S FORWARD) and the UDP port between these two hosts.',
    }
  },
}

/** A line of the probe: `n4 answered lost 1422 PING …`, what ping said at the end. */
function pingOf(line: string): { reached: Reached; words: string }[] {
  const [host = '', first, second, size = '', ...rest] = line.split(' ')
  if (host === '' || host === 'none') return []
  const [small, full, words] = [first === 'answered', second === 'answered', rest.join(' ')]
  if (small && full) return [{ reached: { host, small, full }, words }]
  const lost = small ? `no answer to ${size} bytes with DF, 56 bytes answered: a link on the way has a smaller MTU` : 'no answer'
  return [{ reached: { host, small, full, reason: `${lost}${belowToo(words)}` }, words }]
}

/** One plugin of the list, as a container runtime calls it: the result of the one before is in its configuration. Source: CNI spec 1.0.0, section 4. */
const addText = (plugin: Record<string, unknown>, binDir: string) => sh`
  conf=${JSON.stringify(plugin).slice(0, -1)}
  [ -z "$prev" ] || conf="$conf,\\"prevResult\\":$prev"
  prev=$(printf '%s}' "$conf" | ${call('ADD', plugin, binDir)}) || { printf '%s\n' "$prev" >&2; exit 1; }`

function teardown({ binDir, plugins }: PodPingParams) {
  const deletes = [...plugins]
    .reverse()
    .map(plugin => sh`printf '%s' ${JSON.stringify(plugin)} | ${call('DEL', plugin, binDir)} >/dev/null 2>&1 || :`)
  return sh`
    if [ -e /run/netns/${pod} ]; then
      ${joined(deletes)}
      ip netns del ${pod}
    fi`
}

const call = (command: 'ADD' | 'DEL', plugin: Record<string, unknown>, binDir: string) =>
  sh`CNI_COMMAND=${command} CNI_CONTAINERID=${pod} CNI_NETNS=/run/netns/${pod} CNI_IFNAME=eth0 CNI_PATH=${binDir} ${`${binDir}/${String(plugin['type'])}`}`

const podOf = ({ setups }: Seen, host: string): Pod | undefined => {
  const [address = '', mtu, below, belowMtu] = (setups[host] ?? '').trim().split(' ')
  return /^\d+\.\d+\.\d+\.\d+$/.test(address) && Number(mtu) > 0
    ? { host, address, mtu: Number(mtu), ...(Number(belowMtu) > 0 ? { underlay: { address: below!, mtu: Number(belowMtu) } } : {}) }
    : undefined
}

/** Address to ask below the pods' network, and size of what both links should carry. */
const underlayOf = (own: Pod['underlay'], peer: Pod['underlay']): (string | number)[] =>
  own === undefined || peer === undefined ? [] : [peer.address, Math.min(own.mtu, peer.mtu) - ipv4AndIcmpBytes]

/** The path between the hosts does not carry what their links say: then it is not the pods' network that is wrong. */
const belowToo = (words: string): string =>
  words.endsWith(' lost]') ? '; the path between the two hosts themselves does not carry what their links say' : ''

const targetsOf = (seen: Seen): Pod[] => {
  const pods = seen.hosts.flatMap(host => podOf(seen, host) ?? [])
  if (pods.length <= fullMeshUpTo) return pods.filter(({ host }) => host !== seen.host)
  const next = pods[(pods.findIndex(({ host }) => host === seen.host) + 1) % pods.length]!
  return [next]
}
