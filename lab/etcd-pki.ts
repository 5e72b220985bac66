import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from './command.js'

/** Certificates of a lab's etcd, PEM. */
export interface EtcdPki {
  ca: string
  /** One certificate for servers, peers and clients, as clusters of the time had it. */
  certificate: string
  key: string
}

const files = { ca: 'ca.pem', certificate: 'kubernetes.pem', key: 'kubernetes-key.pem' } as const

/**
 * A CA and a certificate signed by it, made with openssl once and kept in `folder`; made afresh when the names change.
 * @param names host names and IPv4 addresses for subjectAltName
 * @param caName common name of the CA; OpenSSL tells two CAs apart by it
 * @throws {LabCommandError} there is no openssl here, or it fails
 */
export async function etcdPki(folder: string, names: readonly string[], caName = 'netplay lab CA'): Promise<EtcdPki> {
  const wanted = altNames(names)
  const made = await readFile(join(folder, 'alt-names'), 'utf8').catch(() => undefined)
  if (made !== wanted) await makePki(folder, wanted, caName)
  const [ca, certificate, key] = await Promise.all(
    [files.ca, files.certificate, files.key].map(name => readFile(join(folder, name), 'utf8')),
  )
  return { ca: ca!, certificate: certificate!, key: key! }
}

/** `DNS:n1,IP:198.18.0.11`. Source: openssl's x509v3_config(5), "Subject Alternative Name". */
export const altNames = (names: readonly string[]): string =>
  [...new Set(names)].map(name => (/^\d+\.\d+\.\d+\.\d+$/.test(name) ? `IP:${name}` : `DNS:${name}`)).join(',')

async function makePki(folder: string, alternatives: string, caName: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const openssl = (...args: string[]) => must(['openssl', ...args], { cwd: folder })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await openssl('req', '-x509', ...key, '-keyout', 'ca-key.pem', '-out', files.ca, '-days', '3650', '-subj', `/CN=${caName}`)
  await openssl('req', ...key, '-keyout', files.key, '-out', 'kubernetes.csr', '-subj', '/O=k8s/CN=kubernetes')
  await writeFile(
    join(folder, 'extensions'),
    `subjectAltName=${alternatives}\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\n`,
  )
  const signing = ['-CA', files.ca, '-CAkey', 'ca-key.pem', '-CAcreateserial', '-extfile', 'extensions']
  await openssl('x509', '-req', '-in', 'kubernetes.csr', '-out', files.certificate, '-days', '3650', ...signing)
  // Written last: it says that everything before it is there.
  await writeFile(join(folder, 'alt-names'), alternatives)
}
