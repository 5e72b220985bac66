import type { AbsentRoleHost, ParamsOf, RoleContext, RoleHost } from 'netplay'
import type { paramsSchema } from './params.js'

export type Params = ParamsOf<typeof paramsSchema>
export type Context = RoleContext<Params>

/** What is known of a host also when it is declared away. */
type KnownHost = Pick<AbsentRoleHost, 'name' | 'address' | 'groups' | 'vars'>

/** Name of a host as a node of calico. */
export function nodeNameOf(host: Pick<RoleHost, 'name' | 'vars'>): string {
  const given = host.vars.get('calico_node_name')
  return typeof given === 'string' ? given : host.name
}

/** The name as `calico_node_name` or the role's own parameter says it. */
export const ownName = ({ host, params }: Context): string => params.node_name ?? nodeNameOf(host)

/** Hosts that reflect, or are to. */
export const reflectorsOf = ({ groups, params }: Context): readonly RoleHost[] =>
  (groups[params.group] ?? []).filter(host => !isRetired(host))
export const nodesOf = ({ groups, params }: Context): readonly RoleHost[] => groups[params.nodes_group] ?? []

export const isReflector = (context: Context): boolean => reflectorsOf(context).some(({ name }) => name === context.host.name)
export const isNode = (context: Context): boolean => nodesOf(context).some(({ name }) => name === context.host.name)

/** All of the group, those among them that are declared away too. */
export const groupMembers = ({ groups, absent, params: { group } }: Context): KnownHost[] => [
  ...(groups[group] ?? []),
  ...absent.filter(({ groups: own }) => own.includes(group)),
]

/** Those of the group that are to reflect no more, dead ones too. */
export const retiredOf = (context: Context): KnownHost[] => groupMembers(context).filter(isRetired)

/** Read of any host of the inventory, so from its variables: the words that Ansible takes for true. */
const isRetired = ({ vars }: Pick<KnownHost, 'vars'>): boolean => /^(true|yes|on)$/i.test(String(vars.get('route_reflector_retired')))

/** Nodes of the inventory that did not answer, or are declared away: nobody can look at their sessions. */
export const downOf = (context: Context): string[] => [
  ...nodesOf(context).flatMap(host => (host.facts === undefined ? [nodeNameOf(host)] : [])),
  ...context.absent.map(({ name }) => name),
]
