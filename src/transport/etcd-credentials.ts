import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { EtcdCluster } from '../etcd.js'
import type { ShellText } from '../shell.js'
import { sh } from '../shell.js'
import { EtcdCredentialsError } from './etcd-errors.js'

/** PEM, in memory only: never written, logged or put into an error. */
export interface EtcdCredentials {
  ca: Buffer
  cert: Buffer
  key: Buffer
}

const MOST_BYTES = 1024 * 1024

/** Prints one line a file: `=` and its content as base64, or what is wrong with it. Only reads. */
export const credentialsText = (paths: readonly string[]): ShellText => sh`
  np_credential() {
    if [ ! -e "$1" ]; then echo missing
    elif [ ! -f "$1" ]; then echo 'not a regular file'
    elif [ ! -r "$1" ]; then echo 'not readable'
    else printf =; head -c ${MOST_BYTES} <"$1" | base64 | tr -d '\\n'; echo
    fi
  }
  for np_path in ${paths}; do np_credential "$np_path"; done
`

export const credentialPaths = ({ caFile, certFile, keyFile }: EtcdCluster): [string, string, string] | undefined =>
  caFile && certFile && keyFile ? [caFile, certFile, keyFile] : undefined

/**
 * @param host the host that the files are on, for errors
 * @param output what `credentialsText` printed
 * @throws EtcdCredentialsError a file that is missing or is no PEM, a key that is not the certificate's
 */
export function parseCredentials(output: Buffer, paths: readonly [string, string, string], host: string): EtcdCredentials {
  const lines = output.toString('latin1').split('\n')
  const [ca, cert, key] = paths.map((path, i) => contentOf(lines[i] ?? '', path, host)) as [Buffer, Buffer, Buffer]
  const [caFile, certFile, keyFile] = paths
  usable(() => new X509Certificate(ca), `${caFile} on ${host} is not a certificate in PEM`)
  usable(() => new X509Certificate(cert), `${certFile} on ${host} is not a certificate in PEM`)
  usable(() => createPrivateKey(key), `${keyFile} on ${host} is not a private key in PEM without a passphrase`)
  usable(() => createSecureContext({ ca, cert, key }), `${keyFile} on ${host} is not the key of ${certFile}`)
  return { ca, cert, key }

  function usable(use: () => unknown, problem: string) {
    try {
      use()
    } catch (cause) {
      throw new EtcdCredentialsError(host, problem, `Put the right file there on ${host}; nothing was changed.`, { cause })
    }
  }
}

function contentOf(line: string, path: string, host: string): Buffer {
  if (line.startsWith('=')) return Buffer.from(line.slice(1), 'base64')
  throw new EtcdCredentialsError(
    host,
    `etcd is reached through ${host}, and ${path} there is ${line || 'not told'}`,
    `Put ${path} on ${host}, or name the file that is there (caFile, certFile, keyFile).`,
  )
}
