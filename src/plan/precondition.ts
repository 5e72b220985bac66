import { NetplayError } from '../errors.js'
import type { EtcdCluster, EtcdValue } from '../etcd.js'
import type { Section } from '../resources/probe-script.js'
import type { Check, CheckKind, Verdict } from '../resources/resource.js'
import type { ShellText } from '../shell.js'
import { clusterName } from './etcd-pool.js'
import type { ClusterView } from './observe.js'

/** A precondition that does not hold. Nothing is written on that host after it was found. */
export class PreconditionError extends NetplayError {
  readonly code = 'PRECONDITION'
  constructor(
    readonly host: string,
    title: string,
    reason: string,
    readonly words: string | undefined,
    readonly next: string,
    readonly leftAs: string,
  ) {
    super(`${title}: ${reason}`)
  }
}

/** What was seen of one host and of the clusters when its preconditions are judged. */
export interface SeenOfHost {
  host: string
  /** all hosts that answered */
  hosts: string[]
  /** by the text that was asked */
  answers: ReadonlyMap<string, Section>
  /** by name of the cluster */
  clusters: ReadonlyMap<string, ClusterView>
}

/** The text that a precondition asks on a host; undefined: it asks nothing there. */
export const probeOf = <P>({ kind, params }: Pick<Check<P>, 'kind' | 'params'>, host: string): ShellText | undefined =>
  kind.probe?.(params, { host, hosts: [], setups: {}, etcd: [] })

/** @throws {NetplayError} etcd, which it asks, could not be read */
export function judgePrecondition<P>(check: Pick<Check<P>, 'kind' | 'params'>, { host, hosts, answers, clusters }: SeenOfHost): Verdict {
  const { kind, params } = check
  const etcd = valuesFor(kind, params, clusters)
  const probe = probeOf(check, host)
  const section = probe === undefined ? undefined : answers.get(probe.text)
  return kind.verdict(params, { host, hosts, setups: {}, etcd }, { output: section?.output.toString() ?? '', exit: section?.exit ?? 0 })
}

/** Its own reads alone: what is wrong with the certificates is told before what etcd says to them. */
function valuesFor<P>(kind: CheckKind<P>, params: P, clusters: SeenOfHost['clusters']): EtcdValue[] {
  return (kind.clusterReads?.(params) ?? []).flatMap(({ cluster }: { cluster: EtcdCluster }) => {
    const view = clusters.get(clusterName(cluster))
    if (view?.error instanceof NetplayError) throw view.error
    return view?.values ?? []
  })
}

/** @param leftAs what was written until now, as a sentence */
export const preconditionError = (
  host: string,
  title: string,
  { reason, evidence, next }: Extract<Verdict, { holds: false }>,
  leftAs: string,
): PreconditionError => new PreconditionError(host, title, reason, evidence, next ?? 'Mend it on the host and run again.', leftAs)
