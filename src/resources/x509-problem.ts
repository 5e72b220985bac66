import { isIP } from 'node:net'
import type { Certificate } from './x509.js'

export type CertificateUse = 'server' | 'client'

/** What a certificate must be good for. */
export interface Demands {
  /** the clocks that judge it: the controller's, the host's */
  clocks: readonly Date[]
  /** CAs, one of which must have signed it, over the others of its file if need be */
  signedBy?: readonly Certificate[]
  /** the key that it must belong to: digest of its public half, and what the key is called */
  key?: { publicKey: string; name: string }
  uses?: readonly CertificateUse[]
  /** host names and addresses that a client will reach its server by */
  covers?: readonly string[]
}

/** Source: RFC 5280, 4.2.1.12; the last one is anyExtendedKeyUsage. */
const oids = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2', any: '2.5.29.37.0' } as const
const useNames = { server: 'serverAuth', client: 'clientAuth' } as const

/**
 * The first thing that is wrong, as the end of a sentence that begins with the name of the file.
 * @param chain the certificate, then those between it and its CA, as its file has them
 */
export function certificateProblem(chain: readonly [Certificate, ...Certificate[]], demands: Demands): string | undefined {
  const [leaf, ...between] = chain
  const { clocks, signedBy, key, uses = [], covers = [] } = demands
  const lacking = uses.filter(use => leaf.usages.length > 0 && ![oids[use], oids.any].some(oid => leaf.usages.includes(oid)))
  const uncovered = covers.filter(name => !coversName(leaf, name))
  return (
    validityProblem(leaf, clocks) ??
    (key !== undefined && key.publicKey !== leaf.publicKey ? `does not belong to ${key.name}` : undefined) ??
    (signedBy === undefined ? undefined : chainProblem(leaf, between, signedBy, clocks)) ??
    (lacking.length > 0
      ? `is not meant for ${lacking.map(use => `${use}s`).join(' and ')}: its extended key usage lacks ${lacking.map(use => useNames[use]).join(', ')}`
      : undefined) ??
    (uncovered.length > 0
      ? `does not cover ${uncovered.join(', ')}: its subjectAltName has ${leaf.names.join(', ') || 'nothing'}`
      : undefined)
  )
}

/** Clocks that disagree are judged each. */
export function validityProblem({ notBefore, notAfter }: Certificate, clocks: readonly Date[]): string | undefined {
  if (clocks.some(clock => clock >= notAfter)) return `has expired (${timeOf(notAfter)})`
  return clocks.some(clock => clock < notBefore) ? `is not valid yet (from ${timeOf(notBefore)})` : undefined
}

/** No fallback to the common name: Go's clients have none. */
const coversName = ({ x509 }: Certificate, name: string) =>
  (isIP(name) === 0 ? x509.checkHost(name, { subject: 'never' }) : x509.checkIP(name)) !== undefined

/** Go and OpenSSL follow issuer and signature, whatever else of the same name is trusted: an old CA and a new one often share theirs. */
function chainProblem(leaf: Certificate, between: readonly Certificate[], roots: readonly Certificate[], clocks: readonly Date[]) {
  const open = new Set(between)
  for (let at = leaf; ;) {
    const root = roots.find(ca => signed(ca, at))
    if (root !== undefined) return mentioned(root, validityProblem(root, clocks))
    const next: Certificate | undefined = [...open].find(ca => signed(ca, at))
    if (next === undefined)
      return `is not signed by a CA of ${roots.map(({ subject }) => subject).join(' / ') || 'no name'}: its issuer is ${at.issuer}`
    const problem = validityProblem(next, clocks)
    if (problem !== undefined) return mentioned(next, problem)
    open.delete(next)
    at = next
  }
}

const signed = (ca: Certificate, { x509 }: Certificate) => ca.isCa && x509.checkIssued(ca.x509) && x509.verify(ca.x509.publicKey)

const mentioned = ({ subject }: Certificate, problem: string | undefined) =>
  problem === undefined ? undefined : `is signed by ${subject}, which ${problem}`

/** `2036-11-20 12:00 UTC` */
export const timeOf = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
