import ssh2, { type Client, type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2'
import utils from 'ssh2/lib/protocol/utils.js'

/** A key of ours with what an authority says of its owner. Source: OpenSSH's PROTOCOL.certkeys. */
export interface UserCertificate {
  blob: Buffer
  /** as the login names it: `ssh-ed25519-cert-v01@openssh.com` */
  algorithm: string
  /** of the signature: `ssh-ed25519`; of RSA keys with SHA-2 */
  signature: string
  hash?: string
}

/** @param text of a `-cert.pub` file. @returns undefined: it is none that netplay can log in with */
export function readUserCertificate(text: string): UserCertificate | undefined {
  const [type = '', base64 = ''] = text.trim().split(/\s+/)
  const blob = Buffer.from(base64, 'base64')
  if (blob.length < 4 || blob.toString('latin1', 4, 4 + Math.min(blob.readUInt32BE(0), 64)) !== type) return undefined
  if (type === 'ssh-rsa-cert-v01@openssh.com')
    return { blob, algorithm: 'rsa-sha2-512-cert-v01@openssh.com', signature: 'rsa-sha2-512', hash: 'sha512' }
  const [, plain] = /^(ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521))-cert-v01@openssh\.com$/.exec(type) ?? []
  return plain === undefined ? undefined : { blob, algorithm: type, signature: plain }
}

/** Behind type and nonce stand the fields of its public key, written as in the key itself. */
export function isFor({ blob }: UserCertificate, key: ParsedKey): boolean {
  const own = key.getPublicSSH()
  const fields = own.subarray(4 + own.readUInt32BE(0))
  const nonceAt = 4 + blob.readUInt32BE(0)
  if (nonceAt + 4 > blob.length) return false
  const at = nonceAt + 4 + blob.readUInt32BE(nonceAt)
  return blob.subarray(at, at + fields.length).equals(fields)
}

const certificates = new WeakMap<object, UserCertificate>()

/** Shows one certificate, and signs with the key that it is for. To ssh2 an agent is what shows keys of its own making. */
export class CertificateAgent extends ssh2.BaseAgent<ParsedKey> {
  private readonly shown: ParsedKey

  constructor(
    private readonly key: ParsedKey,
    certificate: UserCertificate,
  ) {
    super()
    const { algorithm, blob } = certificate
    this.shown = Object.create(key, { type: { value: algorithm }, getPublicSSH: { value: () => blob } }) as ParsedKey
    certificates.set(this.shown, certificate)
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

const sized = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
