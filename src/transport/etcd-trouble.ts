import { NetplayError, printable } from '../errors.js'
import { ForwardFailedError } from './errors.js'
import { EndpointError, type EtcdTroubleKind } from './etcd-errors.js'

/**
 * Why an endpoint was of no use, from what Node, OpenSSL, ssh2 or Go said.
 * A NetplayError (the SSH connection was lost) is given back as it is: no other endpoint would do.
 */
export function troubleOf(error: unknown, url: string): Error {
  if (error instanceof ForwardFailedError && error.cause !== undefined) return troubleOf(error.cause, url)
  if (error instanceof EndpointError || (error instanceof NetplayError && !(error instanceof ForwardFailedError))) return error
  const { code = '', message = String(error), reason: openFailure } = error as { code?: string; message?: string; reason?: unknown }
  const text = printable(`${code} ${message}`)
  // ssh2 gives the reason of RFC 4254 5.1: 1 is "administratively prohibited".
  if (openFailure === 1 || /administratively prohibited/i.test(text))
    return trouble('forwarding', 'sshd does not allow the connection to be forwarded')
  const known = signs.find(([sign]) => sign.test(text))
  if (known) return trouble(known[1], known[2])
  if (url.startsWith('http:') && /HPE_|Parse Error/.test(text)) return trouble('http-to-tls', plainToTls)
  return trouble('lost', printable(message).trim())

  function trouble(kind: EtcdTroubleKind, reason: string) {
    return new EndpointError(kind, reason, { cause: error })
  }
}

export const plainToTls = 'plain http was spoken, but this etcd wants TLS'
export const tlsToPlain = 'TLS was spoken, but this etcd answers plain http'

const signs: [RegExp, EtcdTroubleKind, string][] = [
  [/ERR_TLS_CERT_ALTNAME_INVALID/, 'server-certificate', "the server's certificate is not for this address"],
  [/CERT_HAS_EXPIRED/, 'server-certificate', "the server's certificate has expired"],
  [/CERT_NOT_YET_VALID/, 'server-certificate', "the server's certificate is not valid yet (is the clock right?)"],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF|UNABLE_TO_GET_ISSUER|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|INVALID_CA|INVALID_PURPOSE/,
    'server-certificate',
    "the server's certificate is not signed by the CA in caFile",
  ],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL/i, 'tls-to-http', tlsToPlain],
  [
    /alert.*certificate|certificate.*alert|alert unknown ca|alert.*access denied/i,
    'client-certificate',
    'TLS refused: etcd does not accept our client certificate',
  ],
  [/ECONNREFUSED|connection refused/i, 'refused', 'connection refused'],
  [/ETIMEDOUT|timed out/i, 'timeout', 'no answer'],
  [/EHOSTUNREACH|ENETUNREACH|no route to host|network is unreachable/i, 'refused', 'no route to it'],
  [/ENOTFOUND|EAI_AGAIN|name or service not known|unknown host/i, 'refused', 'its name cannot be resolved there'],
  [/ECONNRESET|socket hang up|EPIPE|was closed/i, 'lost', 'the connection was closed without an answer'],
]

/** @throws EndpointError (timeout) when `work` takes longer; its own result is then dropped */
export async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new EndpointError('timeout', `no answer within ${timeoutMs / 1000} s`)), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
