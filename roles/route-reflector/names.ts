import type { ParamsOf, RoleContext, RoleHost } from 'netplay'
import type { paramsSchema } from './params.js'

export type Params = ParamsOf<typeof paramsSchema>
export type Context = RoleContext<Params>

/** Name of a host as a node of calico. */
export function nodeNameOf(host: RoleHost): string {
  const given = host.vars.get('calico_node_name')
  return typeof given === 'string' ? given : host.name
}

/** The name as `calico_node_name` or the role's own parameter says it. */
export const ownName = ({ host, params }: Context): string => params.node_name ?? nodeNameOf(host)

export const reflectorsOf = ({ groups, params }: Context): readonly RoleHost[] => groups[params.group] ?? []
export const nodesOf = ({ groups, params }: Context): readonly RoleHost[] => groups[params.nodes_group] ?? []

export const isReflector = (context: Context): boolean => reflectorsOf(context).some(({ name }) => name === context.host.name)

/** Nodes of the inventory that did not answer, or are declared away: nobody can look at their sessions. */
export const downOf = (context: Context): string[] => [
  ...nodesOf(context).flatMap(host => (host.facts === undefined ? [nodeNameOf(host)] : [])),
  ...context.absent.map(({ name }) => name),
]
