import ssh2, { type Client, type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2'
import utils from 'ssh2/lib/protocol/utils.js'
import { certificateSuffix, readCertificate, type Certificate } from './certificate.js'
import { sized } from './ssh-wire.js'

/** A key of ours with what an authority says of its owner. Source: OpenSSH's PROTOCOL.certkeys. */
export interface UserCertificate {
  blob: Buffer
  /** as the login names it: `ssh-ed25519-cert-v01@openssh.com` */
  algorithm: string
  /** of the signature: `ssh-ed25519`; of RSA keys with SHA-2 */
  signature: string
  hash?: string
  says: Certificate
}

/** @param text of a `-cert.pub` file. @returns undefined: it is none that netplay can log in with */
export const readUserCertificate = (text: string): UserCertificate | undefined =>
  userCertificate(Buffer.from(text.trim().split(/\s+/)[1] ?? '', 'base64'))

/** @param blob as it goes over the wire */
export function userCertificate(blob: Buffer): UserCertificate | undefined {
  try {
    const says = readCertificate(blob)
    if (says === undefined) return undefined
    const [signature, hash] = says.type === 'ssh-rsa' ? ['rsa-sha2-512', 'sha512'] : [says.type]
    return { blob, algorithm: `${signature}${certificateSuffix}`, signature, hash, says }
  } catch {
    return undefined
  }
}

export const isFor = ({ says }: UserCertificate, key: ParsedKey): boolean => says.key.equals(key.getPublicSSH())

const certificates = new WeakMap<object, UserCertificate>()

/** The certificate of a key that is shown in place of its own public half. */
export const certificateOf = (shown: ParsedKey): UserCertificate | undefined => certificates.get(shown)

/** What ssh2 is given as a key: it shows the certificate. @param key private or public */
export function showing(certificate: UserCertificate, key: ParsedKey): ParsedKey {
  const { algorithm, blob } = certificate
  const shown = Object.create(key, { type: { value: algorithm }, getPublicSSH: { value: () => blob } }) as ParsedKey
  certificates.set(shown, certificate)
  return shown
}

/** Shows one certificate, and signs with the key that it is for. To ssh2 an agent is what shows keys of its own making. */
export class CertificateAgent extends ssh2.BaseAgent<ParsedKey> {
  private readonly shown: ParsedKey

  constructor(
    private readonly key: ParsedKey,
    certificate: UserCertificate,
  ) {
    super()
    this.shown = showing(certificate, key)
  }

  getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(undefined, [this.shown])
  }

  override sign(shown: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
    const { signature, hash } = certificates.get(shown)!
    const signed = this.key.sign(data, hash) as Buffer | Error
    const done = typeof options === 'function' ? options : callback!
    if (signed instanceof Error) done(signed)
    else done(undefined, utils.convertSignature(signed, signature) || signed)
  }
}

/** What ssh2's protocol keeps of itself, as far as we look at it. */
interface Protocol {
  authPK(user: string, key: object, algorithm?: string, sign?: (data: Buffer, done: (signature: Buffer) => void) => void): void
  _packetRW: { write: { alloc(length: number): Buffer; finalize(packet: Buffer): Buffer; allocStart: number } }
  _authsQueue: string[]
}

/**
 * ssh2 names a signature after the key that is shown; that of a certificate is named after the key in it (docs/decisions/certificates.md).
 * To be called before the login.
 */
export function nameSignaturesOfCertificates(client: Client): void {
  const protocol = (client as unknown as { _protocol: Protocol })._protocol
  const plain = protocol.authPK.bind(protocol)
  protocol.authPK = (user, key, algorithm, sign) => {
    const certificate = certificates.get(key)
    if (certificate === undefined || sign === undefined) return plain(user, key, algorithm, sign)
    // What is signed is the session's id and the request, which is sent with the signature behind it.
    plain(user, key, algorithm, data =>
      sign(data, signature => {
        const request = data.subarray(4 + data.readUInt32BE(0))
        const tail = sized(Buffer.concat([sized(Buffer.from(certificate.signature)), sized(signature)]))
        const { write } = protocol._packetRW
        const packet = write.alloc(request.length + tail.length)
        request.copy(packet, write.allocStart)
        tail.copy(packet, write.allocStart + request.length)
        protocol._authsQueue.push('publickey')
        utils.sendPacket(protocol, write.finalize(packet))
      }),
    )
  }
}
