import { sh, type CheckKind } from 'netplay'
import { endpointsOf, memberSet, ownEndpoint, type Context } from './sets.js'

export interface MajorityParams {
  /** files of this host's member */
  ca: string
  cert: string
  key: string
  /** all members */
  endpoints: readonly string[]
  /** this host's */
  own: string
  /** `without`: the others alone must be more than half; `with`: this one must be healthy too */
  judged: 'with' | 'without'
}

export function majorityParams(context: Context, judged: MajorityParams['judged']): MajorityParams {
  const { ca, cert, key } = memberSet(context)!
  return { ca, cert, key, endpoints: endpointsOf(context), own: ownEndpoint(context), judged }
}

/**
 * Asked on the member's own host, with its own files: /health is a read through the leader, so a member that has lost the others is not healthy.
 * Source: etcd 3.5, server/etcdserver/api/etcdhttp/metrics.go.
 */
export const majority: CheckKind<MajorityParams> = {
  kind: 'etcd-majority',
  scope: 'host',
  probe: ({ ca, cert, key, endpoints }) => sh`
    for e in ${endpoints}; do
      words=$(curl -sS -m 4 --noproxy '*' --cacert ${ca} --cert ${cert} --key ${key} "$e/health" 2>&1)
      printf '%s %s\\n' "$e" "$(printf %s "$words" | tr '\\n' ' ' | cut -c1-300)"
    done`,
  verdict: ({ endpoints, own, judged }, _seen, { output }) => {
    const lines = output.trim().split('\n')
    const healthy = new Set(lines.filter(line => /"health":\s*"?true/.test(line)).map(line => line.split(' ')[0]))
    const needed = Math.floor(endpoints.length / 2) + 1
    const others = endpoints.filter(endpoint => endpoint !== own && healthy.has(endpoint))
    const evidence = lines.filter(line => !healthy.has(line.split(' ')[0])).join('\n')
    const next = 'Bring the members up that are down, then run again: what is done is not done twice.'
    if (judged === 'with' && !healthy.has(own)) return { holds: false, reason: `${own} does not answer healthily`, evidence, next }
    const counted = judged === 'with' ? others.length + 1 : others.length
    // The only member has nobody to lose: its clients wait while it restarts.
    if (counted >= needed || endpoints.length === 1) return { holds: true, detail: `${counted} of ${endpoints.length} members are healthy` }
    return {
      holds: false,
      reason:
        judged === 'with'
          ? `only ${counted} of ${endpoints.length} members are healthy`
          : `without ${own} only ${counted} of ${endpoints.length} members are healthy, and etcd needs ${needed}`,
      evidence,
      next,
    }
  },
}
