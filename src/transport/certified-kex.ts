import type { Client } from 'ssh2'
import constants from 'ssh2/lib/protocol/constants.js'
import { certificateAlgorithms, type Certificate } from './certificate.js'

// ssh2 1.17 offers no algorithm that is not in this list (docs/decisions/certificates.md).
for (const algorithm of certificateAlgorithms)
  if (!constants.SUPPORTED_SERVER_HOST_KEY.includes(algorithm)) constants.SUPPORTED_SERVER_HOST_KEY.push(algorithm)

/** What ssh2's key exchange keeps of itself, as far as we look at it. */
interface KeyExchange {
  negotiated: { serverHostKey: string }
  _hostKey: Buffer
}

/**
 * To be called while ssh2 asks whether the host's key is the right one, which is a certificate: from then on the host has to prove that it has the key in
 * it. The hash of the exchange is over the whole certificate, which ssh2 reads once for it, before it reads the key to verify with.
 */
export function proveByKeyOf(client: Client, blob: Buffer, { type, key }: Certificate): void {
  const exchange = (client as unknown as { _protocol: { _kex: KeyExchange } })._protocol._kex
  let isHashed = false
  exchange.negotiated.serverHostKey = type
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
