import type { RoleContext, RoleHost } from 'netplay'
import type { Params } from './config.js'

/** P29: it must be the name that kubelet registered, which is the hostname in lower case where nobody said otherwise. */
export const nodeNameOf = (host: RoleHost, { node_name }: Pick<Params, 'node_name'>): string => node_name ?? kubeletsOwn(host)

/** The same of a peer, as far as it can be known: its own variable, else what the play says for all. */
export function nodeNameOfPeer(peer: RoleHost, { host, params }: Pick<RoleContext<Params>, 'host' | 'params'>): string {
  const own = peer.vars.get(variable)
  if (typeof own === 'string') return own
  return nodeNameOf(peer, host.vars.has(variable) ? {} : params)
}

const variable = 'kube_proxy_node_name'
const kubeletsOwn = ({ name, facts }: RoleHost) => (facts?.hostname || name).toLowerCase()
