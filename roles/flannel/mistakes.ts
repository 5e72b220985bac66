import type { ParamMistake, RoleHost } from 'netplay'
import { underlayMistakes } from '../underlay.js'
import type { NetworkParams } from './config.js'
import { room } from './pod-network.js'

/** What can be seen without asking any host: the network itself, the hosts' addresses, and what the inventory says of the network that they are in. */
export function networkMistakes({ params, peers }: { params: NetworkParams; peers: readonly RoleHost[] }): ParamMistake[] {
  const problem = room({ params, peers })
  if (problem !== undefined) return [{ parameter: 'network', problem }]
  const { underlay_network, network, backend } = params
  return underlayMistakes({
    ...{ underlay_network, peers, pods: network, podsParameter: 'network' },
    ...(backend === 'host-gw' ? { plain: { parameter: 'backend', value: backend } } : {}),
  })
}
