import type { ParamMistake, RoleHost } from 'netplay'
import { contains, parseRange } from './addresses.js'
import type { NetworkParams } from './config.js'
import { room } from './pod-network.js'

/** What can be seen without asking any host: the network itself, and hosts that have an address in it. */
export function networkMistakes({ params, peers }: { params: NetworkParams; peers: readonly RoleHost[] }): ParamMistake[] {
  const network = parseRange(params.network)
  const problem = room({ params, peers })
  if (problem !== undefined) return [{ parameter: 'network', problem }]
  const inside = peers.find(({ address }) => {
    const own = parseRange(address)
    return own !== undefined && contains(network!, own)
  })
  return inside === undefined
    ? []
    : [{ parameter: 'network', problem: `${inside.name} has the address ${inside.address}, which is in ${params.network}` }]
}
