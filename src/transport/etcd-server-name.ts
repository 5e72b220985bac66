import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'

/**
 * The name gRPC verifies the server by. The certificate was verified before, against the endpoint's own address; gRPC can verify by name alone
 * (an IP as server name makes Node warn, DEP0123), so for an IP a name is taken that this certificate holds.
 */
export function serverNameOf(certificate: PeerCertificate, address: string): string {
  if (!isIP(address)) return address
  const names = dnsNames(certificate)
  const candidates = [
    ...names.filter(name => !name.includes('*')),
    ...names.map(name => name.replace('*', 'etcd')),
    ...commonNames(certificate),
  ]
  return candidates.find(name => isName(name) && checkServerIdentity(name, certificate) === undefined) ?? address
}

const dnsNames = ({ subjectaltname = '' }: PeerCertificate) =>
  subjectaltname.split(', ').flatMap(entry => (entry.startsWith('DNS:') ? [entry.slice('DNS:'.length)] : []))

/** A certificate whose alternative names are addresses alone is matched by its common name. */
const commonNames = ({ subject }: PeerCertificate): string[] => [subject?.CN ?? []].flat()

const isName = (name: string) =>
  !isIP(name) && /^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*$/.test(name)
