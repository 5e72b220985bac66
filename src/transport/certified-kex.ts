import type { Client } from 'ssh2'
import constants from 'ssh2/lib/protocol/constants.js'
import { certificateAlgorithms, certificateSuffix, type Certificate } from './certificate.js'

// ssh2 1.17 offers no algorithm that is not in this list (docs/decisions/certificates.md).
for (const algorithm of certificateAlgorithms)
  if (!constants.SUPPORTED_SERVER_HOST_KEY.includes(algorithm)) constants.SUPPORTED_SERVER_HOST_KEY.push(algorithm)

/** What ssh2's key exchange keeps of itself, as far as we look at it. */
interface KeyExchange {
  negotiated: { serverHostKey: string }
  _hostKey: Buffer
}
type Protocol = { _kex: KeyExchange | undefined }

const protocolOf = (client: Client) => (client as unknown as { _protocol: Protocol })._protocol

/** By exchange, what an RSA key in a certificate signs with. */
const rsaSignatures = new WeakMap<KeyExchange, string>()

/**
 * To be called before anything is said. The algorithm that is agreed on is what ssh2 wants the shown key to call itself; certificates of RSA keys
 * have one name for all of theirs.
 */
export function takeRsaCertificates(client: Client): void {
  const protocol = protocolOf(client)
  let current = protocol._kex
  Object.defineProperty(protocol, '_kex', {
    get: () => current,
    set(exchange: KeyExchange) {
      const { negotiated } = (current = exchange)
      const [, signature] = /^(rsa-sha2-\d+)-cert-/.exec(negotiated.serverHostKey) ?? []
      if (signature === undefined) return
      rsaSignatures.set(exchange, signature)
      negotiated.serverHostKey = `ssh-rsa${certificateSuffix}`
    },
  })
}

/**
 * To be called while ssh2 asks whether the host's key is the right one, which is a certificate: from then on the host has to prove that it has the key in
 * it. The hash of the exchange is over the whole certificate, which ssh2 reads once for it, before it reads the key to verify with.
 */
export function proveByKeyOf(client: Client, blob: Buffer, { type, key }: Certificate): void {
  const exchange = protocolOf(client)._kex!
  let isHashed = false
  exchange.negotiated.serverHostKey = rsaSignatures.get(exchange) ?? type
  Object.defineProperty(exchange, '_hostKey', {
    configurable: true,
    get: () => {
      if (isHashed) return key
      isHashed = true
      return blob
    },
    set: (value: unknown) => Object.defineProperty(exchange, '_hostKey', { configurable: true, writable: true, value }),
  })
}
