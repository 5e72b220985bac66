import type { Certificate } from './x509.js'
import { timeOf } from './x509-problem.js'

const dayMs = 86_400_000
/** From here on an admin is told that it is time. */
const warnDays = 30

/** What people compare of certificates, a line a fact, an empty line between two certificates. */
export const certificatesText = (certificates: readonly Certificate[]): string =>
  certificates.map(certificate => `${linesOf(certificate).join('\n')}\n`).join('\n')

const linesOf = ({ subject, issuer, names, notBefore, notAfter, keyType, fingerprint, isCa }: Certificate) => [
  `subject     ${subject}${isCa ? '   (a CA)' : ''}`,
  `issuer      ${issuer}`,
  ...(names.length === 0 ? [] : [`names       ${names.join(', ')}`]),
  `valid from  ${timeOf(notBefore)}`,
  `valid until ${timeOf(notAfter)}`,
  `key         ${keyType}`,
  `sha256      ${fingerprint}`,
]

/** `2026-12-20`, and how long that still is where it is soon or over. */
export function expiryInWords({ notAfter }: Certificate, now: Date): string {
  const days = Math.floor((notAfter.getTime() - now.getTime()) / dayMs)
  const date = notAfter.toISOString().slice(0, 10)
  if (days < 0) return `${date} (expired)`
  return days < warnDays ? `${date} (in ${days} day${days === 1 ? '' : 's'}: renew it soon)` : date
}

/** `EC prime256v1, public key sha256 4f0c…` with all its digits: all that is told of a private key. */
export const keyInWords = ({ keyType, publicKey }: Pick<Certificate, 'keyType' | 'publicKey'>): string =>
  `${keyType}, public key sha256 ${publicKey}`
