import { NetplayError } from '../errors.js'
import type { EtcdCluster, EtcdValue } from '../etcd.js'

export type EtcdTroubleKind =
  | 'refused'
  | 'timeout'
  | 'lost'
  | 'forwarding'
  | 'server-certificate'
  | 'client-certificate'
  | 'http-to-tls'
  | 'tls-to-http'
  | 'not-etcd'
  | 'no-leader'

/** Why one endpoint was of no use. */
export interface EtcdTrouble {
  endpoint: string
  kind: EtcdTroubleKind
  reason: string
}

/** One endpoint failed; another may do. Never leaves transport/: it becomes part of what all endpoints said. */
export class EndpointError extends Error {
  constructor(
    readonly kind: EtcdTroubleKind,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(reason, options)
  }
}

const listed = (troubles: readonly EtcdTrouble[]) => troubles.map(({ endpoint, reason }) => `\n    ${endpoint}: ${reason}`).join('')

/** No endpoint could be used; each says why. */
export class EtcdUnreachableError extends NetplayError {
  readonly code = 'ETCD_UNREACHABLE'
  /** of a write that was sent */
  leftAs?: string
  constructor(
    readonly host: string,
    readonly troubles: readonly EtcdTrouble[],
    options?: ErrorOptions,
  ) {
    super(`etcd cannot be reached through ${host}:${listed(troubles)}`, options)
  }
  get next() {
    const kinds = new Set(this.troubles.map(({ kind }) => kind))
    const advice = [...kinds].map(kind => adviceFor[kind]).find(text => text !== undefined)
    return (advice ?? `See on ${this.host} that etcd runs and that no firewall is between.`).replaceAll('HOST', this.host)
  }
}

const adviceFor: Partial<Record<EtcdTroubleKind, string>> = {
  'server-certificate':
    "Name the CA that signed etcd's certificate (caFile), and see that the certificate has this address among its names.",
  'client-certificate': 'Name a client certificate (certFile, keyFile) that was signed by the CA etcd trusts and has not expired.',
  'http-to-tls': 'Write the endpoints with https:// and name caFile, certFile and keyFile.',
  'tls-to-http': 'This etcd speaks plain http: write the endpoints with http:// and name no certificate files.',
  forwarding: "Allow it in HOST's sshd_config (AllowTcpForwarding, PermitOpen, DisableForwarding), or reach etcd through another host.",
  'not-etcd': 'See that address and port of the endpoints are those that etcd serves clients at (2379).',
}

/** Endpoints answer, but the cluster cannot decide anything. */
export class EtcdNoQuorumError extends NetplayError {
  readonly code = 'ETCD_NO_QUORUM'
  /** of a write that was sent */
  leftAs?: string
  constructor(
    readonly host: string,
    readonly troubles: readonly EtcdTrouble[],
    options?: ErrorOptions,
  ) {
    super(`etcd has no quorum, so nothing can be read or written (asked through ${host}):${listed(troubles)}`, options)
  }
  get next() {
    return 'Start the members that are down until more than half of them run (`etcdctl endpoint status --cluster`), then run netplay again.'
  }
}

/** This etcd does not serve the API that the profile needs. */
export class EtcdApiMissingError extends NetplayError {
  readonly code = 'ETCD_API_MISSING'
  constructor(
    readonly endpoint: string,
    readonly api: EtcdCluster['api'],
    /** of the server, where it said so */
    readonly version?: string,
    options?: ErrorOptions,
  ) {
    super(`etcd at ${endpoint}${version === undefined ? '' : ` (version ${version})`} does not serve the ${api} API`, options)
  }
  get next() {
    return this.api === 'v2'
      ? 'Start every member with `--enable-v2=true` (etcd 3.4 and 3.5; gone in 3.6), or use the profile `current`, which needs the v3 API.'
      : 'Use etcd 3.0 or newer, or the profile `classic`, which needs the v2 API.'
  }
}

/** Someone else wrote between our read and our write. Nothing of ours was written over it. */
export class EtcdMovedError extends NetplayError {
  readonly code = 'ETCD_MOVED'
  constructor(readonly moved: readonly EtcdValue[]) {
    super(`changed in etcd since it was read: ${moved.map(({ key, value }) => (value === null ? `${key} (gone)` : key)).join(', ')}`)
  }
  get next() {
    return 'See who else writes these keys, then make a new plan: what was planned no longer fits.'
  }
}

/** etcd answered and said no: rights, space, size, or a key that cannot be. */
export class EtcdRefusedError extends NetplayError {
  readonly code = 'ETCD_REFUSED'
  constructor(
    readonly endpoint: string,
    readonly words: string,
    options?: ErrorOptions,
  ) {
    super(`etcd at ${endpoint} refused: ${words}`, options)
  }
  get next() {
    if (/space exceeded|NOSPACE/i.test(this.words)) return 'Compact and defragment etcd, then `etcdctl alarm disarm`.'
    if (/permission|credential|user name|auth/i.test(this.words))
      return 'Give the user in the client certificate (its CN) the right to read and write these keys.'
    return "See etcd's log for this moment."
  }
}

/** The files that should prove who we are cannot be used. */
export class EtcdCredentialsError extends NetplayError {
  readonly code = 'ETCD_CREDENTIALS'
  constructor(
    readonly host: string,
    problem: string,
    readonly next: string,
    options?: ErrorOptions,
  ) {
    super(problem, options)
  }
}
