import { isIP } from 'node:net'
import { InputError } from '../errors.js'
import type { EtcdCluster } from '../etcd.js'

/** Where etcd serves clients. */
export interface EtcdEndpoint {
  /** as written, e.g. `https://198.18.0.11:2379` */
  url: string
  /** name or address, an IPv6 address without brackets */
  address: string
  port: number
}

/**
 * The endpoints of a cluster, none twice, with one way to speak to all of them.
 * @throws InputError an endpoint without scheme or port, certificates named in part, or scheme and certificates that contradict each other:
 *   a CA without certificate and key is how flannel comes to speak plain http to a TLS port without a word
 */
export function endpointsOf({ endpoints, caFile, certFile, keyFile }: EtcdCluster): EtcdEndpoint[] {
  const parsed = [...new Set(endpoints)].map(parseEndpoint)
  if (parsed.length === 0) throw new InputError('no etcd endpoint is named', { next: 'Name all members, e.g. `https://10.0.0.1:2379`.' })
  const schemes = new Set(parsed.map(({ url }) => new URL(url).protocol))
  if (schemes.size > 1) throw new InputError(`etcd endpoints mix http and https: ${endpoints.join(', ')}`)
  const missing = Object.entries({ caFile, certFile, keyFile }).flatMap(([name, path]) => (path ? [] : [name]))
  if (missing.length > 0 && missing.length < 3)
    throw new InputError(
      `etcd needs all three of caFile, certFile and keyFile; ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing`,
    )
  const tls = schemes.has('https:')
  if (tls && missing.length > 0) throw new InputError('etcd endpoints say https, but caFile, certFile and keyFile are not named')
  if (!tls && missing.length === 0)
    throw new InputError('etcd endpoints say http, but certificates are named: they would go unused', {
      next: 'Write https:// in the endpoints.',
    })
  return parsed
}

function parseEndpoint(text: string): EtcdEndpoint {
  // URL drops a port that is its scheme's default, so it is looked for in the text.
  const match = /^(https?):\/\/(\[[0-9A-Fa-f:.]+\]|[^\s/:@?#[\]]+):(\d{1,5})\/?$/.exec(text)
  const port = Number(match?.[3])
  if (!match || !(port > 0 && port < 65536))
    throw new InputError(`etcd endpoint ${JSON.stringify(text)} is not scheme, address and port`, {
      next: 'Write each endpoint like `https://10.0.0.1:2379`; without a port some clients try 443.',
    })
  const address = match[2]!.replace(/^\[|\]$/g, '')
  if (match[2]!.startsWith('[') && isIP(address) !== 6)
    throw new InputError(`etcd endpoint ${JSON.stringify(text)} has no IPv6 address in its brackets`)
  return { url: text.replace(/\/$/, ''), address, port }
}
