import type { IStatusResponse } from 'etcd3'
import type { EtcdMember } from '../etcd.js'
import { NetplayError } from '../errors.js'
import type { EtcdDial } from './etcd-connection.js'
import { EndpointError } from './etcd-errors.js'
import { EtcdHttp } from './etcd-http.js'
import { connectV3 } from './etcd-v3.js'
import { versionOf } from './etcd-version.js'

/** What one endpoint says of itself; never throws for what is wrong with the endpoint. Reads nothing that needs a quorum. */
export async function memberOf(dial: EtcdDial): Promise<EtcdMember> {
  const { endpoint, forward, credentials, timeoutMs } = dial
  const unknown = { endpoint: endpoint.url, alarms: [], serves: { v2: false, v3: false } }
  const http = new EtcdHttp(endpoint, forward, credentials)
  try {
    const version = await versionOf(http, timeoutMs)
    const [v2, v3] = await Promise.all([v2Of(http, timeoutMs), v3Of(dial)])
    const { reason = undefined, ...said } = v3 ?? {}
    return {
      ...unknown,
      reachable: true,
      version,
      ...v2,
      ...said,
      ...(reason === undefined ? {} : { reason }),
      serves: { v2: v2 !== undefined, v3: v3 !== undefined && reason === undefined },
    }
  } catch (error) {
    return { ...unknown, reachable: false, reason: reasonOf(error) }
  } finally {
    http.close()
  }
}

type Said = Partial<EtcdMember>

/** `undefined`: does not serve it. */
async function v2Of(http: EtcdHttp, timeoutMs: number): Promise<Said | undefined> {
  const { body, headers } = await http.call('/v2/stats/self', { timeoutMs })
  let self: { id?: unknown; leaderInfo?: { leader?: unknown } }
  try {
    self = JSON.parse(body) as typeof self
  } catch {
    return undefined
  }
  const { id, leaderInfo } = self
  const cluster = headers['x-etcd-cluster-id']
  return {
    ...(typeof id === 'string' ? { memberId: id } : {}),
    ...(typeof leaderInfo?.leader === 'string' ? { leaderId: leaderInfo.leader || null } : {}),
    ...(typeof cluster === 'string' ? { clusterId: cluster } : {}),
  }
}

async function v3Of(dial: EtcdDial): Promise<Said | undefined> {
  try {
    const connection = await connectV3(dial)
    try {
      return said(await connection.status())
    } finally {
      await connection.close()
    }
  } catch (error) {
    if (error instanceof NetplayError && error.code === 'ETCD_API_MISSING') return undefined
    return { reason: reasonOf(error) }
  }
}

/** `errors` holds "etcdserver: no leader" and alarms like "memberID:10276657743932975437 alarm:NOSPACE ". */
const said = ({ version, header, leader, dbSize, errors }: IStatusResponse): Said => ({
  version,
  memberId: hex(header.member_id),
  clusterId: hex(header.cluster_id),
  leaderId: leader === '0' ? null : hex(leader),
  dbSizeBytes: Number(dbSize),
  alarms: [...new Set(errors.flatMap(text => /alarm:(\w+)/.exec(text)?.[1] ?? []))],
})

const hex = (id: string) => BigInt(id).toString(16)

const reasonOf = (error: unknown): string => {
  if (error instanceof EndpointError) return error.reason
  if (error instanceof NetplayError) return error.message
  throw error
}
