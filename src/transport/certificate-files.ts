import { printable } from '../errors.js'
import { isSigned, timeProblem, type Certificate } from './certificate.js'
import { expandHome, type LocalFiles } from './local-files.js'
import { readUserCertificate, type UserCertificate } from './user-certificate.js'

export interface CertificateFiles {
  usable: { file: string; certificate: UserCertificate }[]
  /** what is wrong with those that sshd is going to refuse, and with files that are none: told if the login fails */
  notes: string[]
}

/**
 * Those of CertificateFile; without any, FILE-cert.pub beside each identity file. Source: ssh_config(5), IdentityFile.
 * One for hosts is not usable; one that only looks wrong from here is, since the clock and the names are sshd's to judge.
 */
export async function certificateFiles(
  listed: readonly string[],
  identityFiles: readonly string[],
  user: string,
  local: LocalFiles,
): Promise<CertificateFiles> {
  const files = listed.length > 0 ? listed : identityFiles.map(file => `${file}-cert.pub`)
  const found = await Promise.all(files.map(async file => ({ file, ...(await readFile(file, listed.length > 0, local)) })))
  const problems = found.map(({ file, certificate, problem }) => ({
    file,
    problem: problem ?? (certificate && userCertificateProblem(certificate.says, user, Date.now())),
  }))
  return {
    usable: found.flatMap(({ file, certificate }) => (certificate && !certificate.says.isForHost ? [{ file, certificate }] : [])),
    notes: problems.flatMap(({ file, problem }) => (problem === undefined ? [] : [`certificate ${file}: ${problem}`])),
  }
}

async function readFile(file: string, isListed: boolean, local: LocalFiles): Promise<{ certificate?: UserCertificate; problem?: string }> {
  try {
    const text = await local.text(expandHome(file))
    if (text === undefined) return isListed ? { problem: 'there is no such file' } : {}
    const certificate = readUserCertificate(text)
    return certificate ? { certificate } : { problem: 'it is no certificate that netplay can log in with' }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

/** Why sshd is going to refuse it, as far as can be told from here: its AuthorizedPrincipalsFile and its authorities are its own. */
export function userCertificateProblem(certificate: Certificate, user: string, nowMs: number): string | undefined {
  const { isForHost, principals } = certificate
  if (isForHost) return 'it is a certificate for hosts'
  const time = timeProblem(certificate, nowMs)
  if (time !== undefined) return time
  if (principals.length === 0) return 'it names no user'
  if (!principals.includes(user)) return `it is for ${printable(principals.join(', '))}, not for ${user}`
  try {
    if (isSigned(certificate)) return undefined
  } catch {
    // Cut or garbled: the same to whoever reads the error.
  }
  return 'its signature is wrong, or of a kind that netplay cannot check'
}
