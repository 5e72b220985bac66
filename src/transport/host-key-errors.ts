import { printable } from '../errors.js'
import { quote } from '../shell.js'
import { UnreachableError } from './errors.js'

/** One host key as admins compare it. */
export interface KeyPrint {
  /** `ssh-ed25519` */
  type: string
  /** `SHA256:…` as ssh-keygen -l prints it */
  fingerprint: string
}

export class HostKeyUnknownError extends UnreachableError {
  readonly code = 'HOST_KEY_UNKNOWN'
  /** @param hostName the name it would have in known_hosts, e.g. `[10.0.0.1]:2222` */
  constructor(
    host: string,
    readonly hostName: string,
    readonly key: KeyPrint,
    readonly files: readonly string[],
    readonly knownByAuthority: boolean,
  ) {
    super(
      host,
      `${host}: the host key of ${hostName} is not known (${key.type} ${key.fingerprint}); looked in ${files.join(', ')}` +
        (knownByAuthority ? '; there is a @cert-authority line for it, but it shows no certificate that netplay reads' : ''),
    )
  }
  get next() {
    return 'Compare the fingerprint with the host’s own (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` there), then run once with --ssh-accept-new.'
  }
}

export class HostKeyChangedError extends UnreachableError {
  readonly code = 'HOST_KEY_CHANGED'
  /** @param known the keys that known_hosts has for it, with their places */
  constructor(
    host: string,
    readonly hostName: string,
    readonly key: KeyPrint,
    readonly known: readonly (KeyPrint & { file: string; line: number })[],
  ) {
    super(
      host,
      `${host}: the host key of ${hostName} has changed: it shows ${key.type} ${key.fingerprint}, known is ` +
        known.map(({ type, fingerprint, file, line }) => `${type} ${fingerprint} (${file}:${line})`).join(', '),
    )
  }
  get next() {
    const removals = [...new Set(this.known.map(({ file }) => file))].map(file => `ssh-keygen -f ${quote(file)} -R ${quote(this.hostName)}`)
    return `Someone may be listening in, or the host was set up anew. Only if you know why: \`${removals.join('; ')}\`, then run with --ssh-accept-new.`
  }
}

export class HostKeyRevokedError extends UnreachableError {
  readonly code = 'HOST_KEY_REVOKED'
  constructor(
    host: string,
    readonly hostName: string,
    readonly key: KeyPrint,
    readonly where: string,
  ) {
    super(host, `${host}: the host key of ${hostName} (${key.type} ${key.fingerprint}) is revoked at ${where}`)
  }
  get next() {
    return 'Do not connect: give the host new keys first.'
  }
}

export class HostCertificateError extends UnreachableError {
  readonly code = 'HOST_CERTIFICATE_REFUSED'
  constructor(
    host: string,
    readonly hostName: string,
    keyId: string,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(host, `${host}: the certificate of ${hostName}${keyId === '' ? '' : ` (${printable(keyId)})`} is refused: ${problem}`, options)
  }
  get next() {
    return `Look at it there (\`ssh-keygen -Lf\` of the HostCertificate), and sign the host's key anew for ${this.hostName}.`
  }
}
