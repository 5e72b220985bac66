import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface LeafOptions {
  /** default `ca` */
  by?: string
  /** file name of its key without `-key.pem`; default its own, made anew */
  key?: string
  /** default 90 */
  days?: number
  /** lines of openssl's x509v3_config(5), default for servers and clients at n1 and 198.18.0.11 */
  extensions?: string
}

export const servesAndCalls = 'extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=DNS:n1,IP:198.18.0.11\n'

/** Certificates made with openssl in a folder that `close` removes. */
export function openPki() {
  const folder = mkdtempSync(join(tmpdir(), 'netplay-pki-'))
  const path = (name: string) => join(folder, name)
  const openssl = (...argv: string[]) => {
    const ran = spawnSync('openssl', argv, { cwd: folder, encoding: 'utf8' })
    if (ran.status !== 0) throw new Error(ran.stderr)
  }
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  return {
    folder,
    path,
    openssl,
    read: (name: string) => readFileSync(path(name), 'utf8'),
    write: (name: string, text: string) => writeFileSync(path(name), text),
    close: () => rmSync(folder, { recursive: true, force: true }),
    /** NAME.pem and NAME-key.pem */
    ca: (name: string, { days = 900, commonName = name }: { days?: number; commonName?: string } = {}) => {
      openssl('req', ...newKey, '-keyout', `${name}-key.pem`, '-out', `${name}.csr`, '-subj', `/CN=${commonName}`)
      writeFileSync(path('ca-extensions'), 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n')
      const signing = ['-signkey', `${name}-key.pem`, '-days', String(days), '-extfile', 'ca-extensions']
      openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signing)
    },
    /** NAME.pem and, unless it is another's, NAME-key.pem */
    leaf: (name: string, { by = 'ca', key = name, days = 90, extensions = servesAndCalls }: LeafOptions = {}) => {
      const subject = ['-subj', `/O=k8s/CN=${name}`, '-out', `${name}.csr`]
      if (key === name) openssl('req', ...newKey, '-keyout', `${name}-key.pem`, ...subject)
      else openssl('req', '-new', '-key', `${key}-key.pem`, ...subject)
      writeFileSync(path('extensions'), extensions)
      const signing = ['-CA', `${by}.pem`, '-CAkey', `${by}-key.pem`, '-CAcreateserial', '-days', String(days), '-extfile', 'extensions']
      openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signing)
    },
  }
}

export type Pki = ReturnType<typeof openPki>
