import type { ParamMistake, RoleHost } from 'netplay'
import { isIn, overlaps, parseRange } from './flannel/addresses.js'

/** What the admin may say of the network below, so that mistakes about it are seen before any host is asked. The hosts' own facts are judged in any case. */
export const underlayParams = {
  underlay_network: {
    type: 'string',
    format: 'cidr',
    description:
      'The network that all hosts are neighbours in, if there is one, e.g. 198.18.0.0/24. Where it is given, pods that have addresses in it, and hosts that routes without a tunnel would not reach, are refused before any host is asked.',
  },
} as const

export interface Underlay {
  underlay_network?: string
  /** of all pods, and its parameter */
  pods: string
  podsParameter: string
  /** the parameter that says that packets go from host to host without a tunnel, and what it says; undefined: they do not */
  plain?: { parameter: string; value: string }
  peers: readonly RoleHost[]
}

/** The pods' network, the hosts' addresses and the network that they are in, against each other. */
export function underlayMistakes({ underlay_network: text, pods, podsParameter, plain, peers }: Underlay): ParamMistake[] {
  const [network, podRange] = [text === undefined ? undefined : parseRange(text), parseRange(pods)]
  if (podRange === undefined) return []
  if (network !== undefined && overlaps(podRange, network))
    return [{ parameter: podsParameter, problem: `pods (${pods}) and hosts (${text}) overlap` }]
  const inside = oncePerPeers(peers, `in ${pods}`, () => peers.find(({ address }) => isIn(pods, address)))
  if (inside !== undefined)
    return [{ parameter: podsParameter, problem: `${inside.name} has the address ${inside.address}, which is in ${pods}` }]
  const twins = oncePerPeers(peers, 'twins', () => twinsOf(peers))
  if (twins !== undefined) return [{ problem: `${twins[0].name} and ${twins[1].name} have one address, ${twins[0].address}` }]
  if (text === undefined || network === undefined || plain === undefined) return []
  const outside = oncePerPeers(peers, `not in ${text}`, () =>
    peers.find(({ address }) => parseRange(address) !== undefined && !isIn(text, address)),
  )
  return outside === undefined
    ? []
    : [
        {
          parameter: plain.parameter,
          problem: `${outside.name} (${outside.address}) is not in ${text}: ${plain.value} cannot route across a router`,
        },
      ]
}

function twinsOf(peers: readonly RoleHost[]): [RoleHost, RoleHost] | undefined {
  const seen = new Map<string, RoleHost>()
  for (const peer of peers) {
    const other = seen.get(peer.address)
    if (other !== undefined) return [other, peer]
    seen.set(peer.address, peer)
  }
  return undefined
}

const made = new WeakMap<readonly RoleHost[], Map<string, unknown>>()

/** A role is asked once for each host of a play; what is the same for all of them is looked for once. The hosts of a play are one list. */
export function oncePerPeers<T>(peers: readonly RoleHost[], what: string, make: () => T): T {
  const known = made.get(peers) ?? new Map<string, unknown>()
  made.set(peers, known)
  if (!known.has(what)) known.set(what, make())
  return known.get(what) as T
}
