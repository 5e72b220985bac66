import { createHash, createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'

/** One certificate of a PEM file, as people and rules look at it. */
export interface Certificate {
  /** `O=k8s, CN=kubernetes`, in the order of the certificate */
  subject: string
  issuer: string
  /** subjectAltName without its types: host names, addresses, mail addresses, URIs */
  names: string[]
  notBefore: Date
  notAfter: Date
  /** SHA-256 of the certificate, `AB:CD:…` */
  fingerprint: string
  /** SHA-256 of its public key (SPKI, DER) in hex; the same for two certificates of one key */
  publicKey: string
  /** `EC prime256v1`, `RSA 2048` */
  keyType: string
  isCa: boolean
  /** OIDs of the extended key usage; empty: for everything */
  usages: readonly string[]
  /** its own PEM block, with a newline at the end */
  pem: string
  x509: X509Certificate
}

/** Certificates of a PEM text in its order; what stands between the blocks is left out. @throws {Error} a block that is no certificate */
export const readCertificates = (text: string): Certificate[] =>
  (text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []).map(readCertificate)

/** Is there a private key in the text, in PEM of whatever kind? */
export const holdsPrivateKey = (text: string): boolean => /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text)

function readCertificate(block: string): Certificate {
  const x509 = new X509Certificate(block)
  return {
    subject: nameOf(x509.subject),
    issuer: nameOf(x509.issuer),
    names: namesOf(x509.subjectAltName),
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
    fingerprint: x509.fingerprint256,
    publicKey: publicKeyDigest(x509.publicKey),
    keyType: keyTypeOf(x509.publicKey),
    isCa: x509.ca,
    // Node calls the extended usage so. Source: nodejs.org/api/crypto.html, "x509.keyUsage".
    usages: x509.keyUsage ?? [],
    pem: `${block}\n`,
    x509,
  }
}

/** What of a private key may be told: its kind, and the digest of its public half. @throws {Error} no key in PEM, or one with a passphrase */
export function readPrivateKey(text: string): Pick<Certificate, 'publicKey' | 'keyType'> {
  const half = createPublicKey(createPrivateKey(text))
  return { publicKey: publicKeyDigest(half), keyType: keyTypeOf(half) }
}

/** Node gives a line for each part. An empty name is allowed where subjectAltName says it all. */
const nameOf = (lines: string | undefined) => (lines ? lines.split('\n').join(', ') : '(empty)')

/** `DNS:n1, IP Address:198.18.0.11`; a name with a comma in it stands in quotes. */
const namesOf = (text: string | undefined): string[] =>
  (text?.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? []).map(entry => entry.trim().replace(/^[^:]*:/, ''))

const publicKeyDigest = (key: KeyObject) =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')

const keyTypeOf = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) =>
  [asymmetricKeyType?.toUpperCase(), asymmetricKeyDetails?.namedCurve ?? asymmetricKeyDetails?.modulusLength].filter(Boolean).join(' ')
