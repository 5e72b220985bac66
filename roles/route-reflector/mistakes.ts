import type { ParamMistake } from 'netplay'
import { isNode, isReflector, reflectorsOf, type Context } from './names.js'

/** What can be seen without asking any host. */
export function mistakes(context: Context): ParamMistake[] {
  const { params, part, host } = context
  if (part === 'mesh-on' || part === 'renounce' || part === 'retire') return []
  const count = reflectorsOf(context).length
  if (count === 0)
    return [{ parameter: 'group', problem: `no host is in group "${params.group}": without a reflector every node would be alone` }]
  return [
    ...(count === 1
      ? [{ parameter: 'group', problem: 'there is one reflector: when it is down, no node learns a route', isWarning: true }]
      : []),
    ...(params.profile === 'classic' && isReflector(context) && isNode(context)
      ? [
          {
            parameter: 'group',
            problem: `${host.name} is in group "${params.nodes_group}" too: of profile classic calico/node and a reflector both want port 179`,
            next: `Let hosts reflect that are no nodes, and take ${host.name} out of one of the groups.`,
          },
        ]
      : []),
  ]
}
