import { listed } from './algorithms.js'
import { certificateAlgorithms, certificateSuffix } from './certificate.js'

/** Of keys that we log in with, in OpenSSH's order; none with SHA-1. */
const keyAlgorithms = [...certificateAlgorithms, ...certificateAlgorithms.map(algorithm => algorithm.slice(0, -certificateSuffix.length))]

/** @param written PubkeyAcceptedAlgorithms. @returns none where it has none that netplay has: there are other ways to log in */
export const acceptedAlgorithms = (written?: string): string[] => listed(written, keyAlgorithms)

/**
 * What a key is shown by: the first algorithm of the list that it can go by and that sshd takes.
 * Source: OpenSSH's sshconnect2.c, key_sig_algorithm.
 * @param type of the key or certificate as it names itself; @param taken signatures that sshd says it takes, if it has said so
 */
export function algorithmFor(type: string, accepted: readonly string[], taken?: readonly string[]): string | undefined {
  const own = accepted.filter(algorithm => algorithm.replace(/^rsa-sha2-(256|512)/, 'ssh-rsa') === type)
  const says = /^ssh-rsa/.test(type) && taken !== undefined && !forgetsSha2(taken)
  return says ? own.find(algorithm => taken.includes(signatureOf(algorithm))) : own[0]
}

/** OpenSSH 7.4 takes RSA with SHA-2 and does not say so. */
const forgetsSha2 = (taken: readonly string[]) => taken.includes('ssh-rsa') && !taken.some(name => name.startsWith('rsa-sha2-'))

/** A signature is named after the key, whatever certificate it comes with. */
export const signatureOf = (algorithm: string): string => algorithm.replace(certificateSuffix, '')

/** Of the signature, where the key does not say it: `sha512`. */
export function hashOf(algorithm: string): string | undefined {
  const [, bits] = /^rsa-sha2-(256|512)/.exec(algorithm) ?? []
  return bits === undefined ? undefined : `sha${bits}`
}
