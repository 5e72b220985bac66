import { createPublicKey, verify } from 'node:crypto'
import ssh2 from 'ssh2'
import { matchesPattern } from './ssh-patterns.js'
import { Reader, sized } from './ssh-wire.js'

/** A key of a host or a user with what an authority says of it, as it goes over the wire. Source: OpenSSH's PROTOCOL.certkeys. */
export interface Certificate {
  /** of the key that is certified: `ssh-ed25519` */
  type: string
  /** that key as a blob of its own */
  key: Buffer
  isForHost: boolean
  keyId: string
  principals: string[]
  /** seconds since 1970 */
  validAfter: bigint
  validBefore: bigint
  criticalOptions: string[]
  /** the authority's key */
  authority: Buffer
  signature: Buffer
  /** what was signed */
  signed: Buffer
}

export const certificateSuffix = '-cert-v01@openssh.com'

const certified = (type: string) => `${type}${certificateSuffix}`
const types = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521']

/** Algorithms of host keys with a certificate, in the order of the keys' own. */
export const certificateAlgorithms = [...types, 'rsa-sha2-512', 'rsa-sha2-256'].map(certified)

/** As the certificates themselves are named: an RSA key's is the same for every algorithm. */
const certificateTypes = [...types, 'ssh-rsa'].map(certified)

/** @returns undefined: it is a plain key. @throws {RangeError} it ends too early */
export function readCertificate(blob: Buffer): Certificate | undefined {
  const reader = new Reader(blob)
  const certificateType = reader.text()
  if (!certificateTypes.includes(certificateType)) return undefined
  const type = certificateType.slice(0, -certificateSuffix.length)
  reader.string() // nonce
  const key = type === 'ssh-ed25519' ? [reader.string()] : [reader.string(), reader.string()]
  reader.uint64() // serial
  const isForHost = reader.uint32() === 2
  const keyId = reader.text()
  const principals = new Reader(reader.string()).texts()
  const [validAfter, validBefore] = [reader.uint64(), reader.uint64()]
  const criticalOptions = new Reader(reader.string()).names()
  reader.string() // extensions
  reader.string() // reserved
  const authority = reader.string()
  const signed = blob.subarray(0, reader.at)
  return {
    type,
    key: Buffer.concat([Buffer.from(type), ...key].map(sized)),
    isForHost,
    keyId,
    principals,
    validAfter,
    validBefore,
    criticalOptions,
    authority,
    signature: reader.string(),
    signed,
  }
}

/**
 * Why the certificate says nothing for this host, as sshkey_cert_check_host of OpenSSH has it; whether its authority is trusted is not asked here.
 * @param name without the port; @param nowMs milliseconds since 1970
 */
export function certificateProblem(certificate: Certificate, name: string, nowMs: number): string | undefined {
  const { isForHost, principals, criticalOptions } = certificate
  if (!isForHost) return 'it is a certificate for users'
  const time = timeProblem(certificate, nowMs)
  if (time !== undefined) return time
  if (criticalOptions.length > 0) return `it has conditions that nobody knows: ${criticalOptions.join(', ')}`
  if (principals.length > 0 && !principals.some(principal => matchesPattern(principal.toLowerCase(), name)))
    return `it is for ${principals.join(', ')}, not for ${name}`
  if (new Reader(certificate.signature).text() === 'ssh-rsa') return 'its authority signed it with SHA-1 (ssh-rsa)'
  return isSigned(certificate) ? undefined : 'its signature is wrong'
}

export function timeProblem({ validAfter, validBefore }: Certificate, nowMs: number): string | undefined {
  const now = BigInt(Math.floor(nowMs / 1000))
  if (now < validAfter) return `it is valid only from ${timeOf(validAfter)} on`
  return now >= validBefore ? `it was valid until ${timeOf(validBefore)}` : undefined
}

/** Whether the key `authority` made `signature`, both as they go over the wire. */
export function isSigned({ authority, signature, signed }: Pick<Certificate, 'authority' | 'signature' | 'signed'>): boolean {
  const reader = new Reader(signature)
  const [algorithm, value] = [reader.text(), reader.string()]
  const parsed = ssh2.utils.parseKey(`${new Reader(authority).text()} ${authority.toString('base64')}`)
  if (parsed instanceof Error) return false
  const key = createPublicKey([parsed].flat()[0]!.getPublicPEM())
  if (algorithm === 'ssh-ed25519') return verify(null, signed, key, value)
  const [, bits] = /^ecdsa-sha2-nistp(256|384|521)$/.exec(algorithm) ?? []
  if (bits !== undefined) {
    const pair = new Reader(value)
    const size = Math.ceil(Number(bits) / 8)
    const fixed = [pair.string(), pair.string()].map(number => Buffer.concat([Buffer.alloc(size), number]).subarray(-size))
    return verify(digests[bits], signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat(fixed))
  }
  // ssh-rsa, with SHA-1, is not among them.
  const digest = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' }[algorithm]
  return digest !== undefined && verify(digest, signed, key, value)
}

const digests: Record<string, string> = { 256: 'sha256', 384: 'sha384', 521: 'sha512' }

const timeOf = (seconds: bigint) => (seconds > 253_402_300_799n ? 'for ever' : new Date(Number(seconds) * 1000).toISOString())
