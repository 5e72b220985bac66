import type { ParamsOf, RoleContext, RoleHost } from 'netplay'
import type { paramsSchema } from './params.js'

export type Params = ParamsOf<typeof paramsSchema>
export type Context = RoleContext<Params>
export type CertificateSet = Params['sets'][number]

export const etcdUnit = 'etcd.service'

/** The copies of the files that this host has. */
export const setsOf = ({ host, params }: Pick<Context, 'host' | 'params'>): CertificateSet[] =>
  params.sets.filter(({ hosts }) => hosts === undefined || hosts === 'all' || host.groups.includes(hosts))

/** The files that this host's member of etcd reads; undefined: it has none. */
export const memberSet = (context: Pick<Context, 'host' | 'params' | 'groups'>): CertificateSet | undefined =>
  isMember(context) ? setsOf(context).find(isMembers) : undefined

export const isMembers = ({ readers = [] }: CertificateSet): boolean => readers.includes(etcdUnit)

export const isMember = ({ host, groups }: Pick<Context, 'host' | 'groups'>): boolean =>
  (groups['etcd'] ?? []).some(({ name }) => name === host.name)

export const endpointsOf = ({ params, groups }: Pick<Context, 'params' | 'groups'>): readonly string[] =>
  params.etcd_endpoints ?? (groups['etcd'] ?? []).map(({ address }) => `https://${address}:2379`)

/** The endpoint at which this host's own member answers. */
export const ownEndpoint = (context: Pick<Context, 'host' | 'params' | 'groups'>): string =>
  endpointsOf(context).find(endpoint => isAt(endpoint, context.host)) ?? `https://${context.host.address}:2379`

/**
 * What the certificate of a member must cover: one certificate for all hosts every endpoint, one of its own this host's. Clients check the name that
 * they connect to.
 */
export function coveredNames(context: Context): string[] {
  const { host, params } = context
  const own = params.cert.includes(hostWord)
  return [
    ...new Set([
      host.address,
      ...endpointsOf(context)
        .filter(endpoint => !own || isAt(endpoint, host))
        .map(hostnameOf),
    ]),
  ]
}

/** A path on the controller, for this host. */
export const sourceFor = ({ host }: Pick<Context, 'host'>, path: string) => ({ path: path.replaceAll(hostWord, host.name) })

const hostWord = '{host}'
const isAt = (endpoint: string, { name, address }: Pick<RoleHost, 'name' | 'address'>) => [name, address].includes(hostnameOf(endpoint))
const hostnameOf = (endpoint: string) =>
  endpoint
    .replace(/^https?:\/\//, '')
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
