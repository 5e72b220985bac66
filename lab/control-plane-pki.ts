import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from './command.js'
import { altNames } from './etcd-pki.js'

/** Certificates and keys of a lab's control plane, PEM. The CA is that of the lab's etcd. */
export interface ControlPlanePki {
  ca: string
  /** what kube-apiserver shows its clients */
  server: Pair
  /** kube-proxy's: CN=system:kube-proxy, O=system:node-proxier */
  proxy: Pair
  /** private key that signs service accounts' tokens, and its public half */
  accounts: Pair
}
/** certificate (or public key) and private key */
export interface Pair {
  certificate: string
  key: string
}

/**
 * Made with openssl once and kept in `folder`; made afresh when the CA or the names change.
 * @param caFolder where `etcdPki` keeps the CA and its key
 * @param names host names and IPv4 addresses of kube-apiserver, the first Service's among them
 * @throws {LabCommandError} there is no openssl here, or it fails
 */
export async function controlPlanePki(folder: string, caFolder: string, names: readonly string[]): Promise<ControlPlanePki> {
  const ca = await readFile(join(caFolder, 'ca.pem'), 'utf8')
  const wanted = createHash('sha256')
    .update(`${ca}\0${altNames(names)}`)
    .digest('hex')
  if ((await readFile(join(folder, 'made-for'), 'utf8').catch(() => '')) !== wanted) await make(folder, caFolder, names, wanted)
  const pair = async (name: string): Promise<Pair> => ({
    certificate: await readFile(join(folder, `${name}.pem`), 'utf8'),
    key: await readFile(join(folder, `${name}-key.pem`), 'utf8'),
  })
  return { ca, server: await pair('server'), proxy: await pair('proxy'), accounts: await pair('accounts') }
}

async function make(folder: string, caFolder: string, names: readonly string[], wanted: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await sign(folder, caFolder, 'server', '/CN=kube-apiserver', `subjectAltName=${altNames(names)}\nextendedKeyUsage=serverAuth\n`)
  await sign(folder, caFolder, 'proxy', '/O=system:node-proxier/CN=system:kube-proxy', 'extendedKeyUsage=clientAuth\n')
  await must(['openssl', 'genrsa', '-out', 'accounts-key.pem', '2048'], { cwd: folder })
  await must(['openssl', 'rsa', '-in', 'accounts-key.pem', '-pubout', '-out', 'accounts.pem'], { cwd: folder })
  // Written last: it says that everything before it is there.
  await writeFile(join(folder, 'made-for'), wanted)
}

async function sign(folder: string, caFolder: string, name: string, subject: string, extensions: string): Promise<void> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}-key.pem`]
  await must(['openssl', 'req', ...key, '-out', `${name}.csr`, '-subj', subject], { cwd: folder })
  await writeFile(join(folder, `${name}.ext`), `keyUsage=critical,digitalSignature,keyEncipherment\n${extensions}`)
  const signing = ['-CA', join(caFolder, 'ca.pem'), '-CAkey', join(caFolder, 'ca-key.pem'), '-CAserial', 'serial', '-CAcreateserial']
  const request = ['openssl', 'x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-days', '3650', '-extfile', `${name}.ext`]
  await must([...request, ...signing], { cwd: folder })
}
