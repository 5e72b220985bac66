import type { Client, ParsedKey } from 'ssh2'
import utils from 'ssh2/lib/protocol/utils.js'
import { certificateSuffix, readCertificate, type Certificate } from './certificate.js'
import { hashOf, signatureOf } from './key-algorithms.js'
import { sized } from './ssh-wire.js'

/** A key of ours with what an authority says of its owner. Source: OpenSSH's PROTOCOL.certkeys. */
export interface UserCertificate {
  blob: Buffer
  /** as it names itself: `ssh-ed25519-cert-v01@openssh.com` */
  type: string
  says: Certificate
}

/** @param text of a `-cert.pub` file. @returns undefined: it is none that netplay can log in with */
export const readUserCertificate = (text: string): UserCertificate | undefined =>
  userCertificate(Buffer.from(text.trim().split(/\s+/)[1] ?? '', 'base64'))

/** @param blob as it goes over the wire */
export function userCertificate(blob: Buffer): UserCertificate | undefined {
  try {
    const says = readCertificate(blob)
    return says && { blob, type: `${says.type}${certificateSuffix}`, says }
  } catch {
    return undefined
  }
}

export const isFor = ({ says }: UserCertificate, key: ParsedKey): boolean => says.key.equals(key.getPublicSSH())

const certificates = new WeakMap<object, UserCertificate>()

/** What ssh2 is given as a key: it goes by this algorithm, and shows the certificate in place of its public half. @param key private or public */
export function showing(key: ParsedKey, algorithm: string, certificate?: UserCertificate): ParsedKey {
  const shown = Object.create(key, {
    type: { value: algorithm },
    getPublicSSH: { value: () => certificate?.blob ?? key.getPublicSSH() },
    sign: { value: (data: Buffer) => key.sign(data, hashOf(algorithm)) },
  }) as ParsedKey
  if (certificate) certificates.set(shown, certificate)
  return shown
}

/** What ssh2's protocol keeps of itself, as far as we look at it. */
interface Protocol {
  authPK(user: string, key: ParsedKey, algorithm?: string, sign?: (data: Buffer, done: (signature: Buffer) => void) => void): void
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
      sign(data, signed => {
        const request = data.subarray(4 + data.readUInt32BE(0))
        const signature = utils.convertSignature(signed, certificate.says.type) || signed
        const tail = sized(Buffer.concat([sized(Buffer.from(signatureOf(key.type))), sized(signature)]))
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
